//! A network apart from the machine's.

use std::process::Command;

use anyhow::{Context, Result};

use crate::commands::{program, said};

/// The command in a network that has nothing but itself. The whole-product tests lay cables there to other machines, which
/// are namespaces too, and whatever the machine's real network is like does not matter to them. The kernel takes all of it
/// down with the last process.
pub(crate) fn alone(command: &Command) -> Result<Command> {
    let is_root = said(program("id").arg("-u"))? == "0";
    let apart: &[&str] = if is_root { &["--net", "--"] } else { &["--user", "--map-root-user", "--net", "--"] };
    said(program("unshare").args(apart).arg("true"))
        .context("The whole-product tests make networks, which root may, or anybody where the kernel allows user namespaces")?;
    let mut unshare = program("unshare");
    unshare.args(apart).args(["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    unshare.arg(command.get_program()).args(command.get_args());
    unshare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ok(unshare)
}
