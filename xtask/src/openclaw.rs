//! The real OpenClaw Gateway, for tests: installed below `target`, each with a folder and a port of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::{Owned, bound};
use crate::wait;

/// The environment variable by which tests learn the port of the gateway that they share.
pub const SHARED_PORT: &str = "CLAWPAIR_TEST_GATEWAY_PORT";
/// The shared token of every gateway that is started here.
pub const TOKEN: &str = "token-of-a-gateway-for-tests";
/// How long a gateway may take until it is ready: 9 seconds on two idle cores, and tests are not the only ones at work.
const READY: Duration = Duration::from_mins(3);
/// Variables of a person's own gateway, which must not be found.
const STRANGERS: &[&str] = &["OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD", "OPENCLAW_GATEWAY_PORT", "OPENCLAW_PROFILE"];

/// Where the gateway and its Node.js are installed.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("openclaw")
}

/// What differs between gateways.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Whether it makes a certificate and speaks TLS.
    pub tls: bool,
    /// Whether even programs on this computer must be approved.
    pub asks_locally: bool,
    /// Whether it announces itself on the network.
    pub announces: bool,
    /// What kind of secret lets everybody in.
    pub secret: SharedSecret,
    /// From where it is reached.
    pub reach: Reach,
    /// How often one may be wrong; from this computer as often as one likes where nothing is set.
    pub attempts: Option<Attempts>,
}

/// The kind of secret that a gateway shares with everybody who may come in.
#[derive(Clone, Copy, Debug, Default)]
pub enum SharedSecret {
    /// A token.
    #[default]
    Token,
    /// A password.
    Password,
}

/// From where a gateway is reached.
#[derive(Clone, Copy, Debug, Default)]
pub enum Reach {
    /// From its own computer.
    #[default]
    Loopback,
    /// From the local network, too, where it lets nobody in by itself.
    Network,
}

/// A limit of wrong attempts to sign in, for programs on the gateway's own computer, too.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// Within a minute.
    pub most: u32,
    /// How long nobody is let in after that.
    pub locked: Duration,
}

/// A running gateway. It is killed when dropped: nobody needs what it would put in order.
#[derive(Debug)]
pub struct Gateway {
    process: Option<Owned>,
    folder: PathBuf,
    port: u16,
    token: String,
    setup: Setup,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // One that is killed announces that it is there for minutes.
        if !self.setup.announces {
            let _ = self.kill();
        }
    }
}

impl Gateway {
    /// Starts one that keeps all it has in `folder`, and waits until it is ready.
    ///
    /// # Errors
    /// When it is not installed, or does not get ready.
    pub fn start(folder: &Path, setup: Setup) -> Result<Self> {
        for name in ["home", "state", "workspace"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let mut this = Self { process: None, folder: folder.to_owned(), port: free_port()?, token: TOKEN.to_owned(), setup };
        this.run()?;
        Ok(this)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its state.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Kills it as a crash would, and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(process) = self.process.take() {
            process.signal(rustix::process::Signal::KILL)?;
            process.wait(wait::READY)?;
        }
        Ok(())
    }

    /// Ends it in its own way.
    pub fn stop(&mut self) {
        drop(self.process.take());
    }

    /// Starts it again on the same port and folder.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn run(&mut self) -> Result<()> {
        self.configure()?;
        let log = fs::File::create(self.folder.join("output.log"))?;
        let mut command = self.program()?;
        command.args(["gateway", "run", "--port", &self.port.to_string()]);
        command.stdout(log.try_clone()?).stderr(log);
        let process = Owned::start("the gateway", &mut command)?;
        let ready = wait::until("The gateway's getting ready", READY, || {
            ensure!(process.ended()?.is_none(), "the gateway ended");
            Ok(self.says_ready().then_some(()))
        });
        ready.with_context(|| fs::read_to_string(self.folder.join("output.log")).unwrap_or_default())?;
        self.process = Some(process);
        Ok(())
    }

    /// Approves a request as a person does on the gateway's computer.
    ///
    /// # Errors
    /// When its own program cannot.
    pub fn approve(&self, request: &str) -> Result<()> {
        let output = self.program()?.args(["devices", "approve", request]).output()?;
        let said = || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "the request could not be approved: {}", said());
        Ok(())
    }

    /// Gives it another shared token, for its next start.
    pub fn change_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.folder.join("openclaw.json")
    }

    /// Its program, with its own folders and nobody else's.
    fn program(&self) -> Result<Command> {
        let modules = folder().join("node_modules");
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
        let node = modules.join(format!("node-linux-{architecture}/bin/node"));
        ensure!(node.exists(), "The gateway is not installed; “cargo xtask test gateway” does that.");
        let mut command = bound(node);
        command.arg(modules.join("openclaw/openclaw.mjs")).current_dir(&self.folder);
        for name in STRANGERS {
            command.env_remove(name);
        }
        let home = self.folder.join("home");
        command.env("HOME", &home).env("OPENCLAW_HOME", &home).env("OPENCLAW_STATE_DIR", self.state());
        command.env("OPENCLAW_CONFIG_PATH", self.config_file());
        for name in ["DO_NOT_TRACK", "OPENCLAW_SKIP_CHANNELS", "OPENCLAW_NO_RESPAWN"] {
            command.env(name, "1");
        }
        // Unset, it would depend on whether this is a container.
        command.env("OPENCLAW_DISABLE_BONJOUR", if self.setup.announces { "0" } else { "1" });
        Ok(command)
    }

    fn configure(&self) -> Result<()> {
        let Self { folder, port, token, setup: Setup { tls, asks_locally, announces, secret, reach, attempts }, .. } = self;
        let mode = match secret {
            SharedSecret::Token => "token",
            SharedSecret::Password => "password",
        };
        let folder = folder.display();
        let limit = attempts.map_or_else(String::new, |Attempts { most, locked }| {
            let locked = locked.as_millis();
            format!("rateLimit: {{ maxAttempts: {most}, windowMs: 60000, lockoutMs: {locked}, exemptLoopback: false }}")
        });
        let config = format!(
            r#"{{
  gateway: {{
    mode: "local", bind: "{bind}", port: {port},
    auth: {{ mode: "{mode}", {mode}: "{token}", {limit} }},
    tls: {{ enabled: {tls} }},
    trustedProxies: ["127.0.0.1"],
    nodes: {{ pairing: {{ autoApproveLocal: {auto} }} }},
  }},
  agents: {{ defaults: {{ workspace: "{folder}/workspace" }} }},
  plugins: {{ entries: {{ bonjour: {{ enabled: {announces} }} }} }},
  discovery: {{ mdns: {{ mode: "{announced}" }} }},
  telemetry: {{ enabled: false }},
  update: {{ checkOnStart: false }},
  logging: {{ file: "{folder}/openclaw.log" }},
}}
"#,
            auto = !asks_locally,
            bind = match reach {
                Reach::Loopback => "loopback",
                Reach::Network => "lan",
            },
            announced = if *announces { "full" } else { "off" }
        );
        fs::write(self.config_file(), config).context("the gateway's configuration cannot be written")
    }

    fn says_ready(&self) -> bool {
        // Starting a program to ask takes more of the processors than a refused connection, and they are what a start waits for.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            return false;
        }
        let scheme = if self.setup.tls { "https" } else { "http" };
        let mut curl = Command::new("curl");
        // Its certificate is its own; nothing is told to it here.
        curl.args(["--silent", "--fail", "--insecure", "--max-time", "5", "--output", "/dev/null"]);
        curl.arg(format!("{scheme}://127.0.0.1:{}/readyz", self.port)).status().is_ok_and(|status| status.success())
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
