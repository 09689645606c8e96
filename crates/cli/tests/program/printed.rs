//! What commands print that ask a server, word for word. `SNAPSHOTS=overwrite` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use clawpair_core::clock::{Clock as _, SystemClock, Timestamp};
use clawpair_core::rng::SystemRng;
use clawpair_device::DeviceError;
use clawpair_mirror::Intent;
use serde_json::Value;
use snapbox::{Assert, Data};
use uuid::Uuid;

use crate::desk::Desk;
use crate::requests::claim;
use crate::stage::{self, PASSWORD, Stage, piped};

/// How a command is started.
type Commands<'a> = Box<dyn Fn(&[&str]) -> Command + 'a>;

/// What is typed and what comes back, without what is another each time.
struct Transcript<'a> {
    command: Commands<'a>,
    text: String,
    /// Texts that are another each time, and what stands for them.
    known: Vec<(String, &'static str)>,
}

impl<'a> Transcript<'a> {
    /// Of commands with the Admin's key.
    fn of(stage: &'a Stage, about: &str) -> Self {
        Self::by(stage, Box::new(|arguments| stage.with_key(arguments)), about)
    }

    /// Of commands beside the app.
    fn beside(desk: &'a Desk, about: &str) -> Self {
        Self::by(&desk.stage, Box::new(|arguments| desk.command(arguments)), about)
    }

    fn by(stage: &Stage, command: Commands<'a>, about: &str) -> Self {
        let place = stage.url.trim_start_matches("https://").to_owned();
        let file = place.replace(':', "_");
        let folder = stage.path("config").to_str().unwrap().to_owned();
        let known = vec![(stage.pin.clone(), "[PIN]"), (place, "[SERVER]"), (file, "[SERVER]"), (folder, "[FOLDER]")];
        Self { command, text: format!("{about}\n"), known }
    }

    fn knows(&mut self, text: &Value, name: &'static str) -> String {
        let text = text.as_str().unwrap().to_owned();
        self.known.push((text.clone(), name));
        text
    }

    fn run(&mut self, arguments: &[&str]) {
        let command = (self.command)(arguments);
        self.add(arguments, command, "");
    }

    fn add(&mut self, arguments: &[&str], mut command: Command, input: &str) {
        let output = piped(&mut command, input);
        let quoted = arguments
            .iter()
            .map(|argument| if argument.contains(' ') { format!("\"{argument}\"") } else { (*argument).to_owned() });
        writeln!(self.text, "\n$ clawpair {}", quoted.collect::<Vec<_>>().join(" ")).unwrap();
        if let Some(code) = output.status.code().filter(|code| *code != 0) {
            writeln!(self.text, "? {code}").unwrap();
        }
        self.text += &String::from_utf8(output.stdout).unwrap();
        for line in String::from_utf8(output.stderr).unwrap().lines() {
            writeln!(self.text, "! {line}").unwrap();
        }
    }

    fn is_as_in(&self, name: &str) {
        let text = self.known.iter().fold(self.text.clone(), |text, (known, name)| text.replace(known, name));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printed").join(name);
        Assert::new().action_env("SNAPSHOTS").eq(redacted(&text), Data::read_from(&path, None).raw());
    }
}

/// Ids, times and secrets, wherever they stand.
fn redacted(text: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "-_:/+.".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(belongs) {
        out += &rest[..start];
        rest = &rest[start..];
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        // A sentence's end is not the word's.
        let word = rest[..end].trim_end_matches(['.', ':']);
        out += stands_for(word).unwrap_or(word);
        rest = &rest[word.len()..];
        if word.is_empty() {
            out += &rest[..1];
            rest = &rest[1..];
        }
    }
    out + rest
}

fn stands_for(word: &str) -> Option<&'static str> {
    let is_id = word.len() > 37 && word.is_char_boundary(word.len() - 36) && word[word.len() - 36..].parse::<Uuid>().is_ok();
    let is_secret = |prefix: &str| word.len() > prefix.len() + 4 && word.starts_with(prefix);
    match word {
        _ if is_id => Some("[ID]"),
        _ if word.ends_with('Z') && word.parse::<Timestamp>().is_ok() => Some("[TIME]"),
        _ if is_secret("OCL-") => Some("[CODE]"),
        _ if is_secret("CPAIR:1/") => Some("[LINK]"),
        _ if is_secret("cpk_") => Some("[KEY]"),
        _ => None,
    }
}

