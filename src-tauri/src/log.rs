use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// A log that has grown past this is put aside at the next start, in place of the one before.
const MAX_BYTES: u64 = 4 * 1_024 * 1_024;

/// Writes what happens to `clawpair.log` in the data folder, for its owner only; `CLAWPAIR_LOG` sets how much.
pub(crate) fn start(data_dir: &Path) -> anyhow::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(data_dir).with_context(|| format!("The data folder {} cannot be made", data_dir.display()))?;
    let path = data_dir.join("clawpair.log");
    if fs::metadata(&path).is_ok_and(|log| log.len() > MAX_BYTES) {
        fs::rename(&path, path.with_extension("log.old"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).with_context(|| format!("The log {} cannot be written", path.display()))?;
    let filter = EnvFilter::try_from_env("CLAWPAIR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(Mutex::new(file)).with_ansi(false).init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "Clawpair starts");
    Ok(())
}
