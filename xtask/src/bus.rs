//! A session bus of its own, with or without a Secret Service.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process::{Owned, bound};
use crate::wait;

/// The keyring's password: it guards nothing but what tests and trials put there.
const PASSWORD: &[u8] = b"headless";

/// A Secret Service for the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// There is none, as on a desktop without a keyring.
    Absent,
    /// gnome-keyring, unlocked, keeping its files in this folder.
    In(PathBuf),
}

/// A session bus. Dropping it ends what was started for it.
#[derive(Debug)]
pub struct Bus {
    address: String,
    _processes: Vec<Owned>,
}

impl Bus {
    /// A bus that starts no services by itself, so that what is on it is what was put there. The folder has to be private and of a short
    /// name, for it holds the sockets.
    ///
    /// # Errors
    /// When one of the programs is missing or does not get ready; the message holds what it said.
    pub fn start(folder: &Path, keyring: &Keyring) -> Result<Self> {
        let config = folder.join("bus.conf");
        fs::write(
            &config,
            format!(
                r#"<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
                folder.display()
            ),
        )?;
        let mut daemon = bound("dbus-daemon");
        daemon.arg(format!("--config-file={}", config.display())).args(["--nofork", "--nopidfile", "--print-address=1"]);
        let (daemon, address) = Owned::start_and_hear("dbus-daemon", &mut daemon, &folder.join("bus.log"))?;
        let mut processes = vec![daemon];
        if let Keyring::In(files) = keyring {
            processes.insert(0, Self::start_keyring(folder, &address, files)?);
        }
        Ok(Self { address, _processes: processes })
    }

    /// Puts a command on the bus.
    pub fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// Locks the keyring. Nobody is there to open it again.
    ///
    /// # Errors
    /// When the keyring does not say that it is locked.
    pub fn lock_keyring(&self) -> Result<()> {
        let mut lock = Command::new("dbus-send");
        lock.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"]);
        lock.args(["org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/aliases/default"]);
        self.enter(&mut lock).output().context("dbus-send does not start")?;
        wait::until("The locking of the keyring", wait::READY, || Ok(is_locked(&self.address)?.filter(|locked| *locked)))?;
        Ok(())
    }

    fn start_keyring(folder: &Path, address: &str, files: &Path) -> Result<Owned> {
        fs::create_dir_all(files)?;
        let mut daemon = bound("gnome-keyring-daemon");
        daemon.args(["--foreground", "--unlock", "--components=secrets"]);
        daemon.env("DBUS_SESSION_BUS_ADDRESS", address).env("XDG_RUNTIME_DIR", folder).env("XDG_DATA_HOME", files);
        let log = File::create(folder.join("keyring.log"))?;
        daemon.stdout(log.try_clone()?).stderr(log).stdin(Stdio::piped()).process_group(0);
        let mut child = daemon.spawn().context("gnome-keyring-daemon does not start")?;
        let mut input = child.stdin.take().context("standard input is a pipe")?;
        let keyring = Owned::adopt("gnome-keyring-daemon", child);
        input.write_all(PASSWORD)?;
        drop(input);
        wait::until("The unlocking of the keyring", wait::READY, || Ok(is_locked(address)?.filter(|locked| !locked)))?;
        Ok(keyring)
    }
}

/// Whether the default keyring is locked; nothing while it does not say.
fn is_locked(address: &str) -> Result<Option<bool>> {
    let mut ask = Command::new("dbus-send");
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets/aliases/default"]);
    ask.args(["org.freedesktop.DBus.Properties.Get", "string:org.freedesktop.Secret.Collection", "string:Locked"]);
    let answer = ask.env("DBUS_SESSION_BUS_ADDRESS", address).output().context("dbus-send does not start")?;
    let said = String::from_utf8_lossy(&answer.stdout);
    Ok([false, true].into_iter().find(|locked| said.contains(&format!("boolean {locked}"))))
}
