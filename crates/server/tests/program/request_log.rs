use clawpair_core::claim::Description;
use clawpair_device::{Caller, Credential, pair};
use ed25519_dalek::SigningKey;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::server::{Server, folder, target};

/// The request's name as the answer tells it.
async fn named(server: &Server, path: &str, lines: &str) -> String {
    let mut stream = server.connection().await.stream;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{lines}Connection: close\r\n\r\n", server.address());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix("x-request-id: "));
    line.unwrap_or_else(|| panic!("no name: {answer}")).to_owned()
}

#[tokio::test]
async fn each_request_is_one_line_with_its_name_and_no_secret_is_ever_in_it() {
    let (_folder, data, key) = folder();
    let server = Server::start_in(&data, &["--listen", "127.0.0.1:0"], &[("CLAWPAIR_LOG", "debug")]);
    let created = server.code(&key).await;
    let (at, signing) = (target(&created), SigningKey::from_bytes(&[1; 32]));
    let paired = pair(&at, &signing, Uuid::nil(), &Description::default()).await.unwrap();
    let credential = Credential::of(&at, &signing, &paired).unwrap();
    Caller::of_system(credential).device_self().await.unwrap();
    let link = created.link.clone().unwrap();
    let secret = link.rsplit('/').next().unwrap();
    let bearer = format!("Authorization: Bearer {key}\r\n");
    let list = named(&server, &format!("/api/v1/devices?q={}&after={secret}", created.code), &bearer).await;
    named(&server, &format!("/api/v1/devices/{secret}"), &bearer).await;
    let nowhere = named(&server, &format!("/{key}"), "").await;
    let given = named(&server, "/api/v1/health", "X-Request-Id: 0123456789ABCDEF0123456789abcdef\r\n").await;
    assert_eq!(given, "01234567-89ab-cdef-0123-456789abcdef", "a proxy's name is taken over");
    let replaced = named(&server, "/api/v1/health", &format!("X-Request-Id: {key}\r\n")).await;
    assert!(replaced.parse::<Uuid>().is_ok(), "{replaced}");
    let (_, me) = server.call(&key, "GET", "/api/v1/me", &Value::Null).await;
    server.signal("TERM");
    let (_, log) = server.ended();

    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |name: &str| lines.iter().find(|line| line["request"] == *name).unwrap_or_else(|| panic!("{name} in {log}"));
    let (list, nowhere) = (of(&list), of(&nowhere));
    assert_eq!((&list["message"], &list["level"]), (&"answered".into(), &"DEBUG".into()));
    assert_eq!((&list["method"], &list["path"], &list["status"]), (&"GET".into(), &"/api/v1/devices".into(), &400.into()));
    assert_eq!(list["caller"], me["id"]);
    assert!(list["micros"].is_u64());
    assert_eq!((&nowhere["path"], &nowhere["caller"]), (&"none of the contract".into(), &"unknown".into()));
    // A device's first proof has no nonce, and who proves nothing is nobody.
    let by_device = lines.iter().filter(|line| line["path"] == "/api/v1/device/self");
    let by_device: Vec<_> = by_device.map(|line| (line["status"].as_u64().unwrap(), line["caller"].as_str().unwrap())).collect();
    assert_eq!(by_device, [(401, "unknown"), (200, paired.device.id.as_str())]);
    for hidden in
        [key.as_str(), &created.code, &created.code[4..], secret, paired.tokens.access.reveal(), paired.tokens.refresh.reveal()]
    {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}
