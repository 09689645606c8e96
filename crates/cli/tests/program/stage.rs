//! A server in a process of its own, and the program as a person or script starts it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub const PASSWORD: &str = "olive tractor umbrella nine";

/// A program of another crate. It is there and new when the whole workspace is tested; when this crate is tested alone, nobody else
/// builds it.
pub fn program(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_clawpair")).with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !is_new(&program) {
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", name]).status().unwrap();
        assert!(built.success());
    }
    program
}

/// Whether no source that the compiler noted beside a program has been changed since.
fn is_new(program: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let (Ok(built), Ok(notes)) = (changed(program), std::fs::read_to_string(program.with_extension("d"))) else { return false };
    let sources = notes.split_once(": ").map_or("", |(_, sources)| sources);
    !sources.is_empty() && sources.split_whitespace().all(|source| changed(Path::new(source)).is_ok_and(|changed| changed <= built))
}

fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| ["CLAWPAIR_", "VAULT_", "AWS_", "AZURE_"].iter().any(|prefix| name.starts_with(prefix)))
        {
            command.env_remove(name);
        }
    }
    command
}

/// Everything a test needs, in a folder of its own.
pub struct Stage {
    folder: TempDir,
    server: Child,
    log: PathBuf,
    pub url: String,
    pub pin: String,
    /// The same as curl takes it.
    pub curl_pin: String,
    /// An Admin's.
    pub key: String,
    /// The invitation of a member called Ada.
    pub invitation: String,
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data-of-server");
        let said = |arguments: &[&str]| {
            let output = clean(&program("clawpair-server")).args(arguments).arg("--data").arg(&data).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let invitation = said(&["invite", "--name", "Ada", "--role", "admin"]);
        let key = said(&["key", "create", "--name", "CI", "--role", "admin"]);
        let log = folder.path().join("server.log");
        let Served { server, url, pin, curl_pin } = Served::start(&data, "127.0.0.1:0", &log);
        Self { folder, server, log, url, pin, curl_pin, key, invitation }
    }

    /// Kills the server.
    pub fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        self.server = Served::start(&self.path("data-of-server"), self.url.trim_start_matches("https://"), &self.log).server;
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The program with the server named in its environment, without a key and without a keyring.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean(Path::new(env!("CARGO_BIN_EXE_clawpair")));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CLAWPAIR_URL", &self.url)
            .env("CLAWPAIR_PIN", &self.pin)
            .env("CLAWPAIR_CONFIG_DIR", self.path("config"))
            .env("CLAWPAIR_DATA_DIR", self.path("no-app"))
            .env("CLAWPAIR_KEYRING", "off")
            .stdin(Stdio::null());
        command
    }

    /// The same with the Admin's key.
    pub fn with_key(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("CLAWPAIR_API_KEY", &self.key);
        command
    }

    /// What it prints with the Admin's key when all goes well.
    pub fn said(&self, arguments: &[&str]) -> String {
        said(&mut self.with_key(arguments))
    }

    /// The same, as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.said(&[&["--json"], arguments].concat())).unwrap()
    }

    /// Makes Ada a member.
    pub fn ada_joins(&self) {
        let mut command = self.command(&["members", "accept"]);
        let output = piped(command.env("CLAWPAIR_PASSWORD", PASSWORD), &self.invitation);
        assert!(output.status.success(), "{}", stderr(&output));
    }
}

/// A server that runs, and what it said.
struct Served {
    server: Child,
    url: String,
    pin: String,
    curl_pin: String,
}

impl Served {
    fn start(data: &Path, listen: &str, log: &Path) -> Self {
        let mut server = clean(&program("clawpair-server"))
            .args(["serve", "--listen", listen, "--data"])
            .arg(data)
            .env("CLAWPAIR_LOG", "debug")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::options().create(true).append(true).open(log).unwrap())
            .spawn()
            .unwrap();
        let (mut url, mut pin, mut curl_pin) = (String::new(), String::new(), String::new());
        for line in BufReader::new(server.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            match line.trim().split_once(' ').map(|(word, rest)| (word, rest.trim())) {
                Some(("listens", place)) => place.split(' ').next().unwrap().clone_into(&mut url),
                Some(("pin", text)) => text.clone_into(&mut pin),
                Some(("for", text)) => text.rsplit(' ').next().unwrap().clone_into(&mut curl_pin),
                Some(("a", _)) => break,
                _ => {}
            }
        }
        assert!(!url.is_empty() && !pin.is_empty(), "{}", std::fs::read_to_string(log).unwrap());
        Self { server, url, pin, curl_pin }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What a command prints when all goes well.
pub fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// With which code a command ends, and what it says about that.
pub fn failed(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap(), stderr(&output))
}

/// Runs a command with something on its standard input.
pub fn piped(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
