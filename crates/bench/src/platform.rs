//! The platform under load: its real listener, TLS and all, and what its clients send.

use std::ops::{AddAssign, Sub};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::Rng;
use clawpair_core::claim::{self, ChannelBinding, ClaimSecret, Description};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::{self, SystemRng};
use clawpair_device::connection::Connection;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use uuid::Builder;

use crate::load::{CLIENTS, Measured, drive};
use crate::process::Process;
use crate::wire::Wire;

/// A running platform.
pub struct Platform {
    pub process: Process,
    address: Address,
    pin: ServerPin,
    key: String,
}

/// One client's connection.
struct Client {
    wire: Wire,
    binding: ChannelBinding,
    authorization: String,
}

impl Platform {
    /// Starts the program on an empty folder, with a key that may make codes.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(program: &Path, folder: &Path) -> Result<Self> {
        let data = folder.to_str().context("a folder that is no text")?;
        let key = ["key", "create", "--name", "Benchmark", "--role", "admin", "--data", data];
        let made = tokio::process::Command::new(program).args(key).output().await?;
        ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
        let key = String::from_utf8(made.stdout)?.trim().to_owned();
        let serve = [
            "serve",
            "--data",
            data,
            "--listen",
            "127.0.0.1:0",
            "--worker-threads",
            "1",
            "--log",
            "json",
            "--calls-per-second",
            "1000000",
            "--calls-at-once",
            "1000000",
        ];
        let mut process = Process::start(program, &serve)?;
        let (mut address, mut pin) = (None, None);
        loop {
            let line = process.line().await?;
            match line.trim().split_once(' ').map(|(word, rest)| (word, rest.trim())) {
                Some(("listens", place)) => address = place.strip_prefix("https://").map(str::parse).transpose()?,
                Some(("pin", text)) => pin = Some(text.parse()?),
                Some(("a", _)) => break,
                _ => {}
            }
        }
        let (address, pin) = address.zip(pin).context("the server did not say where it listens")?;
        Ok(Self { process, address, pin, key })
    }

    async fn client(&self) -> Result<Client> {
        let connection = Connection::open(std::slice::from_ref(&self.address), self.pin).await?;
        let binding = connection.binding()?;
        let authorization = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", self.key);
        Ok(Client { wire: Wire::over(connection.stream, self.address.to_string()), binding, authorization })
    }

    /// Codes made for `time` by all clients at once, and their links.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn issue(&self, time: Duration) -> Result<(Measured, Vec<PairingLink>)> {
        let (sender, mut links) = tokio::sync::mpsc::unbounded_channel();
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let (mut client, sender) = (self.client().await?, sender.clone());
            clients.push(async move {
                let (end, mut latencies) = (Instant::now() + time, Vec::new());
                while Instant::now() < end {
                    let start = Instant::now();
                    let answer = client.issue().await?;
                    latencies.push(start.elapsed());
                    sender.send(answer)?;
                }
                Ok(latencies)
            });
        }
        drop(sender);
        let measured = drive(clients).await?;
        let mut read = Vec::new();
        while let Some(answer) = links.recv().await {
            let created: Value = serde_json::from_slice(&answer)?;
            read.push(created["link"].as_str().context("a code without a link")?.parse()?);
        }
        Ok((measured, read))
    }

    /// Lets a device in by each link, all clients at once.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn redeem(&self, links: Vec<PairingLink>) -> Result<Measured> {
        let mut shares: Vec<Vec<PairingLink>> = vec![Vec::new(); CLIENTS];
        for (number, link) in links.into_iter().enumerate() {
            shares[number % CLIENTS].push(link);
        }
        let mut clients = Vec::new();
        for share in shares {
            let mut client = self.client().await?;
            clients.push(async move {
                let mut latencies = Vec::with_capacity(share.len());
                for link in share {
                    latencies.push(client.redeem(&link).await?);
                }
                Ok(latencies)
            });
        }
        drive(clients).await
    }

    /// What a path costs one client, over and over.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn read(&self, path: &str, times: u32) -> Result<Measured> {
        let mut client = self.client().await?;
        let (start, mut latencies) = (Instant::now(), Vec::new());
        for _ in 0..times {
            let call = Instant::now();
            let answer = client.wire.call("GET", path, &client.authorization, b"").await?;
            ensure!(answer.status == 200, "{path}: {}", String::from_utf8_lossy(answer.body));
            latencies.push(call.elapsed());
        }
        Ok(crate::load::measured(latencies, start.elapsed()))
    }
}

impl Platform {
    /// What it has spent so far.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn spent(&self) -> Result<Spent> {
        let mut client = self.client().await?;
        let answer = client.wire.call("GET", clawpair_api::paths::METRICS, &client.authorization, b"").await?;
        let text = std::str::from_utf8(answer.body)?;
        let count = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        let counts = count("clawpair_commits_total").zip(count("clawpair_transitions_total"));
        let (commits, transitions) = counts.context("metrics without commits")?;
        Ok(Spent { core: self.process.core_time()?, commits, transitions })
    }
}

/// What a platform has spent since it was started, or between two moments.
#[derive(Clone, Copy, Default)]
pub struct Spent {
    /// Its threads on a core.
    pub core: Duration,
    pub commits: f64,
    pub transitions: f64,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        let (commits, transitions) = (self.commits - before.commits, self.transitions - before.transitions);
        Self { core: self.core.saturating_sub(before.core), commits, transitions }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Self) {
        self.core += more.core;
        self.commits += more.commits;
        self.transitions += more.transitions;
    }
}

impl Client {
    async fn issue(&mut self) -> Result<Vec<u8>> {
        let key = Builder::from_random_bytes(rng::bytes(&SystemRng)).into_uuid();
        let headers = format!("{}Idempotency-Key: {key}\r\n", self.authorization);
        let form = json!({
            "name": "Line 4, sensor", "device_type": "IoT Sensor", "permissions": ["sensor:read", "telemetry:publish"],
            "expires_in_minutes": 60,
        });
        let answer = self.wire.call("POST", "/api/v1/devices/pairing-codes", &headers, form.to_string().as_bytes()).await?;
        ensure!(answer.status == 201, "no code: {}", String::from_utf8_lossy(answer.body));
        Ok(answer.body.to_vec())
    }

    /// Lets a new device in; returns how long the platform took. Making and signing with the device's key is the device's work.
    async fn redeem(&mut self, link: &PairingLink) -> Result<Duration> {
        let mut seed = [0; 32];
        SystemRng.fill(&mut seed);
        let (key, secret) = (SigningKey::from_bytes(&seed), ClaimSecret::Link(link.secret().clone()));
        let (description, attempt) = (Description::default(), Builder::from_random_bytes(rng::bytes(&SystemRng)).into_uuid());
        let signature = claim::sign(&key, &self.binding, &secret, &description, attempt);
        let body = json!({
            "secret": { "link": link.secret().symbols() },
            "public_key": URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
            "description": description,
            "idempotency_key": attempt,
            "signature": URL_SAFE_NO_PAD.encode(signature),
        });
        let body = body.to_string();
        let start = Instant::now();
        let headers = "Content-Type: application/json\r\n";
        let answer = self.wire.call("POST", clawpair_api::paths::CLAIM, headers, body.as_bytes()).await?;
        ensure!(answer.status == 200, "not let in: {}", String::from_utf8_lossy(answer.body));
        Ok(start.elapsed())
    }
}
