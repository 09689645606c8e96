//! Checks that are written in Python, each in an environment of its own below `target`.

use anyhow::Result;

use crate::commands::{FEATURES, built, cargo, program, root, show_and_run};
use crate::packages;

/// Lets the device that was written from the protocol's document alone pair with the real server.
pub(crate) fn device() -> Result<()> {
    check("python-device")
}

/// Lets the real server send mail to a real mail server.
pub(crate) fn mail() -> Result<()> {
    check("mail")
}

/// Compares the real server with its `OpenAPI` document.
pub(crate) fn contract() -> Result<()> {
    check("contract")
}

/// Runs the documented deployment behind nginx, and lets systemd judge the documented unit. It takes nothing that Python does not bring.
pub(crate) fn proxy() -> Result<()> {
    packages::ensure(&[packages::PROXY])?;
    show_and_run(&mut cargo(["build", "--workspace", "--bin=clawpair-server", "--bin=clawpair-device", FEATURES]))?;
    let mut check = program("python3");
    check.arg(root().join("tests/proxy/check.py")).arg(built("clawpair-server")?).arg(built("clawpair-device")?);
    show_and_run(check.env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// Runs `check.py` of a folder of `tests` on the server, with what its `requirements.txt` names.
fn check(name: &str) -> Result<()> {
    let (scripts, environment) = (root().join("tests").join(name), root().join("target/python").join(name));
    let python = environment.join("bin/python");
    if !python.exists() {
        show_and_run(program("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-virtualenv", "--requirement"];
    show_and_run(program(&python).args(pip).arg(scripts.join("requirements.txt")))?;
    show_and_run(&mut cargo(["build", "--workspace", "--bin=clawpair-server", FEATURES]))?;
    let script = scripts.join("check.py");
    show_and_run(program(&python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(built("clawpair-server")?))
}
