//! Where this program keeps what it remembers.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::failure::Failure;

/// Its settings and what it made, each in a folder that only its owner may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folders {
    /// Which platforms it knows, and their keys where there is no keyring.
    pub(crate) config: PathBuf,
    /// Which codes it made.
    pub(crate) state: PathBuf,
}

impl Folders {
    /// `$CLAWPAIR_CONFIG_DIR`, else `clawpair` where the system keeps a user's settings and state.
    pub(crate) fn find(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        if let Some(folder) = variable("CLAWPAIR_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
            return Ok(Self { config: folder.clone().into(), state: folder.into() });
        }
        let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let (config, state) = if cfg!(windows) {
            (folder("APPDATA"), folder("LOCALAPPDATA"))
        } else if cfg!(target_os = "macos") {
            let library = folder("HOME").map(|home| home.join("Library/Application Support"));
            (library.clone(), library)
        } else {
            let home = |below: &str| folder("HOME").map(|home| home.join(below));
            (folder("XDG_CONFIG_HOME").or_else(|| home(".config")), folder("XDG_STATE_HOME").or_else(|| home(".local/state")))
        };
        let missing = || {
            Failure::new(Exit::LocalFile, "no_home", "Your home folder is not known.")
                .hint("Set HOME, or CLAWPAIR_CONFIG_DIR to a folder for this program's settings.")
        };
        Ok(Self {
            config: config.ok_or_else(missing)?.join("clawpair-cli"),
            state: state.ok_or_else(missing)?.join("clawpair-cli"),
        })
    }
}
