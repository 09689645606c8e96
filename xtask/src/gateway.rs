//! The step that tests against the real OpenClaw Gateway.

use std::fs;

use anyhow::{Context, Result};
use xtask::openclaw::{Gateway, SHARED_PORT, Setup, folder};

use crate::commands::{FEATURES, cargo, program, root, show_and_run};
use crate::fingerprint::{self, Stamp};
use crate::node;

/// Runs the tests of the gateway's client, the app and the command, most of them on one gateway.
pub(crate) fn gateway() -> Result<()> {
    install()?;
    crate::steps::ensure_nextest()?;
    let nextest = ["nextest", "run", "--workspace", "--test=gateway", FEATURES, "--cargo-quiet", "--profile=gateway"];
    show_and_run(cargo(nextest).arg("--no-run"))?;
    let home = tempfile::tempdir()?;
    println!("-- Starting an OpenClaw Gateway");
    let shared = Gateway::start(home.path(), Setup::default())?;
    let mut tests = cargo(nextest);
    // It is the gateway on this computer, too, for who looks for that.
    tests.env(SHARED_PORT, shared.port().to_string()).env("OPENCLAW_CONFIG_PATH", shared.config_file());
    show_and_run(tests.env("OPENCLAW_STATE_DIR", shared.state()))
}

/// Installs the gateway of the lock file, and the Node.js it needs, unless they are there.
pub(crate) fn install() -> Result<()> {
    node::ensure_node()?;
    let (pinned, to) = (root().join("tests/openclaw"), folder());
    let stamp = Stamp::new(to.join("node_modules/.installed-from"), fingerprint::of(std::slice::from_ref(&pinned), &[])?);
    if stamp.holds() {
        return Ok(());
    }
    println!("-- Installing the OpenClaw Gateway and its Node.js into target/openclaw, about 800 MB");
    fs::create_dir_all(&to)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(pinned.join(name), to.join(name)).with_context(|| format!("{name} cannot be copied"))?;
    }
    let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    show_and_run(program("npm").args(ci).current_dir(&to))
        .context("npm could not install the packages of tests/openclaw/package-lock.json; they come from the npm registry")?;
    stamp.set()
}
