//! The pictures in the README, taken from the real window.

use anyhow::Result;

use crate::commands::{built, program, show_and_run};
use crate::{network, node, packages, steps};

/// Builds everything and lets the whole-product tests' harness take the pictures.
pub(crate) fn screenshots() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::DISPLAY, packages::TEST])?;
    node::build()?;
    steps::build()?;
    show_and_run(&mut network::alone(program(built("screenshots")?).arg("docs/screenshots"))?)
}
