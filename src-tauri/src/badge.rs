//! The number on the app's icon.

use clawpair_app::view::outbox::OutboxSummary;
use tauri::{AppHandle, Manager};

/// Says on the app's icon of how many devices it must be said that they are NOT yet revoked; nothing when there are none. Where the
/// system's dock shows no such number, which on Linux is most of them, nothing happens; the window itself says it in any case.
pub(crate) fn show(app: &AppHandle, summary: OutboxSummary) {
    let Some(window) = app.get_webview_window("main") else { return };
    let count = (summary.not_yet_revoked > 0).then_some(i64::from(summary.not_yet_revoked));
    if let Err(error) = window.set_badge_count(count) {
        tracing::warn!(%error, "the number on the app's icon could not be changed");
    }
}
