//! The real program as a child process, and raw HTTP to talk to it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use clawpair_api::PairingCodeCreated;
use clawpair_core::claim::ClaimSecret;
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_device::Target;
use clawpair_device::connection::Connection;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const CODES: &str = "/api/v1/devices/pairing-codes";

/// A command of the program, without the settings of whoever runs the test.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clawpair-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CLAWPAIR_") || name == "CREDENTIALS_DIRECTORY") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs a command on a data folder to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(arguments).arg("--data").arg(data).output().unwrap()
}

/// What a command prints when all goes well.
pub fn said(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The sentence a command fails with.
pub fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A running server, killed when dropped.
pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Where it says it listens.
    pub places: Vec<String>,
    pub pin: Option<ServerPin>,
}

impl Server {
    /// `serve` on a free port.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &["--listen", "127.0.0.1:0"])
    }

    pub fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::start_in(data, arguments, &[])
    }

    pub fn start_in(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command(&["serve"])
            .args(arguments)
            .envs(environment.iter().copied())
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut places, mut pin) = (Vec::new(), None);
        loop {
            let mut line = String::new();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let mut why = String::new();
                child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
                panic!("the server ended: {why}");
            }
            match line.trim().split_once(' ').map(|(word, rest)| (word, rest.trim())) {
                Some(("listens", place)) => places.push(place.split(' ').next().unwrap().to_owned()),
                Some(("pin", text)) => pin = Some(text.parse().unwrap()),
                Some(("a", _)) => break,
                _ => {}
            }
        }
        Self { child, stdout, places, pin }
    }

    /// Where the first listener is.
    pub fn address(&self) -> Address {
        self.places[0].split_once("://").unwrap().1.parse().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; returns its exit code and what it wrote to its log.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        self.stdout.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    pub async fn connection(&self) -> Connection {
        Connection::open(&[self.address()], self.pin.unwrap()).await.unwrap()
    }

    /// A manager's call over TLS.
    pub async fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let address = self.address().to_string();
        exchange(self.connection().await.stream, &address, key, method, path, body).await
    }

    /// A code with its link.
    pub async fn code(&self, key: &str) -> PairingCodeCreated {
        let (status, created) = self.call(key, "POST", CODES, &form()).await;
        assert_eq!(status, 201, "{created}");
        serde_json::from_value(created).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn form() -> Value {
    json!({"name": "Hall sensor", "device_type": "IoT Sensor", "permissions": ["sensor:read"], "expires_in_minutes": 30})
}

/// One request on a connection of its own; the answer's status and body.
pub async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    host: &str,
    key: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without TLS's own farewell has still answered.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())))
}

/// What a device reads from a code's link.
pub fn target(created: &PairingCodeCreated) -> Target {
    let link: PairingLink = created.link.as_deref().unwrap().parse().unwrap();
    Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) }
}

/// A data folder with an admin's key.
pub fn folder() -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let key = said(&data, &["key", "create", "--name", "Test", "--role", "admin"]);
    (folder, data, key)
}
