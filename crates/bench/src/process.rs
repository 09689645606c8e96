//! The programs under load, each on a core of its own, ended by id when dropped.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The core of the program under load; the load itself runs on [`LOAD_CORE`].
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// A child process, which is killed when this is dropped.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a program on the servers' core.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &Path, arguments: &[&str]) -> Result<Self> {
        let mut pinned = Command::new("taskset");
        pinned.args(["--cpu-list", &SERVER_CORE.to_string()]).arg(command).args(arguments);
        let mut child = pinned
            .env("CLAWPAIR_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("taskset cannot be started")?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    /// The next line it prints.
    ///
    /// # Errors
    /// When it ends instead.
    pub async fn line(&mut self) -> Result<String> {
        self.lines.next_line().await?.context("the program ended before it was ready")
    }

    /// Its resident memory in MiB, as Linux counts it.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resident_mib(&self) -> Result<f64> {
        let id = self.child.id().context("the program has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        Ok(kib.context("no VmRSS")? / 1_024.0)
    }

    /// How long its threads have run on a core, which other programs on the machine hardly change.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn core_time(&self) -> Result<Duration> {
        let id = self.child.id().context("the program has ended")?;
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += times.split(' ').next().context("an empty schedstat")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

/// Puts this process, the load, onto its own core; on a machine with one core it stays where it is.
pub fn keep_to_load_core() {
    let mut cores = CpuSet::new();
    cores.set(LOAD_CORE);
    if let Err(error) = sched_setaffinity(None, &cores) {
        eprintln!("note: the load shares the servers' core ({error})");
    }
}
