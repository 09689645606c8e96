//! What `cargo xtask test` is made of.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::commands::{FEATURES, cargo, npm, root, said, show_and_run, tools};
use crate::generate::{Mode, everything};
use crate::{gateway, icons, network, node, packages, python, run};

/// One check.
pub(crate) struct Step {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it checks, in a few words.
    pub(crate) about: &'static str,
    /// Does it.
    pub(crate) run: fn() -> Result<()>,
}

/// All checks; the quick ones first, and each after what it needs.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "packages", about: "system packages and tools that tests need", run: prepare },
    Step { name: "format", about: "rustfmt", run: || show_and_run(&mut cargo(["fmt", "--all", "--check"])) },
    Step { name: "ui-check", about: "types, lints and format of the user interface", run: || ui("check") },
    Step { name: "ui-unit", about: "the user interface's state and components", run: || ui("test:unit") },
    Step { name: "ui-dist", about: "the user interface as it is shipped", run: || ui("test:dist") },
    Step { name: "ui-visual", about: "every page and state: pictures, accessibility, layout", run: || ui("test:visual") },
    Step { name: "icons", about: "icons are drawn from their source", run: || icons::icons(Mode::Check) },
    Step { name: "deny", about: "licences and sources of what the programs are made of", run: deny },
    Step { name: "clippy", about: "lints of all Rust code", run: clippy },
    Step { name: "build", about: "every program and test", run: build },
    Step { name: "rust", about: "unit and integration tests", run: rust },
    Step { name: "sdk", about: "the Python package: types, lints, wheel, contract, devices by all three ways", run: python::sdk },
    Step { name: "mail", about: "invitations and addresses by mail, through a real mail server", run: python::mail },
    Step { name: "contract", about: "what the server does is what its OpenAPI document says", run: python::contract },
    Step { name: "proxy", about: "the documented deployment: nginx in front, the systemd unit", run: python::proxy },
    Step { name: "gateway", about: "pairing at the real OpenClaw Gateway", run: gateway::gateway },
    Step { name: "doc-tests", about: "examples in the documentation", run: doc_tests },
    Step { name: "docs", about: "the documentation's links", run: docs },
    Step { name: "bindings", about: "what is generated from the Rust code matches it", run: || everything(Mode::Check) },
    Step { name: "run", about: "“cargo xtask run” builds and opens the app", run: opened },
    Step { name: "window", about: "the whole product, in the real window", run: window },
];

fn prepare() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::DISPLAY, packages::PROXY, packages::PYTHON, packages::TEST])?;
    ensure_nextest()?;
    node::install()
}

fn ui(script: &str) -> Result<()> {
    node::install()?;
    show_and_run(&mut npm(["run", "--silent", script]))
}

fn clippy() -> Result<()> {
    node::build()?;
    show_and_run(&mut cargo(["clippy", "--workspace", "--all-targets", FEATURES, "--", "--deny=warnings"]))
}

/// Builds every target at once, with the development dependencies that tests need, so that later steps find all compiled.
pub(crate) fn build() -> Result<()> {
    node::build()?;
    show_and_run(&mut cargo(["build", "--workspace", "--all-targets", FEATURES]))
}

fn rust() -> Result<()> {
    ensure_nextest()?;
    node::build()?;
    show_and_run(&mut cargo(["nextest", "run", "--workspace", FEATURES, "--cargo-quiet"]))
}

fn doc_tests() -> Result<()> {
    node::build()?;
    show_and_run(&mut cargo(["test", "--doc", "--quiet", "--workspace", FEATURES]))
}

fn docs() -> Result<()> {
    node::build()?;
    let mut doc = cargo(["doc", "--workspace", "--no-deps", FEATURES]);
    show_and_run(doc.env("RUSTDOCFLAGS", "--deny=warnings"))
}

fn window() -> Result<()> {
    ensure_nextest()?;
    gateway::install()?;
    build()?;
    let nextest = ["nextest", "run", "--workspace", FEATURES, "--cargo-quiet", "--offline", "--profile=window"];
    show_and_run(network::alone(&cargo(nextest))?.env("RUST_LIB_BACKTRACE", "0"))
}

fn opened() -> Result<()> {
    ensure!(run::run(run::Until::Screenshot)? == ExitCode::SUCCESS, "The app ended with an error.");
    Ok(())
}

/// Installs cargo-nextest for this repository unless the machine has one.
pub(crate) fn ensure_nextest() -> Result<()> {
    // Without the part that updates itself it needs no TLS library.
    ensure_tool("nextest", &["cargo-nextest", "--version=0.9.148", "--no-default-features", "--features=default-no-update"])
}

/// Installs a cargo subcommand, given by name and what `cargo install` takes: as it is published ready made, where that is so, and else
/// compiled. Its own speed matters little, so that is without optimisation: 2 minutes instead of 10 on two cores.
fn ensure_tool(subcommand: &str, package: &[&str]) -> Result<()> {
    let is_there = || said(&mut cargo([subcommand, "--version"])).is_ok();
    if is_there() {
        return Ok(());
    }
    println!("-- Installing {} into target/tools", package[0]);
    if cfg!(target_os = "linux") && python::tools(&root().join("xtask/cargo-tools.txt")).is_ok() && is_there() {
        return Ok(());
    }
    println!("-- It is not to be had ready made, so it is compiled, which takes some minutes");
    let mut install = cargo(["install", "--locked", "--quiet", "--debug", "--root"]);
    show_and_run(install.arg(tools()).args(package).env("CARGO_PROFILE_DEV_DEBUG", "false"))
}

/// Checks licences, sources and banned crates; the advisories need a database that not every machine can reach.
fn deny() -> Result<()> {
    ensure_tool("deny", &["cargo-deny", "--version=0.20.2"])?;
    show_and_run(&mut cargo(["deny", "--config=xtask/deny.toml", "check", "bans", "licenses", "sources"]))
}
