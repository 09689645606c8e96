//! Running other programs, in the repository and in view of the person.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The features with which everything is checked: one set, so that nothing is compiled twice. `ts` adds the tests that
/// write the TypeScript types, `openapi` the schemas of the contract.
pub(crate) const FEATURES: &str = "--features=clawpair-app/ts,clawpair-api/openapi";

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

/// Where programs are installed that only this repository needs.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A program of the workspace, which cargo puts beside this one.
pub(crate) fn built(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe().context("This program's own place is unknown")?.with_file_name(name))
}

/// The user interface's folder.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// A program to run in the repository, which finds [`tools`].
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(tools().join("bin")).chain(std::env::split_paths(&path)));
    command.current_dir(root()).env("PATH", path.unwrap_or_default());
    // What cargo told this program about itself; some build scripts would run again because of it, here and there in turn.
    let is_ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_ours) {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo with arguments.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = program("cargo");
    command.args(arguments).env("TS_RS_EXPORT_DIR", crate::generate::export_folder());
    command
}

/// npm in the user interface's folder.
pub(crate) fn npm<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = program("npm");
    command.args(arguments).current_dir(ui());
    command
}

/// Says what runs and runs it.
pub(crate) fn show_and_run(command: &mut Command) -> Result<()> {
    println!("   $ {}", spelled(command));
    run(command)
}

/// Runs a command in the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("“{}” cannot be started", spelled(command)))?;
    ensure!(status.success(), "“{}” failed ({status}); its own words are above.", spelled(command));
    Ok(())
}

/// What a command prints, trimmed; an error when it cannot be started or fails.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("“{}” cannot be started", spelled(command)))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "“{}” failed ({}): {}", spelled(command), output.status, complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
