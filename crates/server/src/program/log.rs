//! Log lines on standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use super::args::LogFormat;

/// Starts logging; `CLAWPAIR_LOG` sets how much.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("CLAWPAIR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
