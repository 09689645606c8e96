//! Checks that are written in Python, each in an environment of its own below `target`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::commands::{self, FEATURES, built, cargo, program, root, show_and_run};
use crate::packages;

/// Everything about the Python package: format, lints, types, what it is built to, and its tests at the real server. They
/// include a device that was written from the protocol's document alone.
pub(crate) fn sdk() -> Result<()> {
    packages::ensure(&[packages::DISPLAY, packages::TEST])?;
    let package = root().join("sdk/python");
    let environment = environment("sdk", &package.join("requirements.txt"))?;
    let run = |arguments: &[&str]| {
        let mut command = program(environment.join("bin").join(arguments[0]));
        // What tools keep stays out of the package's folder.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("RUFF_CACHE_DIR", environment.join("cache/ruff"));
        command.env("MYPY_CACHE_DIR", environment.join("cache/mypy"));
        command.env("CLAWPAIR_SERVER", built("clawpair-server")?).env("CLAWPAIR_COMMAND", built("clawpair")?);
        show_and_run(command.args(&arguments[1..]).current_dir(&package))
    };
    run(&["ruff", "format", "--check", "--quiet"])?;
    run(&["ruff", "check", "--quiet"])?;
    run(&["mypy"])?;
    // Tests run at what is installed from the wheel, so a file that is missing there is noticed.
    let built = environment.join("dist");
    if built.exists() {
        std::fs::remove_dir_all(&built).context("Old packages cannot be removed")?;
    }
    run(&["python", "-m", "build", "--no-isolation", "--outdir", &built.to_string_lossy(), "."])?;
    let wheel = ["python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"];
    let wheel = wheel.into_iter().chain(["--force-reinstall", "--find-links"]);
    run(&wheel.chain([&*built.to_string_lossy(), "clawpair-sdk"]).collect::<Vec<_>>())?;
    show_and_run(&mut cargo(["build", "--workspace", "--bin=clawpair-server", "--bin=clawpair", FEATURES]))?;
    run(&["pytest", "--quiet", "-p", "no:cacheprovider"])
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
    let scripts = root().join("tests").join(name);
    let python = environment(name, &scripts.join("requirements.txt"))?.join("bin/python");
    show_and_run(&mut cargo(["build", "--workspace", "--bin=clawpair-server", FEATURES]))?;
    let script = scripts.join("check.py");
    show_and_run(program(&python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(built("clawpair-server")?))
}

/// Installs programs that are published as Python packages, and are what a file says byte for byte, among the [`tools`](commands::tools).
pub(crate) fn tools(requirements: &Path) -> Result<()> {
    let python = empty("tools")?.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--prefix"];
    show_and_run(program(python).args(pip).arg(commands::tools()).arg("--requirement").arg(requirements))
}

/// An environment of its own below `target`, with what a file names.
fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let environment = empty(name)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-virtualenv", "--requirement"];
    show_and_run(program(environment.join("bin/python")).args(pip).arg(requirements))?;
    Ok(environment)
}

/// The environment of that name, made unless it is there.
fn empty(name: &str) -> Result<PathBuf> {
    packages::ensure(&[packages::PYTHON])?;
    let environment = root().join("target/python").join(name);
    if !environment.join("bin/python").exists() {
        show_and_run(program("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    Ok(environment)
}