#[test]
fn words_are_redacted_and_sentences_are_not() {
    let text = "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab joined at 2026-10-01T12:00:00Z. OCL-J4K2T8P7N1RG: OCL- … 12:30";
    assert_eq!(redacted(text), "[ID] joined at [TIME]. [CODE]: OCL- … 12:30");
}

#[tokio::test]
async fn devices_from_the_code_to_their_revocation() {
    let stage = Stage::new();
    let mut said = Transcript::of(&stage, "A device joins, is changed and thrown out.");
    let create = ["devices", "create-pairing-code", "--name", "Hall", "--type", "IoT Sensor", "--permissions", "sensor:control"];
    said.run(&create);
    let made = stage.json(&[
        "devices",
        "create-pairing-code",
        "--name",
        "Cellar",
        "--type",
        "IoT Sensor",
        "--permissions",
        "sensor:control",
    ]);
    said.run(&["codes", "list"]);
    said.run(&["codes", "show", made["pairing_id"].as_str().unwrap()]);
    said.run(&["requests", "list"]);
    assert!(matches!(claim(made["link"].as_str().unwrap()).await, Err(DeviceError::Waiting { .. })));
    let request = stage.json(&["requests", "list"])["requests"][0].clone();
    let number = said.knows(&request["comparison"], "[NUMBER]");
    let id = request["id"].as_str().unwrap();
    said.run(&["requests", "list"]);
    said.run(&["requests", "show", id]);
    said.run(&["requests", "approve", id]);
    said.run(&["requests", "approve", id, "--number", &number]);
    let device = claim(made["link"].as_str().unwrap()).await.unwrap().device;
    let id = device.id.as_str();
    said.run(&["devices", "list"]);
    said.run(&["devices", "show", id]);
    said.run(&["--json", "devices", "rename", id, "Attic"]);
    said.run(&["devices", "tag", id, "--add", "cold, dry, wet", "--remove", "wet"]);
    said.run(&["devices", "permit", id, "--permissions", "sensor:read"]);
    said.run(&["devices", "permit", id, "--permissions", "everything"]);
    said.run(&["devices", "disable", id, "--reason", "on loan"]);
    said.run(&["devices", "list", "--status", "disabled"]);
    said.run(&["devices", "enable", id]);
    said.run(&["devices", "enable", id]);
    said.run(&["devices", "revoke", id]);
    said.run(&["devices", "revoke", id, "--yes", "--reason", "sold"]);
    said.run(&["devices", "enable", id]);
    said.run(&["devices", "show", "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab"]);
    said.run(&["activity", "--about", id]);
    said.is_as_in("devices.txt");
}

