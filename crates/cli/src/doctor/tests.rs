use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::clock::Timestamp;
use clawpair_core::code::PairingCode;
use clawpair_core::link::{LinkSecret, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;

use super::recognise::{find, recognise};
use super::report::{Kind, Report};

const LINK: &str = "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";
const CODE: &str = "OCL-J4K2T8P7N1RG";
const TOKEN: &str = "wWsEaxb4M4MA";

fn now() -> Timestamp {
    Timestamp::from_millis(1_698_402_600_000)
}

fn looked_at(text: &str) -> Report {
    recognise(text, now())
}

fn problems(text: &str) -> Vec<&'static str> {
    looked_at(text).problems.iter().map(|problem| problem.code).collect()
}

fn setup_code(url: &str, ends: Option<Timestamp>) -> String {
    let ends = ends.map(|end| format!(r#","expiresAtMs":{}"#, end.as_millis())).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!(r#"{{"url":"{url}","bootstrapToken":"{TOKEN}"{ends}}}"#))
}

#[test]
fn everything_is_told_by_what_it_is() {
    let pin = ServerPin::from_bytes([3; 16]).to_string();
    let key = ApiKeySecret::generate(&SystemRng).reveal();
    for (text, kind) in [
        (CODE, Kind::PairingCode),
        ("ocl j4k2 t8p7 n1rg", Kind::PairingCode),
        (LINK, Kind::PairingLink),
        (&format!("  {}\n", LINK.to_lowercase()), Kind::PairingLink),
        (&setup_code("wss://hub.example.org", None), Kind::SetupCode),
        (&format!("oc-pair://{}", setup_code("wss://hub.example.org", None)), Kind::SetupCode),
        (r#"{"url":"wss://hub.example.org","bootstrapToken":"t"}"#, Kind::SetupCode),
        ("https://hub.example.org/j/AbCdEfGhIjKlMnOpQrStUv", Kind::JoinUrl),
        ("https://hub.example.org/claw/j/AbCdEfGhIjKlMnOpQrStUv/", Kind::JoinUrl),
        (&key, Kind::ApiKey),
        ("cpi_1G64S36D1N6RVKGEB1C9HP8SB6", Kind::Invitation),
        ("https://hub.example.org/join#cpi_1G64S36D1N6RVKGEB1C9HP8SB6", Kind::Invitation),
        ("https://hub.example.org/confirm-email#cpe_1G64S36D1N6RVKGEB1C9HP8SB6", Kind::AddressConfirmation),
        ("7F3K-9QWZ-4JN2-B0CD", Kind::RecoveryCode),
        (&pin, Kind::ServerKey),
        ("https://hub.example.org:21327", Kind::ServerUrl),
        ("http://hub:18789/#token=abc", Kind::DashboardUrl),
        ("wss://192.168.1.20:18789", Kind::GatewayAddress),
        ("192.168.1.20:21327", Kind::Address),
        ("localhost", Kind::Address),
        ("ABCD2345", Kind::ChatPairingCode),
        ("vault:secret/clawpair#key", Kind::SecretReference),
        ("dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab", Kind::Id),
        ("hello", Kind::Unknown),
        ("", Kind::Unknown),
    ] {
        assert_eq!(looked_at(text).kind, kind, "{text}");
    }
}

#[test]
fn what_is_right_is_usable() {
    for text in [CODE, LINK, &setup_code("wss://hub.example.org", Some(now().plus_seconds(60)))] {
        assert!(looked_at(text).is_usable() && problems(text).is_empty(), "{text}: {:?}", looked_at(text));
    }
}

#[test]
fn a_mistyped_code_says_where_to_look() {
    let report = looked_at("OCL-J4K2T8P7N1R6");
    assert_eq!(problems("OCL-J4K2T8P7N1R6"), ["mistyped", "suspects"]);
    assert!(report.in_words().contains("symbol 12") && !report.is_usable(), "{}", report.in_words());
    assert_eq!(problems("OCL-J4K2T8P7N1"), ["wrong_length"]);
    let foreign = looked_at("OCL-J4K2U8P7N1RG");
    assert!(foreign.in_words().contains("“U” at position 9"), "{}", foreign.in_words());
}

#[test]
fn links_and_codes_that_only_work_here_say_so() {
    let link = |host: &str| {
        let link = PairingLink::new(vec![host.parse().unwrap()], ServerPin::from_bytes([1; 16]), LinkSecret::generate(&SystemRng));
        problems(&link.unwrap().reveal())
    };
    assert_eq!(link("127.0.0.1"), ["loopback", "unreachable_from_elsewhere"]);
    assert_eq!(link("172.17.0.1"), ["container_bridge", "unreachable_from_elsewhere"]);
    assert_eq!(link("169.254.7.7"), ["link_local", "unreachable_from_elsewhere"]);
    assert_eq!(link("hub.example.org"), [""; 0]);
    assert_eq!(problems(&setup_code("ws://192.168.1.20:18789", None)), ["clear_text"]);
    assert_eq!(problems(&setup_code("ws://8.8.8.8", None)), ["bad_address"]);
    assert_eq!(problems("ws://hub.example.org"), ["clear_text"]);
    assert_eq!(problems("http://hub.example.org"), ["clear_text"]);
    assert_eq!(problems("http://127.0.0.1:8080"), [""; 0]);
}

#[test]
fn what_is_over_or_damaged_cannot_be_used() {
    for (text, code) in [
        (setup_code("wss://hub.example.org", Some(now().plus_seconds(-1))), "expired"),
        ("eyJ1cmwiOiJ3c3M6Ly9odWI".to_owned(), "damaged"),
        (LINK[..60].to_owned(), "damaged"),
        ("CPAIR:2/x".to_owned(), "newer_version"),
        ("cpk_ABCDEFGH_1G64".to_owned(), "damaged"),
        ("https://hub.example.org/j/short".to_owned(), "damaged"),
        ("https://user:secret@hub.example.org".to_owned(), "credentials_in_url"),
        ("vault:secret/x".to_owned(), "malformed"),
        ("x".repeat(20_000), "too_long"),
    ] {
        assert_eq!(problems(&text), [code], "{text}");
        assert!(!looked_at(&text).is_usable(), "{text}");
    }
}

#[test]
fn it_is_found_among_other_words() {
    let mail = format!("Hello,\nplease pair with {CODE}.\nThanks");
    assert_eq!(find(&mail, now()).kind, Kind::PairingCode);
    assert_eq!(find("please ring 192.168.1.2 tomorrow", now()).kind, Kind::Unknown);
}

/// Whatever is printed, for people or for programs, holds nothing that lets anybody in.
#[test]
fn no_secret_part_is_ever_printed() {
    let code = PairingCode::generate(&SystemRng);
    let mut mistyped: Vec<char> = code.symbols().chars().collect();
    mistyped.swap(4, 9);
    let secret = LinkSecret::generate(&SystemRng);
    let link = PairingLink::new(vec!["10.0.0.7".parse().unwrap()], ServerPin::from_bytes([9; 16]), secret.clone()).unwrap();
    let key = ApiKeySecret::generate(&SystemRng);
    let symbols = code.symbols();
    for (text, secret) in [
        (code.reveal(), symbols[3..].to_owned()),
        (format!("OCL-{}", mistyped.iter().collect::<String>()), mistyped[3..].iter().collect()),
        (format!("{}?", code.reveal()), symbols[3..].to_owned()),
        (link.reveal(), secret.symbols()),
        (format!("{}X", link.reveal()), secret.symbols()),
        (key.reveal(), key.secret().reveal().to_owned()),
        (setup_code("wss://hub.example.org", None), TOKEN.to_owned()),
        (format!(r#"{{"url":"wss://hub","bootstrapToken":"{TOKEN}"}}"#), TOKEN.to_owned()),
        ("https://hub/j/AbCdEfGhIjKlMnOpQrStUv".to_owned(), "AbCdEfGhIjKlMnOpQrStUv".to_owned()),
        ("https://hub/#token=tulipfield".to_owned(), "tulipfield".to_owned()),
        ("https://ada:tulipfield@hub/".to_owned(), "tulipfield".to_owned()),
        ("cpi_1G64S36D1N6RVKGEB1C9HP8SB6".to_owned(), "1G64S36D1N6RVKGEB1C9HP8SB6".to_owned()),
        ("https://hub/join#cpi_1G64S36D1N6RVKGEB1C9HP8SB6".to_owned(), "1G64S36D1N6RVKGEB1C9HP8SB6".to_owned()),
        ("7F3K-9QWZ-4JN2-B0CD".to_owned(), "9QWZ".to_owned()),
        ("tulipfield nonsense".to_owned(), "tulipfield".to_owned()),
    ] {
        let report = find(&text, now());
        let printed = format!("{}\n{}", report.in_words(), serde_json::to_string(&report).unwrap());
        assert!(!printed.contains(&secret), "{text}: {printed}");
    }
}
