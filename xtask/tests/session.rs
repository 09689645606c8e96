//! The headless desktop session, with the programs it is made of.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use xtask::bus::Keyring;
use xtask::process::{Owned, bound};
use xtask::session::Session;
use xtask::wait;

fn secret_tool(session: &Session, arguments: &[&str], secret: Option<&str>) -> Result<String> {
    let mut command = Command::new("secret-tool");
    command.args(arguments).args(["for", "xtask"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = session.enter(&mut command).spawn()?;
    if let Some(secret) = secret {
        std::io::Write::write_all(&mut child.stdin.take().context("piped")?, secret.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn the_keyring_keeps_a_secret_from_one_session_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Keyring::In(folder.path().join("keyring"));
    let session = Session::start(&keyring).unwrap();
    secret_tool(&session, &["store", "--label=test"], Some("kept")).unwrap();
    drop(session);
    let session = Session::start(&keyring).unwrap();
    assert_eq!(secret_tool(&session, &["lookup"], None).unwrap(), "kept");
}

#[test]
fn without_a_keyring_there_is_no_secret_service() {
    let session = Session::start(&Keyring::Absent).unwrap();
    let refusal = secret_tool(&session, &["lookup"], None).unwrap_err().to_string();
    assert!(refusal.contains("org.freedesktop.secrets"), "{refusal}");
}

#[test]
fn a_window_is_found_by_its_title_and_pictured() {
    let session = Session::start(&Keyring::Absent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("blue.png");
    // ImageMagick's own viewer is a window at hand.
    let mut viewer = bound("display");
    viewer.args(["-size", "120x80", "-title", "Some blue", "xc:#2040c0"]);
    let _viewer = Owned::start("display", session.enter(&mut viewer)).unwrap();
    let id = wait::until("A window", wait::READY, || session.window("Some blue")).unwrap();
    assert_eq!(session.window("Some").unwrap(), None);
    let blue = wait::until("The painting", wait::READY, || {
        session.picture(&id, &picture)?;
        let look = Command::new("identify").args(["-format", "%wx%h %[pixel:p{60,40}]"]).arg(&picture).output()?;
        let look = String::from_utf8(look.stdout)?;
        Ok(look.contains("(32,64,192)").then_some(look))
    });
    assert!(blue.unwrap().starts_with("120x80"));
}

/// Whether a process with this id is there and no zombie.
fn lives(id: u32) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat"));
    status.is_ok_and(|status| !status.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

#[test]
fn dropping_ends_a_process_with_all_it_started_and_a_deaf_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = bound("sh");
    // The first ignores being asked to end; its child is another process of the group.
    shell.args(["-c", "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done"]);
    let (shell, child) = Owned::start_and_hear("sh", &mut shell, &folder.path().join("log")).unwrap();
    let (leader, child) = (shell.id(), child.parse().unwrap());
    assert!(lives(leader) && lives(child));
    drop(shell);
    assert!(!lives(leader));
    wait::until("The end of the child", wait::READY, || Ok((!lives(child)).then_some(()))).unwrap();
}

#[test]
fn a_program_that_ends_early_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = bound("sh");
    shell.args(["-c", "echo no such screen >&2; exit 3"]);
    let refusal = Owned::start_and_hear("sh", &mut shell, &folder.path().join("log")).unwrap_err().to_string();
    assert!(refusal.contains("no such screen"), "{refusal}");
}
