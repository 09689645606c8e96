use std::ffi::OsString;

use anyhow::bail;

const HELP: &str = "\
Clawpair: pair devices, know who is in, throw them out.

Usage: clawpair-desktop [--help | --version]

Environment:
  CLAWPAIR_DATA_DIR  where everything is kept, instead of the system's place for a user's data
  CLAWPAIR_LOG       how much is written to clawpair.log there: error, warn, info (the default), debug";

/// What to print instead of opening a window, if anything.
///
/// # Errors
/// For arguments that mean nothing, and where there is no display to open a window on.
pub(crate) fn answer(mut arguments: impl Iterator<Item = OsString>) -> anyhow::Result<Option<String>> {
    if let Some(argument) = arguments.next() {
        return match argument.to_str() {
            Some("--help" | "-h") => Ok(Some(HELP.to_owned())),
            Some("--version" | "-V") => Ok(Some(format!("clawpair-desktop {}", env!("CARGO_PKG_VERSION")))),
            _ => bail!("“{}” means nothing to clawpair-desktop; --help says what does.", argument.display()),
        };
    }
    let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !has("DISPLAY") && !has("WAYLAND_DISPLAY") {
        bail!("There is no display to open a window on. Start Clawpair from a desktop session, or set DISPLAY.");
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(argument: &str) -> anyhow::Result<Option<String>> {
        answer([OsString::from(argument)].into_iter())
    }

    #[test]
    fn help_and_version_need_no_display() {
        assert!(said("--help").unwrap().unwrap().contains("CLAWPAIR_DATA_DIR"));
        assert!(said("-V").unwrap().unwrap().ends_with(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn what_means_nothing_is_named() {
        assert!(said("--hlep").unwrap_err().to_string().contains("“--hlep”"));
    }
}
