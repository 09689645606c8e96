//! The program itself: what it prints, and how it ends.

mod platform;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use clawpair_api::ErrorCode;
use clawpair_device::{Credential, Exit};
use platform::{Platform, Reaction, Script, Seen, device, json, nobody, paired, refusal};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("device.json")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_clawpair-device")));
        command.args(args).env("CLAWPAIR_DEVICE_STATE", self.state()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().await.unwrap())
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    fn ended(self, exit: Exit) -> Self {
        assert_eq!(self.code, i32::from(exit.code()), "{}{}", self.out, self.err);
        self
    }
}

/// Lets every device in, and then does as the script says.
async fn friendly(script: fn() -> Script) -> Platform {
    Platform::start(move |seen: &Seen| match seen.path.as_str() {
        "/api/v1/pair/claim" => Reaction::Answer(paired()),
        "/api/v1/device/self" => Reaction::Answer(json(200, &device())),
        _ => Reaction::Live(script()),
    })
    .await
}

#[tokio::test]
async fn the_life_of_a_device() {
    let (machine, platform) = (Machine::new(), friendly(|| Script::Revoke).await);
    let link = platform.link();
    machine.run(&["run"]).await.ended(Exit::NotPaired);

    let ran = machine.run(&["pair", &link.reveal()]).await.ended(Exit::Done);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..2], [format!("platform {}", platform.address), format!("trusting only the key {}", platform.pin)]);
    assert!(ran.out.contains("“Kitchen hub”") && ran.out.contains(&device().id) && ran.out.contains("sensor:read"), "{}", ran.out);
    for secret in [link.secret().symbols(), "the-access-token".to_owned(), "the-refresh-token".to_owned()] {
        assert!(!ran.out.contains(&secret) && !ran.err.contains(&secret));
    }

    let ran = machine.run(&["status"]).await.ended(Exit::Done);
    assert!(ran.out.contains("the platform says active"), "{}", ran.out);
    machine.run(&["pair", &platform.link().reveal()]).await.ended(Exit::AlreadyPaired);
    let before = Credential::load(&machine.state()).unwrap().key;
    machine.run(&["pair", &platform.link().reveal(), "--replace"]).await.ended(Exit::Done);
    assert_ne!(Credential::load(&machine.state()).unwrap().key, before);

    let ran = machine.run(&["run"]).await.ended(Exit::Revoked);
    assert_eq!(ran.out, format!("connected to {}\nrevoked\n", platform.address));
    assert!(ran.err.contains("This device was revoked"), "{}", ran.err);

    machine.run(&["forget"]).await.ended(Exit::BadInput);
    assert!(machine.state().exists(), "nobody was asked");
    machine.run(&["forget", "--yes"]).await.ended(Exit::Done);
    assert!(!machine.state().exists());
    machine.run(&["forget", "--yes"]).await.ended(Exit::NotPaired);
}

#[tokio::test]
async fn a_code_in_groups_with_server_and_pin() {
    let (machine, platform) = (Machine::new(), friendly(|| Script::Answer).await);
    let (server, pin) = (platform.address.to_string(), platform.pin.to_string());
    let code = ["ocl-j4k2", "t8p7", "n1rg"];
    let ran = machine.run(&["pair", code[0], code[1], code[2]]).await.ended(Exit::BadInput);
    assert!(ran.err.contains("--server"), "{}", ran.err);
    let name = "the hub";
    let args = ["pair", code[0], code[1], code[2], "--server", &server, "--pin", &pin, "--name", name, "--type", "IoT Gateway"];
    machine.run(&args).await.ended(Exit::Done);
    let claim = platform.seen()[0].claim();
    assert_eq!((claim.description.name.as_str(), claim.description.device_type.as_str()), (name, "IoT Gateway"));
    let again = ["pair", "OCL-J4K2T8P7N1RG", "--replace"];
    machine.run(&again).await.ended(Exit::Done);
    assert_eq!(platform.seen().len(), 2, "the platform it knows is the platform it asks");
}

