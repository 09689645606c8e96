//! `cargo xtask bench`: builds the server with optimisation and measures it beside its limits and its peer.

use std::fs;

use anyhow::{Context, Result};

use crate::commands::{cargo, program, root, show_and_run};
use crate::gateway;
use crate::packages;

/// Runs the benchmark; what follows `bench` on the command line is its own.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    if let ["--mirror", counts @ ..] = arguments {
        return mirror(counts);
    }
    if let ["--gateway", count @ ..] = arguments {
        return on_gateway(count);
    }
    packages::ensure(&[packages::BUILD, packages::BENCH])?;
    let peer = root().join("target/bench-peer");
    fs::create_dir_all(&peer)?;
    for file in ["package.json", "package-lock.json", "server.mjs"] {
        let from = root().join("crates/bench/peer").join(file);
        fs::copy(&from, peer.join(file)).with_context(|| format!("{} cannot be copied", from.display()))?;
    }
    show_and_run(program("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&peer))?;
    show_and_run(&mut cargo(["build", "--release", "-p", "clawpair-bench", "-p", "clawpair-server"]))?;
    let release = root().join("target/release");
    let mut run = program(release.join("clawpair-bench"));
    run.args(["run", "--program"]).arg(release.join("clawpair-server")).arg("--peer").arg(peer).args(arguments);
    show_and_run(&mut run)
}

/// Measures the app's file of what its platforms have, for these numbers of devices.
fn mirror(counts: &[&str]) -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    show_and_run(cargo(["run", "--release", "-p", "clawpair-mirror", "--example", "bench", "--"]).args(counts))
}

/// Measures the app's list of a gateway's devices, for this number of them.
fn on_gateway(count: &[&str]) -> Result<()> {
    gateway::install()?;
    show_and_run(cargo(["run", "--release", "-p", "clawpair-app", "--example", "gateway", "--"]).args(count))
}
