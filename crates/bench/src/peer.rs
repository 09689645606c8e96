//! oidc-provider's device flow on SQLite, started beside the platform: a code is a device authorization (RFC 8628), coming in
//! by it the token request that follows a person's yes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::load::{CLIENTS, Measured, drive};
use crate::process::Process;
use crate::wire::Wire;

/// A running peer.
pub struct Peer {
    _process: Process,
    port: u16,
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

impl Peer {
    /// Starts the peer that npm has installed into `folder`, on a new database.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(folder: &Path, database: &Path) -> Result<Self> {
        let arguments = [folder.join("server.mjs"), database.to_owned()];
        let arguments: Vec<&str> = arguments.iter().filter_map(|path| path.to_str()).collect();
        let mut process = Process::start(&folder.join("node_modules/.bin/node"), &arguments)?;
        let port = process.line().await?.parse()?;
        Ok(Self { _process: process, port })
    }

    async fn client(&self) -> Result<Wire> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(Wire::over(stream, format!("127.0.0.1:{}", self.port)))
    }

    /// Codes made for `time`: device code and user code of each.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn issue(&self, time: Duration) -> Result<(Measured, Vec<(String, String)>)> {
        let (sender, mut codes) = tokio::sync::mpsc::unbounded_channel();
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let (mut wire, sender) = (self.client().await?, sender.clone());
            clients.push(async move {
                let (end, mut latencies) = (Instant::now() + time, Vec::new());
                while Instant::now() < end {
                    let start = Instant::now();
                    let answer = wire.call("POST", "/device/auth", FORM, b"client_id=device&scope=openid").await?;
                    ensure!(answer.status == 200, "no code: {}", String::from_utf8_lossy(answer.body));
                    latencies.push(start.elapsed());
                    sender.send(answer.body.to_vec())?;
                }
                Ok(latencies)
            });
        }
        drop(sender);
        let measured = drive(clients).await?;
        let mut read = Vec::new();
        while let Some(answer) = codes.recv().await {
            let created: Value = serde_json::from_slice(&answer)?;
            let text = |name: &str| created[name].as_str().map(str::to_owned).context("a code without its parts");
            read.push((text("device_code")?, text("user_code")?));
        }
        Ok((measured, read))
    }

    /// Says yes to every code, then lets a device in by each.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn redeem(&self, codes: Vec<(String, String)>) -> Result<Measured> {
        let mut person = self.client().await?;
        for some in codes.chunks(200) {
            let user_codes: Vec<&str> = some.iter().map(|(_, user_code)| user_code.as_str()).collect();
            let answer = person.call("POST", "/approve", "", serde_json::to_string(&user_codes)?.as_bytes()).await?;
            ensure!(answer.status == 200, "not approved: {}", String::from_utf8_lossy(answer.body));
        }
        let mut shares: Vec<Vec<String>> = vec![Vec::new(); CLIENTS];
        for (number, (device_code, _)) in codes.into_iter().enumerate() {
            shares[number % CLIENTS].push(device_code);
        }
        let mut clients = Vec::new();
        for share in shares {
            let mut wire = self.client().await?;
            clients.push(async move {
                let mut latencies = Vec::with_capacity(share.len());
                for code in share {
                    let grant = "urn:ietf:params:oauth:grant-type:device_code";
                    let body = format!("client_id=device&grant_type={grant}&device_code={code}");
                    let start = Instant::now();
                    let answer = wire.call("POST", "/token", FORM, body.as_bytes()).await?;
                    ensure!(answer.status == 200, "not let in: {}", String::from_utf8_lossy(answer.body));
                    latencies.push(start.elapsed());
                }
                Ok(latencies)
            });
        }
        drive(clients).await
    }
}
