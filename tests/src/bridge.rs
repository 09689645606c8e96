//! A network of this machine's own with nobody else in it. Gateways announce themselves there, as they do not on a virtual cable.

use std::process::Command;

use anyhow::{Context, Result};

use crate::said;

/// This machine's address there.
pub const ADDRESS: &str = "192.168.217.1";
const NAME: &str = "bridge0";

/// The network, until this is dropped.
#[derive(Debug)]
pub struct Bridge(());

impl Bridge {
    /// Makes it.
    ///
    /// # Errors
    /// When this process may not make networks; `cargo xtask test window` runs it where it may.
    pub fn make() -> Result<Self> {
        ip(&["link", "add", NAME, "type", "bridge"])
            .context("A network cannot be made; “cargo xtask test window” runs this where it can")?;
        let this = Self(());
        ip(&["address", "add", &format!("{ADDRESS}/24"), "dev", NAME])?;
        ip(&["link", "set", NAME, "up"])?;
        Ok(this)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if let Err(error) = ip(&["link", "delete", NAME]) {
            eprintln!("{error:#}");
        }
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    said(Command::new("ip").args(arguments)).map(drop)
}
