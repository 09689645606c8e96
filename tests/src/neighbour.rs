//! Another machine on the network: a network namespace at the other end of a virtual cable.

use std::process::Command;

use anyhow::{Context, Result};
use xtask::process::{Owned, bound};

use crate::said;

/// This machine's address on the cable.
pub const OUR_ADDRESS: &str = "192.168.213.1";
/// The neighbour's address.
pub const THEIR_ADDRESS: &str = "192.168.213.2";

/// A machine that can reach this one at [`OUR_ADDRESS`] and nothing else. A process keeps its network alive; when that
/// ends, by dropping this or by being killed, the kernel takes down the network and both ends of the cable.
#[derive(Debug)]
pub struct Neighbour {
    keeper: Owned,
}

impl Neighbour {
    /// Lays the cable. This machine's end is an ordinary network interface, `lan0`.
    ///
    /// # Errors
    /// When this process may not make networks; `cargo xtask test window` runs it where it may.
    pub fn connect() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut keep = bound("unshare");
        keep.args(["--net", "--", "sh", "-c", "echo ready; exec sleep infinity"]);
        let (keeper, _) = Owned::start_and_hear("unshare", &mut keep, &folder.path().join("log"))?;
        let this = Self { keeper };
        let id = this.keeper.id().to_string();
        ip(&mut Command::new("ip"), &["link", "add", "lan0", "type", "veth", "peer", "name", "eth0", "netns", &id])
            .context("The network of a second machine cannot be made; “cargo xtask test window” runs this where it can")?;
        ip(&mut Command::new("ip"), &["address", "add", &format!("{OUR_ADDRESS}/24"), "dev", "lan0"])?;
        ip(&mut Command::new("ip"), &["link", "set", "lan0", "up"])?;
        ip(&mut this.command("ip"), &["address", "add", &format!("{THEIR_ADDRESS}/24"), "dev", "eth0"])?;
        ip(&mut this.command("ip"), &["link", "set", "eth0", "up"])?;
        Ok(this)
    }

    /// A program to run on that machine.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = bound("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.keeper.id())).arg("--").arg(program);
        command
    }
}

fn ip(command: &mut Command, arguments: &[&str]) -> Result<()> {
    said(command.args(arguments)).map(drop)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn it_reaches_this_machine_over_the_cable_until_it_is_unplugged() {
        let neighbour = Neighbour::connect().unwrap();
        let listener = TcpListener::bind((OUR_ADDRESS, 0)).unwrap();
        let to = format!("telnet://{}", listener.local_addr().unwrap());
        let mut curl = neighbour.command("curl");
        let knocking = curl.args(["--disable", "--silent", "--max-time", "20", &to]).stdin(std::process::Stdio::null()).spawn();
        let (_, from) = listener.accept().unwrap();
        assert_eq!(from.ip().to_string(), THEIR_ADDRESS);
        drop(listener);
        knocking.unwrap().wait().unwrap();
        drop(neighbour);
        let again = Neighbour::connect();
        assert!(again.is_ok(), "the first cable is still there: {again:?}");
    }
}
