//! Servers that are silent, broken, hostile, or something else.

use std::time::Duration;

use clawpair_api::{ErrorCode, PairingStatus};
use clawpair_client::{ClientError, Patience, Retry, Trust};
use clawpair_core::access::Role;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::doubles::{Double, answer};
use crate::fixture::{TestServer, a_pin, address, code, form, hasty, listening_hard, patient, remote};

const LOST: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{";
const NOTHING: &str = "";
const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<p/>";

async fn me_of(double: &Double) -> ClientError {
    remote(double.address.clone(), Trust::Pinned(a_pin())).me().await.unwrap_err()
}

#[tokio::test]
async fn nobody_listens() {
    let mut server = TestServer::start().await;
    server.stop().await;
    let error = server.client(Trust::Pinned(a_pin())).me().await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("server_unreachable", Retry::Later(None)));
    assert!(error.to_string().contains("nothing listens there"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_as_if_it_had_some() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert_eq!(code(remote(address(at), Trust::Pinned(a_pin())).me().await), "server_not_tls");
}

#[tokio::test]
async fn who_takes_a_connection_and_says_nothing_is_slow_and_not_without_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    // Nothing of what lies in its queue is ever read.
    let patience = Patience { connect: Duration::from_millis(200), ..Patience::default() };
    let error = patient(address(at), Trust::Pinned(a_pin()), patience).me().await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("server_unreachable", Retry::Later(None)));
    assert_eq!(error.to_string(), format!("https://{at} does not answer: the TLS handshake took more than 0.2 seconds."));
    drop(listener);
}

#[tokio::test]
async fn a_server_with_tls_is_no_server_in_clear() {
    let server = TestServer::start().await;
    let clear = format!("http://{}", server.at).parse().unwrap();
    let error = remote(clear, Trust::Pinned(a_pin())).me().await.unwrap_err();
    assert!(["not_a_server", "server_answer_lost"].contains(&error.code()), "{error}");
}

#[tokio::test]
async fn a_web_server_is_no_server_of_ours() {
    let page = me_of(&Double::saying([PAGE]).await).await;
    let missing = me_of(&Double::saying(["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"]).await).await;
    assert_eq!([page.code(), missing.code()], ["not_a_server"; 2]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let double =
        Double::saying(["HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n", PAGE]).await;
    let error = me_of(&double).await;
    assert_eq!(error.code(), "not_a_server");
    assert!(error.to_string().contains("status 307"), "{error}");
    assert_eq!(double.asked().len(), 1);
}

#[tokio::test]
async fn a_proxy_without_its_server_is_a_server_that_does_not_answer() {
    let error = me_of(&Double::saying(["HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"]).await).await;
    assert_eq!(error.code(), "server_unreachable");
}

#[tokio::test]
async fn an_oversized_answer_is_not_read_to_its_end() {
    let oversized = answer("200 OK", "content-type: application/json", &" ".repeat(9 << 20));
    assert_eq!(me_of(&Double::saying([oversized]).await).await, ClientError::TooLarge { most: 8 << 20 });
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    for answer in [NOTHING, LOST] {
        let double = Double::falling_silent_after(answer).await;
        let client = patient(double.address.clone(), Trust::Pinned(a_pin()), hasty());
        assert_eq!(code(client.me().await), "server_too_slow");
    }
}

#[tokio::test]
async fn what_makes_nothing_twice_is_asked_again_when_the_answer_was_lost() {
    let double = Double::saying([NOTHING, PAGE]).await;
    assert_eq!(me_of(&double).await.code(), "not_a_server", "the second answer");
    let double = Double::saying([NOTHING]).await;
    let client = remote(double.address.clone(), Trust::Pinned(a_pin()));
    assert_eq!(code(client.create_pairing_code(&form("Hub")).await), "server_answer_lost");
    let names = double.asked();
    let names: Vec<_> = names.iter().filter_map(|head| head.lines().find(|line| line.starts_with("idempotency-key: "))).collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], names[1]);
}