#[test]
fn keys_members_and_alerts() {
    let stage = Stage::new();
    let mut said = Transcript::of(&stage, "Who may do what, and what the platform watches.");
    said.run(&["whoami"]);
    said.run(&["keys", "create", "--name", "Viewer", "--role", "viewer"]);
    said.run(&["keys", "list"]);
    let keys = stage.json(&["keys", "list"]);
    let viewer = keys["api_keys"].as_array().unwrap().iter().find(|key| key["name"] == "Viewer").unwrap();
    let id = viewer["id"].as_str().unwrap();
    said.run(&["keys", "show", id]);
    said.run(&["keys", "rotate", id]);
    said.run(&["keys", "rotate", id, "--yes"]);
    said.run(&["keys", "revoke", id, "--yes"]);
    said.run(&["keys", "rotate", id, "--overlap-minutes", "5"]);
    said.run(&["members", "list"]);
    let accept = ["members", "accept"];
    let mut command = stage.command(&accept);
    command.env("CLAWPAIR_PASSWORD", PASSWORD);
    said.add(&accept, command, &stage.invitation);
    said.run(&["members", "list"]);
    said.run(&["members", "invitations"]);
    let wrong = ["login", "--username", "Ada"];
    said.add(&wrong, stage.command(&wrong), "not this one at all");
    said.add(&wrong, stage.command(&wrong), PASSWORD);
    said.run(&["alerts", "list"]);
    said.run(&["alerts", "rules"]);
    said.is_as_in("people.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_beside_the_app_and_reviewed() {
    let desk = Desk::new().await;
    let mut said = Transcript::beside(&desk, "Platforms are read, and what has changed is looked at.");
    desk.joins("Hall", 1).await;
    desk.joins("Cellar", 2).await;
    said.run(&["sync"]);
    said.run(&["--json", "sync", "--platform", "Office"]);
    said.run(&["review", "--platform", "Office"]);
    said.run(&["--json", "review", "--limit", "1"]);
    said.run(&["review", "--mark"]);
    said.run(&["review"]);
    said.run(&["review", "--search", "hal"]);
    said.run(&["--json", "review", "--search", "hal"]);
    said.run(&["review", "--broad"]);
    said.run(&["journal", "list"]);
    said.run(&["--json", "journal", "list", "--limit", "1"]);
    said.run(&["journal", "check"]);
    said.run(&["--json", "journal", "check"]);
    let exported: Value =
        serde_json::from_str(&stage::said(&mut desk.command(&["--json", "journal", "export", "bundle", "first"]))).unwrap();
    said.knows(&exported["signed_by"], "[SIGNER]");
    let verified: Value = serde_json::from_str(&stage::said(&mut desk.command(&["--json", "verify", "first"]))).unwrap();
    said.knows(&verified["public_key"], "[SIGNER'S KEY]");
    said.run(&["journal", "export", "bundle", "devices.bundle"]);
    said.run(&["--json", "journal", "export", "devices-csv", "devices.csv"]);
    said.run(&["verify", "devices.bundle"]);
    said.run(&["sync", "--platform", "Elsewhere"]);
    said.is_as_in("review.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_decided_about_or_taken_back() {
    let desk = Desk::new().await;
    let (lost, hall) = (desk.joins("Phone", 1).await, desk.joins("Hall", 2).await);
    stage::said(&mut desk.command(&["sync"]));
    let mirror = desk.mirror();
    let rename = |name: &str| {
        let intent = Intent::Rename { name: name.parse().unwrap() };
        mirror.ask(&desk.place(&hall), &intent, SystemClock.now(), &SystemRng).unwrap().id.to_string()
    };
    let mut said = Transcript::beside(&desk, "Changes wait, conflict with others', and a device is lost.");
    said.run(&["outbox", "list"]);
    let errand = rename("Never sent");
    said.run(&["outbox", "list"]);
    said.run(&["--json", "outbox", "list"]);
    said.run(&["outbox", "withdraw", &errand]);
    said.run(&["outbox", "withdraw", &errand]);
    let errand = rename("Mine");
    desk.stage.said(&["devices", "rename", &hall, "Theirs"]);
    said.run(&["sync", "--platform", "Office"]);
    said.run(&["outbox", "list"]);
    said.run(&["outbox", "choose", &errand, "try-again"]);
    said.run(&["outbox", "choose", &errand, "overwrite"]);
    said.run(&["outbox", "choose", &errand, "overwrite", "--yes"]);
    said.run(&["sync", "--platform", "Office"]);
    said.run(&["devices", "lost", &lost]);
    said.run(&["devices", "lost", &lost, "--platform", "Office"]);
    said.run(&["devices", "lost", &lost, "--yes", "--reason", "left on the train"]);
    said.run(&["devices", "lost", &lost, "--yes"]);
    said.run(&["devices", "lost", "7F3K-9QWZ-4JN2", "--yes"]);
    said.run(&["--json", "devices", "lost", &lost, "--yes"]);
    said.run(&["devices", "rotate", &hall]);
    said.run(&["--json", "devices", "rotate", "0123456789abcdef"]);
    said.is_as_in("outbox.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_while_a_platform_is_away() {
    let mut desk = Desk::new().await;
    let lost = desk.joins("Phone", 1).await;
    stage::said(&mut desk.command(&["sync"]));
    desk.stage.stop();
    let mut said = Transcript::beside(&desk, "A device is lost while its platform is away.");
    said.run(&["sync"]);
    said.run(&["devices", "lost", &lost, "--yes"]);
    said.run(&["--json", "devices", "lost", &lost, "--yes"]);
    said.run(&["outbox", "list"]);
    said.is_as_in("away.txt");
}
