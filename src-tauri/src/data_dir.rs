use std::path::PathBuf;

use anyhow::Context;

/// Names another data folder.
const VARIABLE: &str = "CLAWPAIR_DATA_DIR";

/// Where everything is kept: `$CLAWPAIR_DATA_DIR`, or `clawpair` where the system keeps a user's data.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        return std::path::absolute(folder).context("CLAWPAIR_DATA_DIR names no folder");
    }
    let data = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    let data =
        data.with_context(|| format!("Your home folder is not known. Set HOME, or {VARIABLE} to a folder for Clawpair's data."))?;
    Ok(data.join("clawpair"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}
