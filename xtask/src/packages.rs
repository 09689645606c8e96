//! Debian packages: the one list, what of it is missing, and installing that.

use std::io;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::commands::{said, show_and_run};

/// For compiling the app.
pub(crate) const BUILD: &[&str] = &["build-essential", "libdbus-1-dev", "libwebkit2gtk-4.1-dev", "pkg-config"];

/// For a window on a machine without a display.
pub(crate) const DISPLAY: &[&str] = &[
    "dbus",
    "dbus-bin",
    "fonts-dejavu-core",
    "gnome-keyring",
    "imagemagick",
    "openbox",
    "util-linux",
    "x11-utils",
    "xdotool",
    "xvfb",
];

/// For measuring: `taskset` gives each program a core of its own.
pub(crate) const BENCH: &[&str] = &["util-linux"];

/// For the documented deployment: nginx with its module for TCP, a certificate, and what judges a systemd unit.
pub(crate) const PROXY: &[&str] = &["libnginx-mod-stream", "nginx-light", "openssl", "systemd"];

/// For an environment of Python packages.
pub(crate) const PYTHON: &[&str] = &["python3-venv"];

/// For the programs that tests call, besides [`DISPLAY`].
pub(crate) const TEST: &[&str] =
    &["chromium", "curl", "iproute2", "libsecret-tools", "openssl", "webkit2gtk-driver", "wmctrl", "xclip", "zbar-tools"];

/// Installs what is missing of the lists, saying so; quick when nothing is.
pub(crate) fn ensure(lists: &[&[&str]]) -> Result<()> {
    let wanted = lists.concat();
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]).args(&wanted);
    let known = match query.output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("-- This is no Debian system, so nothing is installed. Needed are the equivalents of: {}", wanted.join(" "));
            return Ok(());
        }
        Err(error) => return Err(error).context("dpkg-query cannot be started"),
    };
    let missing = missing(&wanted, &known);
    if missing.is_empty() {
        return Ok(());
    }
    println!("-- Installing system packages: {}", missing.join(" "));
    let by_hand = format!("Install them yourself: apt-get install {}", missing.join(" "));
    show_and_run(apt_get()?.arg("update")).with_context(|| by_hand.clone())?;
    show_and_run(apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(&missing)).context(by_hand)
}

/// Those of `wanted` that dpkg-query does not know as installed.
fn missing<'a>(wanted: &[&'a str], known: &str) -> Vec<&'a str> {
    let installed = |name: &str| known.lines().any(|line| line.split_once(' ') == Some((name, "installed")));
    wanted.iter().copied().filter(|name| !installed(name)).collect()
}

fn apt_get() -> Result<Command> {
    const QUIET: [&str; 4] = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2", "--option=Dpkg::Use-Pty=0"];
    if said(Command::new("id").arg("-u"))? == "0" {
        let mut command = Command::new("env");
        command.args(QUIET);
        return Ok(command);
    }
    if Command::new("sudo").arg("-V").output().is_err() {
        bail!("Packages are installed by root only, and there is no sudo.");
    }
    let mut command = Command::new("sudo");
    command.arg("env").args(QUIET);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_fully_installed_is_not_missing() {
        let known = "xvfb installed\ndbus config-files\nopenbox half-installed\n";
        assert_eq!(missing(&["xvfb", "dbus", "openbox", "curl"], known), ["dbus", "openbox", "curl"]);
    }
}
