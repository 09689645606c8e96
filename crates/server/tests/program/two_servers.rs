//! Two servers on one database: what one does, the other acts on.

use std::time::Duration;

use clawpair_core::claim::Description;
use clawpair_device::live::{Ended, Live};
use clawpair_device::{Caller, Credential, pair};
use ed25519_dalek::SigningKey;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::server::{Server, folder, said, target};

/// Hangs a test visibly.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_device_revoked_at_one_server_is_cut_off_at_the_other() {
    let (_folder, data, key) = folder();
    let (one, other) = (Server::start(&data), Server::start(&data));
    let target = target(&one.code(&key).await);
    let signing = SigningKey::from_bytes(&[1; 32]);
    let paired = pair(&target, &signing, Uuid::nil(), &Description::default()).await.unwrap();
    let credential = Credential::of(&target, &signing, &paired).unwrap();
    let live = Live::open(&Caller::of_system(credential)).await.unwrap();
    let staying = tokio::spawn(live.stay(std::future::pending()));
    let (status, _) = other.call(&key, "DELETE", &format!("/api/v1/devices/{}", paired.device.id), &Value::Null).await;
    assert_eq!(status, 200);
    let ended = tokio::time::timeout(PATIENCE, staying).await.expect("the channel ends").unwrap();
    assert!(matches!(ended, Ended::Revoked), "{ended:?}");
}

#[tokio::test]
async fn a_key_revoked_on_the_command_line_ends_its_event_stream() {
    let (_folder, data, _) = folder();
    let server = Server::start(&data);
    let key = said(&data, &["key", "create", "--name", "Follower", "--role", "viewer"]);
    let mut stream = server.connection().await.stream;
    let request = format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\n\r\n", server.address());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let list = said(&data, &["key", "list"]);
    let id = list.lines().find(|line| line.ends_with("Follower")).and_then(|line| line.split(' ').next()).unwrap();
    said(&data, &["key", "revoke", id]);
    let mut rest = String::new();
    while !rest.ends_with("0\r\n\r\n") {
        let mut piece = [0; 1_024];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut piece)).await.expect("the stream ends").unwrap();
        assert_ne!(read, 0, "cut off instead of ended: {rest}");
        rest.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
}

#[tokio::test]
async fn a_signal_ends_event_streams_with_a_reason() {
    let (_folder, data, key) = folder();
    let server = Server::start(&data);
    let mut stream = server.connection().await.stream;
    let request = format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\n\r\n", server.address());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    server.signal("TERM");
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let rest = String::from_utf8(rest).unwrap();
    assert!(rest.contains("this stream ends") && rest.ends_with("0\r\n\r\n"), "{rest}");
    assert_eq!(server.ended().0, Some(0));
}
