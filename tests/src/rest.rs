//! A program that uses the REST interface: curl, which knows nothing of Clawpair.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clawpair_api::{PairingCodeCreated, paths};
use serde_json::{Value, json};

/// A caller with a credential.
#[derive(Clone, Debug)]
pub struct Caller {
    address: String,
    /// The value of its `Authorization` header, if it sends one.
    authorization: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Caller {
    /// One with an API key.
    pub fn with_key(address: &str, key: &str) -> Self {
        Self::with(address, Some(format!("Bearer {key}")))
    }

    /// One with any `Authorization`, or none.
    pub fn with(address: &str, authorization: Option<String>) -> Self {
        Self { address: address.to_owned(), authorization }
    }

    /// Sends one request.
    ///
    /// # Errors
    /// When there is no HTTP answer with a JSON body.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        Ok(self.curl(&self.request(method, path, body))?.remove(0))
    }

    /// Makes as many codes for devices called `name 0` and so on, over one connection.
    ///
    /// # Errors
    /// When one is refused.
    pub fn make_codes(&self, name: &str, count: usize) -> Result<Vec<PairingCodeCreated>> {
        let one = |number| {
            let body = json!({
                "name": format!("{name} {number}"),
                "device_type": "IoT Sensor",
                "permissions": ["sensor:read"],
                "expires_in_minutes": 60,
            });
            self.request("POST", paths::PAIRING_CODES, Some(&body))
        };
        let requests: Vec<String> = (0..count).map(one).collect();
        let replies = self.curl(&requests.join("next\n"))?;
        ensure!(replies.len() == count, "{} answers to {count} requests", replies.len());
        replies.into_iter().map(Reply::into_created).collect()
    }

    /// A request in curl's own language.
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut lines = format!("url = {}\nrequest = {method}\n", quoted(&format!("https://{}{path}", self.address)));
        // The platform's certificate is its own; who pins its key is the device's and the window's business.
        lines += "insecure\nsilent\nshow-error\nmax-time = 30\nwrite-out = \"\\n%{http_code}\\n\"\n";
        if let Some(value) = &self.authorization {
            let _ = writeln!(lines, "header = {}", quoted(&format!("Authorization: {value}")));
        }
        if let Some(body) = body {
            let _ = writeln!(lines, "header = \"Content-Type: application/json\"\ndata-raw = {}", quoted(&body.to_string()));
        }
        lines
    }

    fn curl(&self, requests: &str) -> Result<Vec<Reply>> {
        let mut command = Command::new("curl");
        command.args(["--disable", "--config", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut curl = command.spawn().context("curl cannot be started")?;
        curl.stdin.take().context("a pipe")?.write_all(requests.as_bytes())?;
        let output = curl.wait_with_output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "curl to {} failed: {}", self.address, complaint.trim());
        // Each answer is its body and a line with its status.
        let said = String::from_utf8(output.stdout)?;
        let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
        let reply = |pair: &[&str]| match pair {
            [body, status] => Ok(Reply { status: status.parse()?, body: serde_json::from_str(body)? }),
            _ => anyhow::bail!("an answer without a body"),
        };
        lines.chunks(2).map(reply).collect::<Result<_>>().with_context(|| format!("The answers were:\n{said}"))
    }
}

impl Reply {
    /// The `code` of a refusal, having checked that it has a sentence, and the next step or none.
    ///
    /// # Errors
    /// When it is no refusal.
    pub fn refusal(&self) -> Result<&str> {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let sentence = text("message").is_some_and(|message| message.len() > 10 && message.ends_with(['.', '?', '!']));
        ensure!(self.status >= 400 && sentence && self.body.get("hint").is_some(), "no proper refusal: {self:?}");
        text("code").context("a refusal without a code")
    }

    fn into_created(self) -> Result<PairingCodeCreated> {
        ensure!(self.status == 200 || self.status == 201, "no code: {self:?}");
        Ok(serde_json::from_value(self.body)?)
    }
}
