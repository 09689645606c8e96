use clawpair_core::Timestamp;

use super::super::MailText;
use super::*;

fn settings(url: &str, from: &str) -> SmtpSettings {
    SmtpSettings {
        url: url.parse().unwrap(),
        password: None,
        from: from.into(),
        authorities: None,
        own_name: "hub.example.org".into(),
    }
}

fn written(name: &str) -> String {
    let mailer = SmtpMailer::new(settings("smtp://localhost", "Clawpair <hub@example.org>")).unwrap();
    let mail = Mail {
        id: "inv-1".into(),
        to: "ada@example.com".parse().unwrap(),
        name: name.parse().unwrap(),
        subject: "Invitation to Clawpair",
        text: MailText(format!("Hello {name},\n\nhttps://hub.example.org/join#cpi_0123456789\n")),
        at: Timestamp::from_millis(1_700_000_000_000),
    };
    String::from_utf8(mailer.message(&mail).unwrap().formatted()).unwrap()
}

#[test]
fn a_mail_server_is_spoken_to_over_tls_except_on_this_computer() {
    for (text, protection, shown) in [
        ("smtps://hub%40example.org@mail.example.org", Protection::Tls, "smtps://hub%40example%2Eorg@mail.example.org:465"),
        ("smtp://mail.example.org", Protection::StartTls, "smtp://mail.example.org:587"),
        ("smtp://127.0.0.1.example.org:25", Protection::StartTls, "smtp://127.0.0.1.example.org:25"),
        ("smtp://127.0.0.1:2525/", Protection::Loopback, "smtp://127.0.0.1:2525"),
        ("smtp://[::1]", Protection::Loopback, "smtp://[::1]:25"),
        ("smtp://LOCALHOST", Protection::Loopback, "smtp://localhost:25"),
    ] {
        let url: SmtpUrl = text.parse().unwrap();
        assert_eq!((url.protection, url.to_string().as_str()), (protection, shown), "{text}");
        assert_eq!(shown.parse(), Ok(url), "what is shown is read back");
    }
}

#[test]
fn what_is_no_mail_server_is_refused_and_a_password_never_shown() {
    for text in
        ["", "mail.example.org", "https://mail.example.org", "smtp://", "smtp://host/path", "smtps://h?x=1", "smtp://a%0d@h"]
    {
        assert!(matches!(text.parse::<SmtpUrl>(), Err(SmtpUrlError::Form(_))), "{text}");
    }
    let refused = "smtps://hub:tulip@mail.example.org".parse::<SmtpUrl>().unwrap_err();
    assert!(refused == SmtpUrlError::Password && !refused.to_string().contains("tulip"));
}

#[test]
fn a_user_goes_with_a_password_and_a_sender_is_an_address() {
    let refused = |settings| SmtpMailer::new(settings).err().unwrap();
    assert!(refused(settings("smtps://hub@mail.example.org", "hub@example.org")).contains("needs a password"));
    let password = Some(Secret::new("tulip".into()));
    assert!(refused(SmtpSettings { password, ..settings("smtps://mail.example.org", "a@b.c") }).contains("no user"));
    assert!(refused(settings("smtp://localhost", "nobody")).contains("“nobody” is no sender"));
    assert!(refused(settings("smtp://localhost", "a@b.c\r\nBcc: z@b.c")).contains("is no sender"));
    let authorities = Some(b"nothing".to_vec());
    assert!(
        refused(SmtpSettings { authorities, ..settings("smtps://mail.example.org", "a@b.c") }).contains("holds no certificate")
    );
}

#[test]
fn no_name_makes_a_header_of_its_own() {
    assert!("Ada\r\nBcc: eve@example.com".parse::<clawpair_core::text::Name>().is_err());
    for name in ["Ada <eve@example.com>, Bob", "Küche – 温度 🌡", "\" Bcc: eve@example.com", "=?utf-8?q?=0D=0ABcc:_eve?="] {
        let mail = written(name);
        let head = mail.split("\r\n\r\n").next().unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| Some(line.split_once(':')?.0))
            .collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let expected =
            ["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-ID", "Subject", "To"];
        let unversioned: Vec<&str> = sorted.into_iter().filter(|name| *name != "MIME-Version").collect();
        assert_eq!(unversioned, expected, "{name}: {head}");
        assert!(head.is_ascii() && head.contains("<ada@example.com>") && head.contains("<inv-1@example.org>"), "{head}");
    }
}

#[test]
fn a_mail_is_plain_text_with_its_link_whole() {
    let mail = written("Ada");
    assert!(mail.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{mail}");
    assert!(mail.contains("\r\nhttps://hub.example.org/join#cpi_0123456789\r\n"), "{mail}");
    assert!(mail.contains("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"), "{mail}");
}
