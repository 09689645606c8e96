use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::server::{Server, command, exchange, folder, form, refused, said, target};
use clawpair_core::claim::Description;
use clawpair_device::pair;
use ed25519_dalek::SigningKey;
use uuid::Uuid;

const DEVICES: &str = "/api/v1/devices";

async fn join(created: &clawpair_api::PairingCodeCreated, seed: u8) -> String {
    let key = SigningKey::from_bytes(&[seed; 32]);
    pair(&target(created), &key, Uuid::from_bytes([seed; 16]), &Description::default()).await.unwrap().device.id
}

#[tokio::test]
async fn a_signal_ends_it_in_order_and_everything_is_there_the_next_time() {
    let (_folder, data, key) = folder();
    let server = Server::start(&data);
    let pin = server.pin;
    let id = join(&server.code(&key).await, 1).await;
    // A request that has begun when the signal comes is still answered.
    let address = server.address().to_string();
    let mut slow = server.connection().await.stream;
    let body = form().to_string();
    let head = format!(
        "POST /api/v1/devices/pairing-codes HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 25];
    slow.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100 Continue"), "the handler waits for the body");
    server.signal("TERM");
    slow.write_all(body.as_bytes()).await.unwrap();
    answer.clear();
    let _ = slow.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&answer));
    let (code, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "each line is JSON where it is no terminal: {log}"
    );
    assert!(!log.contains(&key));

    let server = Server::start(&data);
    assert_eq!(server.pin, pin);
    let (_, page) = server.call(&key, "GET", DEVICES, &Value::Null).await;
    assert_eq!(page["devices"][0]["id"], id);
    server.signal("INT");
    assert_eq!(server.ended().0, Some(0));
}

#[tokio::test]
async fn it_serves_a_given_certificate_and_its_renewal() {
    let (folder, data, key) = folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate = |name: &str| rcgen::CertificateParams::new([name.to_owned()]).unwrap().self_signed(&pair).unwrap();
    fs::write(path("key.pem"), pair.serialize_pem()).unwrap();
    fs::write(path("cert.pem"), certificate("hub.example.org").pem()).unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")];
    let server = Server::start_with(&data, &arguments);
    let shows = async |name: &str| {
        let connection = server.connection().await;
        let certificate = connection.stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        certificate.windows(name.len()).any(|window| window == name.as_bytes())
    };
    assert!(shows("hub.example.org").await);
    join(&server.code(&key).await, 1).await;

    fs::write(path("cert.pem"), certificate("renewed.example.org").pem()).unwrap();
    let renewed = fs::read(path("cert.pem")).unwrap();
    server.signal("HUP");
    while !shows("renewed.example.org").await {
        tokio::task::yield_now().await;
    }
    // Another key is not what devices pin, so it is not taken.
    let other = rcgen::KeyPair::generate().unwrap();
    fs::write(path("key.pem"), other.serialize_pem()).unwrap();
    fs::write(path("cert.pem"), rcgen::CertificateParams::new([]).unwrap().self_signed(&other).unwrap().pem()).unwrap();
    server.signal("HUP");
    server.signal("TERM");
    let (code, log) = server.ended();
    assert_eq!(code, Some(0));
    assert!(log.contains("the certificate was read again"), "{log}");
    fs::write(path("cert.pem"), renewed).unwrap();
    assert!(refused(&data, &[&["serve"], &arguments[..]].concat()).contains("do not serve"), "key and certificate do not fit");
}

#[tokio::test]
async fn a_proxy_reaches_it_on_loopback_and_on_a_socket_and_devices_do_not_pair_there() {
    let (folder, data, key) = folder();
    let socket = folder.path().join("clawpair.sock");
    let unix = format!("unix:{}", socket.display());
    let server = Server::start_with(&data, &["--plain-http", "127.0.0.1:0", "--plain-http", &unix]);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    let address = server.address().to_string();
    for _ in 0..2 {
        let stream = TcpStream::connect(&address).await.unwrap();
        let (status, created) = exchange(stream, &address, &key, "POST", "/api/v1/devices/pairing-codes", &form()).await;
        assert_eq!(status, 201, "{created}");
        let stream = UnixStream::connect(&socket).await.unwrap();
        assert_eq!(exchange(stream, "localhost", &key, "GET", DEVICES, &Value::Null).await.0, 200);
    }
    let stream = TcpStream::connect(&address).await.unwrap();
    let claim =
        serde_json::json!({"secret": {"code": "J4K2T8P7N1RG"}, "public_key": "", "idempotency_key": Uuid::nil(), "signature": ""});
    let (status, refusal) = exchange(stream, &address, "", "POST", "/api/v1/pair/claim", &claim).await;
    assert_eq!((status, refusal["code"].as_str()), (400, Some("tls_required")));
    assert!(refused(&data, &["serve", "--plain-http", &unix]).contains("another program listens there"));
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
    assert!(!socket.exists());
}

#[test]
fn what_cannot_be_served_is_refused_in_a_sentence() {
    let (_folder, data, _) = folder();
    let refused = |arguments: &[&str]| refused(&data, &[&["serve"], arguments].concat());
    assert!(refused(&["--plain-http", "0.0.0.0:0"]).contains("could be read by everybody"));
    assert!(refused(&["--listen", "nowhere"]).contains("“nowhere” is no place to listen"));
    assert!(refused(&["--tls-cert", "/nowhere.pem"]).contains("--tls-key"));
    assert!(
        refused(&["--listen", "127.0.0.1:0", "--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.key"]).contains("/nowhere.key")
    );
    let taken = Server::start(&data);
    let why = refused(&["--listen", &taken.address().to_string()]);
    assert!(why.contains("cannot listen on") && why.contains("in use"), "{why}");
}

#[test]
fn settings_come_from_the_command_line_then_the_environment_then_the_file() {
    let (_folder, data, _) = folder();
    fs::write(data.join("clawpair-server.toml"), "listen = [\"127.0.0.1:1\"]\nworker-threads = 4\nlog = \"text\"\n").unwrap();
    let shown = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(&["serve", "--print-config", "--data"]);
        let output = command.arg(&data).args(arguments).envs(environment.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let by_file = shown(&[], &[]);
    assert!(by_file.contains("listen = [\"127.0.0.1:1\"]") && by_file.contains("worker-threads = 4"), "{by_file}");
    let by_environment = shown(&[("CLAWPAIR_LISTEN", "127.0.0.1:2")], &[]);
    assert!(by_environment.contains("listen = [\"127.0.0.1:2\"]") && by_environment.contains("worker-threads = 4"));
    let by_hand = shown(&[("CLAWPAIR_LISTEN", "127.0.0.1:2")], &["--listen", "127.0.0.1:3"]);
    assert!(by_hand.contains("listen = [\"127.0.0.1:3\"]"), "{by_hand}");
    fs::write(data.join("clawpair-server.toml"), "listn = []\n").unwrap();
    let why = refused(&data, &["serve"]);
    assert!(why.contains("clawpair-server.toml") && why.contains("listn"), "{why}");
}

#[test]
fn everything_it_keeps_is_for_its_owner_only() {
    let (_folder, data, _) = folder();
    let server = Server::start(&data);
    for file in fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        let private = mode == 0o600 || file.file_name() == "clawpair-server.lock";
        assert!(private, "{:?} has mode {mode:o}", file.file_name());
    }
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    drop(server);
    assert!(said(&data, &["key", "list"]).ends_with("Test"));
}
