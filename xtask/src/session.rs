//! A desktop session for machines without one: a virtual display with a window manager, and a session bus.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::bus::{Bus, Keyring};
use crate::process::{Owned, bound};
use crate::wait;

/// The size of the virtual display.
pub const SCREEN: (u32, u32) = (1280, 900);
/// A running session. Dropping it ends everything it started.
#[derive(Debug)]
pub struct Session {
    // The order is the order of ending: window manager, display, keyring and bus, and last their folder.
    _window_manager: Owned,
    _display_server: Owned,
    display: String,
    bus: Option<Bus>,
    folder: TempDir,
}

impl Session {
    /// Starts display and bus.
    ///
    /// # Errors
    /// When one of the programs is missing or does not get ready; the message holds what it said.
    pub fn start(keyring: &Keyring) -> Result<Self> {
        Self::with_bus(|folder| Bus::start(folder, keyring).map(Some))
    }

    /// Starts a display and uses the session bus that is there.
    ///
    /// # Errors
    /// When one of the programs is missing or does not get ready.
    pub fn on_present_bus() -> Result<Self> {
        Self::with_bus(|_| Ok(None))
    }

    fn with_bus(bus: impl FnOnce(&Path) -> Result<Option<Bus>>) -> Result<Self> {
        // Named by mkdtemp with mode 0700, which XDG_RUNTIME_DIR demands.
        let folder = tempfile::Builder::new().prefix("clawpair-session-").tempdir()?;
        let (width, height) = SCREEN;
        let mut server = bound("Xvfb");
        server.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", &format!("{width}x{height}x24")]);
        let (display_server, number) = Owned::start_and_hear("Xvfb", &mut server, &folder.path().join("xvfb.log"))?;
        let display = format!(":{number}");
        let bus = bus(folder.path())?;
        let mut openbox = bound("openbox");
        openbox.arg("--sm-disable").env("DISPLAY", &display).stdout(Stdio::null());
        openbox.stderr(File::create(folder.path().join("openbox.log"))?);
        let window_manager = Owned::start("openbox", &mut openbox)?;
        wait::until("The start of the window manager", wait::READY, || {
            let said = Command::new("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]).env("DISPLAY", &display).output()?;
            Ok(String::from_utf8_lossy(&said.stdout).contains("window id").then_some(()))
        })?;
        Ok(Self { _window_manager: window_manager, _display_server: display_server, display, bus, folder })
    }

    /// Puts a command into the session.
    pub fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
        // Without a graphics card WebKit is faster and smaller without these buffers.
        command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
        if let Some(bus) = &self.bus {
            bus.enter(command).env("XDG_RUNTIME_DIR", self.folder.path()).env("NO_AT_BRIDGE", "1");
        }
        command
    }

    /// The X11 id of the visible window whose whole title matches this pattern, if it is there.
    ///
    /// # Errors
    /// When the display cannot be asked.
    pub fn window(&self, title: &str) -> Result<Option<String>> {
        let mut search = bounded("xdotool");
        search.args(["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        let found = self.enter(&mut search).output().context("xdotool does not start")?;
        Ok(String::from_utf8_lossy(&found.stdout).lines().next().map(str::to_owned))
    }

    /// Has the window manager close a window, as the button in its corner does. No keys: where they go, and whether at all, depends
    /// on what else happens on the screen.
    ///
    /// # Errors
    /// When the window manager cannot be asked.
    pub fn close(&self, window: &str) -> Result<()> {
        let number: u32 = window.parse().with_context(|| format!("{window} is no id of a window"))?;
        let done =
            self.enter(bounded("wmctrl").args(["-i", "-c", &format!("{number:#x}")])).output().context("wmctrl does not start")?;
        anyhow::ensure!(done.status.success(), "The window is not closed: {}", String::from_utf8_lossy(&done.stderr).trim());
        Ok(())
    }

    /// Takes a picture of a window as it is on the screen.
    ///
    /// # Errors
    /// When there is no such window.
    pub fn picture(&self, window: &str, file: &Path) -> Result<()> {
        let mut import = bounded("import");
        import.args(["-window", window]).arg(file);
        let done = self.enter(&mut import).output().context("import (ImageMagick) does not start")?;
        anyhow::ensure!(done.status.success(), "No picture of the window: {}", String::from_utf8_lossy(&done.stderr).trim());
        Ok(())
    }
}

/// A program that asks the display something and is ended if it gets no answer: a window that is being made or unmade can
/// leave it waiting for good. Whoever asks, asks again.
fn bounded(program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=1", "5", program]);
    command
}
