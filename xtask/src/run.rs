//! `cargo xtask run`: from a fresh clone to the open window.

use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use xtask::bus::Keyring;
use xtask::process::{Owned, bound};
use xtask::session::Session;
use xtask::wait;

use crate::commands::{FEATURES, built, cargo, root, run as run_command, said};
use crate::{node, packages};

/// How long the window stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until the person closes it.
    Closed,
    /// On a virtual display, until its picture is taken: for seeing whether a build works.
    Screenshot,
}

const TITLE: &str = "Clawpair";
const DATA_DIR: &str = "CLAWPAIR_DATA_DIR";

/// Prepares, builds and opens the window; the answer is the app's exit code.
pub(crate) fn run(until: Until) -> Result<ExitCode> {
    println!("Clawpair: installs what is missing, builds the app and opens its window.");
    println!("The first time takes some minutes, the next ones seconds.");
    let virtual_display = until == Until::Screenshot || !has_display();
    packages::ensure(if virtual_display { &[packages::BUILD, packages::DISPLAY] } else { &[packages::BUILD] })?;
    node::build()?;
    println!("-- Building the app");
    run_command(&mut cargo(["build", "--workspace", "--bin=clawpair-desktop", FEATURES]))?;
    let app = built("clawpair-desktop")?;
    if virtual_display {
        return on_virtual_display(&app, until);
    }
    println!("-- Opening the window");
    let status = Command::new(&app).status().with_context(|| format!("{} cannot be started", app.display()))?;
    Ok(exit_code(status))
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn on_virtual_display(app: &Path, until: Until) -> Result<ExitCode> {
    println!("-- Opening the window on a virtual display");
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut command = bound(app);
    let session = if until == Until::Closed && env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        Session::on_present_bus()?
    } else {
        // The keyring that is made here guards the data that are made here, and they go together.
        let home = root().join("target/headless");
        println!("   With a session bus and a keyring of its own; everything is kept in {}.", home.display());
        if until == Until::Screenshot || env::var_os(DATA_DIR).is_none() {
            command.env(DATA_DIR, home.join("data"));
        }
        Session::start(&Keyring::In(home.join("keyring")))?
    };
    let window = Owned::start("The app", session.enter(&mut command))?;
    let picture = root().join("target/clawpair-window.png");
    let taken = take_picture(&session, &window, &stop, &picture);
    if let Some(status) = window.ended()? {
        eprintln!("The app ended before its window was seen.");
        return Ok(exit_code(status));
    }
    if stop.load(Ordering::Relaxed) {
        return Ok(ExitCode::from(130));
    }
    taken?;
    println!("   A picture of the window: {}", picture.display());
    if until == Until::Screenshot {
        return Ok(ExitCode::SUCCESS);
    }
    println!("   It runs until you press Ctrl-C.");
    loop {
        if let Some(status) = window.ended()? {
            return Ok(exit_code(status));
        }
        if stop.load(Ordering::Relaxed) {
            println!("-- Closing the window");
            return Ok(ExitCode::SUCCESS);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the window is painted, which is when two pictures in a row are the same and hold more than a few colours.
fn take_picture(session: &Session, window: &Owned, stop: &AtomicBool, file: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let candidate: PathBuf = folder.path().join("window.png");
    let mut before = String::new();
    wait::until("The painting of the window", wait::READY, || {
        if stop.load(Ordering::Relaxed) || window.ended()?.is_some() {
            bail!("The window is gone.");
        }
        let Some(id) = session.window(TITLE)? else { return Ok(None) };
        if session.picture(&id, &candidate).is_err() {
            return Ok(None);
        }
        // Number of colours, and a hash of the pixels.
        let look = said(Command::new("identify").args(["-format", "%k %#"]).arg(&candidate))?;
        let colours: u32 = look.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let settled = colours > 64 && look == before;
        before = look;
        Ok(settled.then_some(()))
    })?;
    fs::copy(&candidate, file).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(())
}

/// As shells do: the app's own code, or 128 and the signal that ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
