//! How this computer's own programs find the embedded platform, whose port may be another than usual and whose key no authority knows.

use std::path::Path;

use clawpair_core::pin::ServerPin;
use clawpair_server::private_file;
use serde_json::json;

use crate::files;

/// Writes where the platform is and by what it is known. It stays when the app ends, because the port does; whoever comes in vain
/// is told that nobody answers.
///
/// Whoever may write into the folder is the platform's owner already, so the pin in it can be trusted.
pub(crate) fn put_up(data_dir: &Path, port: u16, pin: ServerPin) {
    let text = json!({ "url": format!("https://127.0.0.1:{port}"), "pin": pin.to_string() }).to_string();
    if let Err(error) = private_file::write(&data_dir.join(files::SIGNPOST), text.as_bytes()) {
        // Programs can be told both by hand.
        tracing::warn!(%error, "other programs cannot find this platform by themselves");
    }
}