#[tokio::test]
async fn a_picture_and_standard_input() {
    let (machine, platform) = (Machine::new(), friendly(|| Script::Answer).await);
    let picture = machine.folder.path().join("qr.png");
    std::fs::write(&picture, clawpair_qr::draw(&platform.link().reveal()).unwrap().png(5)).unwrap();
    machine.run(&["pair", picture.to_str().unwrap()]).await.ended(Exit::Done);

    let mut child = machine.command(&["pair", "-", "--replace"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    typed.write_all(format!("{}\n", platform.link().reveal()).as_bytes()).await.unwrap();
    drop(typed);
    Ran::of(&child.wait_with_output().await.unwrap()).ended(Exit::Done);
    assert_eq!(platform.seen().len(), 2);
}

#[tokio::test]
async fn bad_input_is_named_before_anything_is_sent() {
    let machine = Machine::new();
    for args in [
        &["pair"][..],
        &["pair", "OCL-J4K2T8P7N1RX"],
        &["pair", "CPAIR:1/10.0.0.7/short"],
        &["pair", "/no/such/picture.png"],
        &["pair", "OCL-J4K2T8P7N1RG", "--server", "two words", "--pin", "x"],
        &["nonsense"],
    ] {
        let ran = machine.run(args).await.ended(Exit::BadInput);
        assert!(!ran.err.is_empty());
        assert!(!ran.err.contains("J4K2T8P7"), "{}", ran.err);
    }
    assert!(!machine.state().exists());
}

#[tokio::test]
async fn each_refusal_ends_with_its_own_number() {
    for (code, exit) in [
        (ErrorCode::CodeUnknown, Exit::CodeUnknown),
        (ErrorCode::CodeExpired, Exit::CodeExpired),
        (ErrorCode::CodeUsed, Exit::CodeUsed),
        (ErrorCode::CodeCancelled, Exit::CodeCancelled),
        (ErrorCode::CodeEntryBurnt, Exit::CodeEntryBurnt),
        (ErrorCode::SignatureInvalid, Exit::SignatureInvalid),
    ] {
        let platform = Platform::start(move |_| Reaction::Answer(refusal(code))).await;
        Machine::new().run(&["pair", &platform.link().reveal()]).await.ended(exit);
    }
}

#[tokio::test]
async fn an_absent_platform_and_an_imposter() {
    let (machine, platform) = (Machine::new(), friendly(|| Script::Answer).await);
    let imposter = friendly(|| Script::Answer).await;
    let link = platform.link().reveal();
    let absent = nobody().await.to_string();
    machine.run(&["pair", &link, "--server", &absent]).await.ended(Exit::Unreachable);
    machine.run(&["pair", &link, "--server", &imposter.address.to_string()]).await.ended(Exit::PinMismatch);
    machine.run(&["pair", &link, "--pin", &imposter.pin.to_string()]).await.ended(Exit::BadInput);
    assert!(platform.seen().is_empty() && imposter.seen().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_run_with_zero() {
    let (machine, platform) = (Machine::new(), friendly(|| Script::Answer).await);
    machine.run(&["pair", &platform.link().reveal()]).await.ended(Exit::Done);
    for signal in ["TERM", "INT"] {
        let mut child = machine.command(&["run"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap(), Some(format!("connected to {}", platform.address)));
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().await.unwrap().success());
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("stopped"));
        assert_eq!(child.wait().await.unwrap().code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn a_damaged_state_file_is_kept_until_it_is_forgotten() {
    let machine = Machine::new();
    std::fs::write(machine.state(), "{").unwrap();
    machine.run(&["run"]).await.ended(Exit::StateFile);
    machine.run(&["pair", "OCL-J4K2T8P7N1RG"]).await.ended(Exit::StateFile);
    assert_eq!(std::fs::read_to_string(machine.state()).unwrap(), "{");
    machine.run(&["forget", "--yes"]).await.ended(Exit::Done);
}
