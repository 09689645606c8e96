//! A `clawpair-server` as whoever runs it starts it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xtask::process::{Owned, bound};
use xtask::wait;

use crate::{built, said};

/// A server with a certificate and key of its own. It ends when dropped.
#[derive(Debug)]
pub struct Server {
    process: Option<Owned>,
    folder: PathBuf,
    /// `https://` and where it listens.
    pub address: String,
    /// What it prints for comparing.
    pub pin: String,
}

impl Server {
    /// Starts one on this machine that keeps what it has in `folder`.
    ///
    /// # Errors
    /// When it does not start; the message has what it said.
    pub fn start(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Self::listen(folder, "127.0.0.1:0")
    }

    /// Ends it. What it has stays in its folder.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again where it was.
    ///
    /// # Errors
    /// When it does not start; the message has what it said.
    pub fn start_again(&mut self) -> Result<()> {
        self.stop();
        let at = self.address.strip_prefix("https://").context("an address without https://")?;
        *self = Self::listen(&self.folder, at)?;
        Ok(())
    }

    fn listen(folder: &Path, at: &str) -> Result<Self> {
        let output = folder.join("output");
        let mut command = bound(built("clawpair-server")?);
        command.args(["serve", "--listen", at, "--data"]).arg(folder.join("data"));
        let log = File::create(&output)?;
        command.stdout(log.try_clone()?).stderr(log);
        let process = Owned::start("clawpair-server", &mut command)?;
        let printed = |word: &str| {
            let text = fs::read_to_string(&output).unwrap_or_default();
            // A line without its end is still being printed.
            let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            lines.find_map(|line| line.trim().strip_prefix(word)?.split_whitespace().next().map(str::to_owned))
        };
        let heard = wait::until("The start of clawpair-server", wait::READY, || {
            ensure!(process.ended()?.is_none(), "clawpair-server ended");
            Ok(printed("listens ").zip(printed("pin ")))
        });
        let (address, pin) = heard.with_context(|| fs::read_to_string(&output).unwrap_or_default())?;
        Ok(Self { process: Some(process), folder: folder.to_owned(), address, pin })
    }

    /// A new API key with a role, by its stable word, as its command makes one.
    ///
    /// # Errors
    /// When it makes none.
    pub fn make_key(&self, role: &str) -> Result<String> {
        let mut command = Command::new(built("clawpair-server")?);
        said(command.args(["key", "create", "--name", "Window", "--role", role, "--data"]).arg(self.folder.join("data")))
    }
}
