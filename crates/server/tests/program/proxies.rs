use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};

use crate::server::{Server, folder, form, refused};

const CODES: &str = "/api/v1/devices/pairing-codes";

/// Makes a code over a stream with these header lines; returns from where the activity log says that it was made.
async fn made_from(server: &Server, socket: &Path, key: &str, lines: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let body = form().to_string();
    let request = format!(
        "POST {CODES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n{lines}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (_, log) = server.call(key, "GET", "/api/v1/activity?action=pairing_opened&limit=1", &Value::Null).await;
    log["entries"][0]["address"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_process_speaks_tls_to_devices_and_plain_http_to_a_proxy_whose_word_counts() {
    let (folder, data, key) = folder();
    let socket = folder.path().join("http.sock");
    let unix = format!("unix:{}", socket.display());
    let server =
        Server::start_with(&data, &["--listen", "127.0.0.1:0", "--plain-http", &unix, "--trust-proxy", "127.0.0.1,10.0.0.0/8"]);
    assert_eq!(server.places.len(), 2);
    assert!(server.pin.is_some(), "links are made, and devices pair");
    server.code(&key).await;
    for (lines, expected) in [
        ("", "127.0.0.1"),
        ("X-Forwarded-For: 198.51.100.1\r\n", "198.51.100.1"),
        ("X-Forwarded-For: 203.0.113.9, 198.51.100.1, 10.0.0.2\r\n", "198.51.100.1"),
        ("Forwarded: for=203.0.113.9, for=\"[2001:db8::7]:80\";proto=https\r\n", "2001:db8::7"),
        ("Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 198.51.100.1\r\n", "127.0.0.1"),
    ] {
        assert_eq!(made_from(&server, &socket, &key, lines).await, expected, "{lines}");
    }
}

#[tokio::test]
async fn a_proxy_that_nobody_trusts_is_not_believed() {
    let (folder, data, key) = folder();
    let socket = folder.path().join("http.sock");
    let unix = format!("unix:{}", socket.display());
    let server = Server::start_with(&data, &["--listen", "127.0.0.1:0", "--plain-http", &unix]);
    assert_eq!(made_from(&server, &socket, &key, "X-Forwarded-For: 198.51.100.1\r\n").await, "127.0.0.1");
    assert!(refused(&data, &["serve", "--trust-proxy", "everywhere"]).contains("“everywhere” is no network"));
}

/// A connection from an address of this machine that begins a TLS record and says no more.
async fn holding(server: &Server, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect(server.address().to_string().parse().unwrap()).await.unwrap();
    stream.write_all(&[0x16, 3, 1, 0, 200]).await.unwrap();
    stream
}

/// Whether the platform has a place for another connection from there: who has one and does not speak TLS is told so in an alert, who
/// has none is hung up on.
async fn has_place(server: &Server, from: [u8; 4]) -> bool {
    let mut stream = holding(server, from).await;
    let _ = stream.write_all(&[0; 200]).await;
    stream.read(&mut [0]).await.is_ok_and(|read| read > 0)
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let (_folder, data, key) = folder();
    let server = Server::start_with(&data, &["--listen", "127.0.0.1:0", "--max-connections", "8"]);
    assert!(has_place(&server, [127, 0, 0, 2]).await);
    let mut held = Vec::new();
    // Its quarter is two; what was looked at above may take a moment to be forgotten.
    while has_place(&server, [127, 0, 0, 2]).await {
        held.push(holding(&server, [127, 0, 0, 2]).await);
    }
    let (status, _) = server.call(&key, "GET", CODES, &json!(null)).await;
    assert_eq!(status, 200, "others are served");
    drop(held);
    while !has_place(&server, [127, 0, 0, 2]).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_plain_listener_serves_no_more_connections_than_it_may() {
    let (_folder, data, _key) = folder();
    let server = Server::start_with(&data, &["--plain-http", "127.0.0.1:0", "--max-connections", "1"]);
    let address = server.address().to_string();
    let answers = async || {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET /api/v1/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer.starts_with(b"HTTP/1.1 200")
    };
    let held = TcpStream::connect(&address).await.unwrap();
    assert!(!answers().await);
    drop(held);
    while !answers().await {
        tokio::task::yield_now().await;
    }
}

#[test]
fn more_connections_than_files_may_be_open_are_refused_in_a_sentence() {
    let (_folder, data, _) = folder();
    let program = env!("CARGO_BIN_EXE_clawpair-server");
    let line = format!("ulimit -n 500; exec {program} serve --listen 127.0.0.1:0 --data {}", data.display());
    let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && why.contains("500 files open") && why.contains("LimitNOFILE"), "{why}");
}
