//! What the whole-product tests stand on: a stage with its own display, session bus, keyring and folders, on which the
//! real window is opened and driven; devices, which may live on another machine of the network; and REST clients.

pub mod bridge;
pub mod device;
pub mod neighbour;
pub mod pages;
pub mod platforms;
pub mod rest;
pub mod secrets;
pub mod server;
pub mod stage;
pub mod window;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long anything that should happen by itself may take.
pub const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// Asks again and again until there is an answer, at most [`PATIENCE`] long.
///
/// # Errors
/// When there is none in time, or asking fails.
pub async fn eventually<T>(what: &str, answer: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, answer).await
}

/// Asks again and again until there is an answer, at most `limit` long.
///
/// # Errors
/// When there is none in time, or asking fails.
pub async fn within<T>(limit: Duration, what: &str, mut answer: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let asking = async {
        loop {
            if let Some(found) = answer().await? {
                return Ok(found);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(found) => found,
        Err(_) => bail!("{what} did not happen within {} s.", limit.as_secs()),
    }
}

/// A program of the workspace, which `cargo xtask test` has built before.
///
/// # Errors
/// When it is not there.
pub fn built(program: &str) -> Result<PathBuf> {
    // This one lies in the same folder, or in the one below, `deps`.
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.with_context(|| format!("{program} is not built; “cargo xtask test window” builds it"))
}

/// What a finished command printed.
///
/// # Errors
/// When it cannot be started or fails; the message has what it said.
pub fn said(command: &mut std::process::Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed ({}): {}", output.status, complaint.trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
