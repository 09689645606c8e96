//! A device: the program `clawpair-device` with a state of its own, here or on a neighbour.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Output;

use anyhow::{Context, Result, ensure};
use clawpair_device::Exit;
use xtask::process::{Owned, bound};

use crate::neighbour::Neighbour;
use crate::{PATIENCE, built, eventually};

/// A device that may be paired.
#[derive(Debug)]
pub struct Device<'a> {
    neighbour: Option<&'a Neighbour>,
    folder: PathBuf,
}

/// What a device's program answered.
#[derive(Debug)]
pub struct Answer {
    /// Its exit code.
    pub exit: Option<i32>,
    /// What it said, on both outputs.
    pub said: String,
}

/// The program, running.
#[derive(Debug)]
pub struct Running {
    process: Owned,
    output: PathBuf,
}

impl<'a> Device<'a> {
    /// A device that keeps what it has in `folder`.
    pub const fn on(neighbour: &'a Neighbour, folder: PathBuf) -> Self {
        Self { neighbour: Some(neighbour), folder }
    }

    /// A device program on this very machine.
    pub const fn here(folder: PathBuf) -> Self {
        Self { neighbour: None, folder }
    }

    /// Runs the program until it ends.
    ///
    /// # Errors
    /// When it cannot be started; a refusal is an [`Answer`].
    pub fn ask(&self, arguments: &[&str]) -> Result<Answer> {
        let Output { status, stdout, stderr } = self.command(arguments)?.output().context("clawpair-device cannot be started")?;
        Ok(Answer { exit: status.code(), said: String::from_utf8([stdout, stderr].concat())? })
    }

    /// Runs `clawpair-device run`, which stays.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self) -> Result<Running> {
        self.start(&["run"])
    }

    /// Starts the program without waiting for its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Running> {
        let mut command = self.command(arguments)?;
        let output = self.folder.join("run.log");
        let log = File::create(&output)?;
        command.stdout(log.try_clone()?).stderr(log);
        Ok(Running { process: Owned::start("clawpair-device", &mut command)?, output })
    }

    /// The token it was given, which is secret.
    ///
    /// # Errors
    /// When it is not paired.
    pub fn token(&self) -> Result<String> {
        let credential = clawpair_device::Credential::load(&self.state())?;
        Ok(credential.tokens.access.reveal().to_owned())
    }

    fn state(&self) -> PathBuf {
        self.folder.join("device.json")
    }

    fn command(&self, arguments: &[&str]) -> Result<std::process::Command> {
        fs::create_dir_all(&self.folder)?;
        let program = built("clawpair-device")?;
        let mut command = self.neighbour.map_or_else(|| bound(&program), |neighbour| neighbour.command(&program));
        command.args(arguments).env("CLAWPAIR_DEVICE_STATE", self.state());
        Ok(command)
    }
}

impl Answer {
    /// Requires the program to have ended in a certain way.
    ///
    /// # Errors
    /// When it has ended otherwise; the message has what it said.
    pub fn expect(self, exit: Exit) -> Result<Self> {
        ensure!(self.exit == Some(exit.code().into()), "expected {exit:?}, but it ended with {:?}: {}", self.exit, self.said);
        Ok(self)
    }
}

impl Running {
    /// What it has said so far.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn said(&self) -> Result<String> {
        fs::read_to_string(&self.output).context("the device's output cannot be read")
    }

    /// Waits until it has said something.
    ///
    /// # Errors
    /// When it ends or stays silent; the message has what it said instead.
    pub async fn until_said(&self, words: &str) -> Result<()> {
        let heard = eventually(&format!("The device saying “{words}”"), async || {
            let ended = self.process.ended()?;
            let heard = self.said()?.contains(words);
            ensure!(heard || ended.is_none(), "The device ended: {ended:?}.");
            Ok(heard.then_some(()))
        })
        .await;
        heard.with_context(|| format!("The device said: {}", self.said().unwrap_or_default()))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it stays.
    pub fn end(self) -> Result<Answer> {
        let status = self.process.wait(PATIENCE)?;
        Ok(Answer { exit: status.code(), said: self.said()? })
    }
}
