//! Where everything is kept.

use std::io;
use std::path::{Path, PathBuf};

use crate::files;

/// Names another data folder.
pub const VARIABLE: &str = "CLAWPAIR_DATA_DIR";

/// Why it is not known where everything is kept.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// The variable names no folder.
    #[error("{VARIABLE} names no folder: {0}. Set it to a folder for Clawpair's data.")]
    Variable(io::Error),
    /// Neither the variable nor a home folder.
    #[error("Your home folder is not known. Set HOME, or {VARIABLE} to a folder for Clawpair's data.")]
    NoHome,
}

/// `$CLAWPAIR_DATA_DIR`, or `clawpair` where the system keeps a user's data. `variable` reads the environment.
///
/// # Errors
/// When neither is known.
pub fn find(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, DataDirError> {
    if let Some(folder) = variable(VARIABLE).filter(|folder| !folder.as_os_str().is_empty()) {
        return std::path::absolute(folder).map_err(DataDirError::Variable);
    }
    let variable = |name| variable(name).filter(|path| path.is_absolute());
    let data = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    Ok(data.ok_or(DataDirError::NoHome)?.join("clawpair"))
}

/// Whether the app has ever run on a folder.
pub fn has_a_platform(folder: &Path) -> bool {
    folder.join(files::PLATFORM).exists()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<PathBuf> {
        find(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())).ok()
    }

    #[test]
    fn the_variable_comes_first_and_then_the_systems_place() {
        let home = ("HOME", "/home/ada");
        assert_eq!(found(&[home, ("CLAWPAIR_DATA_DIR", "/srv/claw")]), Some("/srv/claw".into()));
        assert_eq!(found(&[home, ("CLAWPAIR_DATA_DIR", ""), ("XDG_DATA_HOME", "/data")]), Some("/data/clawpair".into()));
        assert_eq!(found(&[home, ("XDG_DATA_HOME", "relative")]), Some("/home/ada/.local/share/clawpair".into()));
        assert_eq!(found(&[]), None);
    }
}