#[tokio::test]
async fn a_change_of_a_device_whose_answer_was_lost_is_asked_for_once_more_under_the_same_name() {
    let double = Double::saying([NOTHING]).await;
    let client = remote(double.address.clone(), Trust::Pinned(a_pin()));
    let id = "dev-00000000-0000-0000-0000-000000000000";
    let form = clawpair_api::GrantPermissions { permissions: vec!["sensor:read".into()] };
    assert_eq!(code(client.grant_permissions(id, 3, &form).await), "server_answer_lost");
    let asked = double.asked();
    assert!(asked.len() == 2 && asked.iter().all(|head| head.contains("if-match: \"3\"")), "{asked:?}");
    assert_eq!(name(&asked[0]), name(&asked[1]));
    let named = client.named("an-errand").unwrap();
    assert_eq!(code(named.enable_device(id, None).await), "server_answer_lost");
    assert_eq!(double.asked()[2..].iter().map(|head| name(head)).collect::<Vec<_>>(), ["idempotency-key: an-errand"; 2]);
    assert_eq!(code(named.device(id).await), "server_answer_lost");
    assert!(!double.asked()[4].contains("idempotency-key"), "reading needs no name");
}

/// The header by which a call is named.
fn name(head: &str) -> &str {
    head.lines().find(|line| line.starts_with("idempotency-key: ")).unwrap()
}

#[tokio::test]
async fn a_change_at_a_revision_that_nobody_names_is_not_repeated_by_itself() {
    let double = Double::saying([NOTHING]).await;
    let client = remote(double.address.clone(), Trust::Pinned(a_pin()));
    let days = clawpair_api::Retention { activity_days: None, pairing_days: None, alert_days: None, sign_in_days: None };
    assert_eq!(code(client.set_retention(3, &days).await), "server_answer_lost");
    assert_eq!(double.asked().len(), 1);
    assert!(double.asked()[0].contains("if-match: \"3\""), "{:?}", double.asked());
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait() {
    let limited = answer("429 Too Many Requests", "retry-after: 7", r#"{"code":"rate_limited","message":"Too many.","hint":null}"#);
    let error = me_of(&Double::saying([limited]).await).await;
    assert_eq!((error.code(), error.retry()), ("rate_limited", Retry::Later(Some(Duration::from_secs(7)))));
}

#[tokio::test]
async fn a_refusal_cannot_drive_what_shows_it() {
    let hostile = answer("403 Forbidden", "x: y", r#"{"code":"access_denied","message":"\u001b[2J\u202e","hint":null}"#);
    let error = me_of(&Double::saying([hostile]).await).await;
    assert_eq!(error.to_string(), "\u{fffd}[2J\u{fffd}");
}

#[tokio::test]
async fn an_id_from_outside_leads_to_no_other_path() {
    let server = TestServer::start().await;
    let client = server.signed_in(Role::Admin).await;
    let created = client.create_pairing_code(&form("Hub")).await.unwrap();
    assert_eq!(code(client.pairing(&format!("x/../{}", created.pairing_id)).await), "not_found");
    assert_eq!(client.pairing(&created.pairing_id).await.unwrap().status, PairingStatus::Open);
}

#[tokio::test]
async fn a_refusal_keeps_the_platforms_words_for_whoever_shows_only_those() {
    let server = TestServer::start().await;
    let error = server.client(Trust::Pinned(server.identity.pin())).me().await.unwrap_err();
    let body = clawpair_api::ErrorBody::from(error.clone());
    assert_eq!((body.code, body.hint), (ErrorCode::Unauthenticated, Some(error.next_step())));
}

#[tokio::test]
async fn a_file_that_stops_coming_is_not_waited_for_for_ever() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-type: application/jsonl\r\ncontent-length: 900\r\n\r\n{}\n";
    let double = Double::falling_silent_after(begun).await;
    let client = patient(double.address.clone(), Trust::Pinned(a_pin()), listening_hard());
    let pieces: Vec<_> = client.export_activity("jsonl").await.unwrap().collect().await;
    assert_eq!(pieces[0].as_deref(), Ok(&b"{}\n"[..]));
    assert!(matches!(pieces[1..], [Err(ClientError::TooSlow { .. })]), "{pieces:?}");
}
