use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use tracing::Metadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A log that has grown past this is put aside at the next start, in place of the one before.
const MAX_BYTES: u64 = 4 * 1_024 * 1_024;

/// Writes what happens to `clawpair.log` in the data folder, for its owner only; `CLAWPAIR_LOG` sets how much. Where that is
/// not possible the program goes on and says so in its window; the log goes to where it was started from.
pub(crate) fn start(data_dir: &Path) {
    let filter = EnvFilter::try_from_env("CLAWPAIR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    match open(data_dir) {
        Ok(file) => log.with_writer(Mutex::new(file)).finish().with(filter_fn(is_fit)).init(),
        Err(error) => {
            log.with_writer(std::io::stderr).finish().with(filter_fn(is_fit)).init();
            tracing::warn!(%error, "there is no log file");
        }
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "Clawpair starts");
}

/// Whether something may be logged at all. The WebSocket library would write down whole frames, and a gateway's first one holds a
/// token.
fn is_fit(about: &Metadata<'_>) -> bool {
    let target = about.target();
    !target.starts_with("tungstenite") && !target.starts_with("tokio_tungstenite")
}

fn open(data_dir: &Path) -> std::io::Result<File> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(data_dir)?;
    let path = data_dir.join("clawpair.log");
    if fs::metadata(&path).is_ok_and(|log| log.len() > MAX_BYTES) {
        fs::rename(&path, path.with_extension("log.old"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)
}
