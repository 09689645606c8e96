//! Processes that end with their owner.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::wait;

/// How long a process may take to end after it was asked to.
const FAREWELL: Duration = Duration::from_secs(5);

/// A process in a group of its own. Dropping it ends the whole group, and nothing else; should this program be killed
/// before it can do that, the kernel kills the process (`setpriv --pdeathsig`).
#[derive(Debug)]
pub struct Owned {
    name: String,
    child: Child,
    group: Pid,
}

/// A command whose process the kernel kills when the thread that starts it ends.
pub fn bound(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

impl Owned {
    /// Starts `command`, which [`bound`] should have made. Nothing reaches its input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).process_group(0).spawn().with_context(|| format!("{name} does not start"))?;
        Ok(Self::adopt(name, child))
    }

    /// Starts `command`, its standard error in the file `log`, and returns the first line it prints to standard output.
    ///
    /// # Errors
    /// When it cannot be started, ends early, or says nothing within [`wait::READY`].
    pub fn start_and_hear(name: &str, command: &mut Command, log: &Path) -> Result<(Self, String)> {
        command.stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut this = Self::start(name, command)?;
        let output = this.child.stdout.take().context("standard output is a pipe")?;
        let (said, heard) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let mut reader = BufReader::new(output);
            if reader.read_line(&mut line).is_ok() && said.send(line.trim().to_owned()).is_ok() {
                // The pipe stays open and empty, so that the process never meets a closed one.
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
            }
        });
        match heard.recv_timeout(wait::READY) {
            Ok(line) if !line.is_empty() => Ok((this, line)),
            _ => {
                let complaint = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{name} did not get ready. It said:\n{complaint}")
            }
        }
    }

    /// Takes over a process that was started with `process_group(0)`.
    pub fn adopt(name: &str, child: Child) -> Self {
        let group = Pid::from_child(&child);
        Self { name: name.to_owned(), child, group }
    }

    /// Its process id, which is its group's too.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The process, for its pipes.
    pub const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it has. It stays a zombie until this value is dropped, so that its ids cannot become another's.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.group), options).with_context(|| format!("{} cannot be watched", self.name))?;
        Ok(status.map(|status| match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => ExitStatus::from_raw(code << 8),
            (None, signal) => ExitStatus::from_raw(signal.unwrap_or_default()),
        }))
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// When it has not after `limit`.
    pub fn wait(&self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("The end of {}", self.name);
        wait::until(&what, limit, || self.ended())
    }

    /// Sends a signal to the whole group.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process_group(self.group, signal).with_context(|| format!("{} cannot be signalled", self.name))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.signal(Signal::TERM);
        let _ = self.wait(FAREWELL);
        // Whoever is still there, the process itself or what it started.
        let _ = self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}
