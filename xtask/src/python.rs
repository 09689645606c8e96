//! The device that was written in Python from the protocol's document alone.

use anyhow::Result;

use crate::commands::{FEATURES, built, cargo, program, root, show_and_run};

/// Lets it pair with the real server, in an environment of its own below `target`.
pub(crate) fn device() -> Result<()> {
    let (scripts, environment) = (root().join("tests/python-device"), root().join("target/python-device"));
    let python = environment.join("bin/python");
    if !python.exists() {
        show_and_run(program("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-virtualenv", "--requirement"];
    show_and_run(program(&python).args(pip).arg(scripts.join("requirements.txt")))?;
    show_and_run(&mut cargo(["build", "--workspace", "--bin=clawpair-server", FEATURES]))?;
    let check = scripts.join("check.py");
    show_and_run(program(&python).env("PYTHONDONTWRITEBYTECODE", "1").arg(check).arg(built("clawpair-server")?))
}
