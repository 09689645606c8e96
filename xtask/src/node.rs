//! The user interface: Node, its packages and its build.

use anyhow::{Context, Result, bail};

use crate::commands::{npm, program, root, said, show_and_run, ui};
use crate::fingerprint::{self, Stamp};

/// The oldest Node that the user interface's tools run on.
const OLDEST: (u32, u32) = (20, 19);
const ADVICE: &str = "Install Node.js 20.19 or newer, which brings npm, from nodejs.org or with a version manager";

/// What `vite build` reads, below `ui/`.
const SOURCES: &[&str] = &[
    "i18n",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "scripts",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
    "vite.shared.ts",
];

/// Checks that Node is there and new enough.
pub(crate) fn ensure_node() -> Result<()> {
    let version = said(program("node").arg("--version")).context(ADVICE)?;
    match parse(&version) {
        Some(found) if found >= OLDEST => Ok(()),
        _ => bail!("Node.js here is {version}. {ADVICE}."),
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// Installs the packages of the lock file unless they are there.
pub(crate) fn install() -> Result<()> {
    ensure_node()?;
    let node = said(program("node").arg("--version"))?;
    let lock = fingerprint::of(&[ui().join("package-lock.json")], &[])?;
    // Lies among the packages, so that it vanishes with them.
    let stamp = Stamp::new(ui().join("node_modules/.installed-from"), format!("{lock} {node}"));
    if stamp.holds() {
        return Ok(());
    }
    println!("-- Installing the user interface's packages from its lock file");
    show_and_run(&mut npm(["ci", "--no-audit", "--no-fund"]))
        .context("npm could not install the packages of ui/package-lock.json; they come from the npm registry")?;
    stamp.set()
}

/// Builds `ui/dist` unless it was built from the same sources.
pub(crate) fn build() -> Result<()> {
    install()?;
    let sources: Vec<_> = SOURCES.iter().map(|name| ui().join(name)).filter(|path| path.exists()).collect();
    let stamp = Stamp::new(root().join("target/xtask/ui-built-from"), fingerprint::of(&sources, &["paraglide"])?);
    if stamp.holds() && ui().join("dist/index.html").exists() {
        return Ok(());
    }
    println!("-- Building the user interface");
    show_and_run(&mut npm(["run", "--silent", "build"]))?;
    stamp.set()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions_as_numbers() {
        assert_eq!(parse("v20.19.4"), Some((20, 19)));
        assert!(parse("v20.9.0").unwrap() < OLDEST);
        assert!(parse("v100.0.0").unwrap() > OLDEST);
        assert_eq!(parse("20.19.4"), None);
    }
}
