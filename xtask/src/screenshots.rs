//! The pictures in the README, taken from the real window.

use anyhow::Result;

use crate::commands::{FEATURES, cargo, show_and_run};
use crate::{node, packages, steps};

/// Builds everything and lets the whole-product tests' harness take the pictures.
pub(crate) fn screenshots() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::DISPLAY, packages::TEST])?;
    node::build()?;
    steps::build()?;
    let mut take = cargo(["run", "--quiet", "--workspace", FEATURES, "--bin=screenshots", "--", "docs/screenshots"]);
    show_and_run(&mut take)
}
