use axum::http::HeaderValue;

use super::*;

fn proxies(texts: &[&str]) -> Result<TrustedProxies, NetworkError> {
    TrustedProxies::parse(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
}

/// Who called, by proxies on this machine and in 10.0.0.0/8, if the connection came from `connected`.
fn caller(connected: &str, lines: &[(&str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let trusted = proxies(&["127.0.0.0/8", "::1", "10.0.0.0/8", "fd00::/8"]).unwrap();
    trusted.caller(connected.parse().unwrap(), &headers).to_string()
}

#[test]
fn networks_are_read_as_cidr_or_as_one_address() {
    let trusted = proxies(&["10.1.2.3/8", " 192.0.2.7", "fd00::/8"]).unwrap();
    assert_eq!(trusted.networks().collect::<Vec<_>>(), ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"]);
    for (text, words) in [
        ("true", "is no network"),
        ("", "is no network"),
        ("10.0.0.0/33", "is no network"),
        ("hub.example.org", "is no network"),
        ("0.0.0.0/0", "every network"),
        ("::/0", "every network"),
    ] {
        assert!(proxies(&[text]).unwrap_err().to_string().contains(words), "{text}");
    }
    assert_eq!(proxies(&["192.0.2.7"; 33]), Err(NetworkError::TooMany));
}

#[test]
fn nobody_is_believed_unless_somebody_said_so() {
    assert_eq!(caller("192.0.2.1", &[("x-forwarded-for", "198.51.100.1")]), "192.0.2.1");
    assert_eq!(caller("192.0.2.1", &[("forwarded", "for=198.51.100.1")]), "192.0.2.1");
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", HeaderValue::from_static("198.51.100.1"));
    assert_eq!(TrustedProxies::default().caller([127, 0, 0, 1].into(), &headers).to_string(), "127.0.0.1");
}

#[test]
fn the_caller_is_the_first_from_the_right_that_is_no_trusted_proxy() {
    for (line, expected) in [
        ("198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1, 10.0.0.2, 10.0.0.3", "198.51.100.1"),
        ("10.0.0.9,10.0.0.2", "10.0.0.9"),
        ("2001:db8::7 , ::1", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
    ] {
        assert_eq!(caller("127.0.0.1", &[("x-forwarded-for", line)]), expected, "{line}");
    }
    assert_eq!(caller("::ffff:127.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
    let two = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.1, 10.0.0.2")];
    assert_eq!(caller("127.0.0.1", &two), "198.51.100.1", "the last line counts first");
}

#[test]
fn forwarded_is_read_as_rfc_7239_writes_it() {
    for (line, expected) in [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=198.51.100.1;proto=http;by=203.0.113.43", "198.51.100.1"),
        ("proto=https ; host=\"hub, the\"; for=198.51.100.1", "198.51.100.1"),
        ("for=203.0.113.9, for=198.51.100.17;by=10.0.0.2,for=10.0.0.4", "198.51.100.17"),
        ("for=\"198.51.100.\\1\"", "198.51.100.1"),
        ("for=198.51.100.1:80", "198.51.100.1"),
    ] {
        assert_eq!(caller("127.0.0.1", &[("forwarded", line)]), expected, "{line}");
    }
}

#[test]
fn whoever_hides_or_writes_nonsense_is_the_proxy_that_passed_it_on() {
    for line in [
        "unknown",
        "for=unknown",
        "for=_hidden",
        "for=198.51.100.1;for=203.0.113.9",
        "for=\"198.51.100.1",
        "for=\"198.51.100.1\"x",
        "for=",
        "=198.51.100.1",
        "198.51.100.1",
        "",
        ",",
        "by=203.0.113.43",
        "for=198.51.100.1;",
        "for =198.51.100.1",
        "for=\u{e4}",
        "for=\"\\",
    ] {
        assert_eq!(caller("127.0.0.1", &[("forwarded", line)]), "127.0.0.1", "{line}");
    }
    for line in ["", ",", "unknown", "198.51.100.1,", "198.51.100.1, me", "198.51.100.1.7", "\u{e4}", "1e3"] {
        assert_eq!(caller("127.0.0.1", &[("x-forwarded-for", line)]), "127.0.0.1", "{line}");
    }
    assert_eq!(caller("127.0.0.1", &[("x-forwarded-for", "203.0.113.9, unknown, 10.0.0.2")]), "10.0.0.2");
}

#[test]
fn nothing_that_a_caller_writes_before_the_proxys_word_changes_it() {
    let hostile = ["for=9.9.9.9", "for=\"", "for=9.9.9.9;a=\"", "for=9.9.9.9;a=\"\\", "\"", "a=\"b\";", "for=9.9.9.9,,,"];
    for said in hostile {
        for word in
            ["for=198.51.100.1", "for=198.51.100.1;by=\"x\"", "for=\"198.51.100.1:80\"", "for=\"198.51.100.1\";host=\"a\\\"b\""]
        {
            let same_line = caller("127.0.0.1", &[("forwarded", &format!("{said}, {word}"))]);
            assert!(same_line == "198.51.100.1" || same_line == "127.0.0.1", "{said} {word}: {same_line}");
            let own_line = caller("127.0.0.1", &[("forwarded", said), ("forwarded", word)]);
            assert_eq!(own_line, "198.51.100.1", "{said} {word}");
        }
    }
    let flood = format!("{}198.51.100.1", "9.9.9.9, ".repeat(1_000));
    assert_eq!(caller("127.0.0.1", &[("x-forwarded-for", &flood)]), "198.51.100.1");
    let proxies = format!("9.9.9.9, {}10.0.0.1", "10.0.0.1, ".repeat(100));
    assert_eq!(caller("127.0.0.1", &[("x-forwarded-for", &proxies)]), "10.0.0.1", "chains are short");
}

#[test]
fn a_header_that_the_proxy_does_not_write_is_not_believed_against_the_one_it_does() {
    let both = |forwarded, other| caller("127.0.0.1", &[("forwarded", forwarded), ("x-forwarded-for", other)]);
    assert_eq!(both("for=9.9.9.9", "198.51.100.1"), "127.0.0.1");
    assert_eq!(both("for=198.51.100.1", "198.51.100.1"), "198.51.100.1");
    assert_eq!(both("nonsense", "198.51.100.1"), "127.0.0.1");
}
