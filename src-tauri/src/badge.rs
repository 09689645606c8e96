//! The number on the app's icon and in the window's title.

use clawpair_app::view::outbox::OutboxSummary;
use tauri::{AppHandle, Manager};

/// Says of how many devices it must be said that they are NOT yet revoked; nothing when there are none. Few docks on Linux show a
/// number on an icon, so that it stands in the window's title, too.
pub(crate) fn show(app: &AppHandle, summary: OutboxSummary) {
    let Some(window) = app.get_webview_window("main") else { return };
    let count = summary.not_yet_revoked;
    let on_icon = window.set_badge_count((count > 0).then_some(i64::from(count)));
    for result in [on_icon, window.set_title(&title(count))] {
        if let Err(error) = result {
            tracing::warn!(%error, "how many devices are not yet revoked could not be shown outside the window");
        }
    }
}

/// What the window is called in lists of windows, where the number comes first so that it is not cut off.
fn title(not_yet_revoked: u32) -> String {
    match not_yet_revoked {
        0 => "Clawpair".to_owned(),
        count => format!("({count}) Clawpair: NOT yet revoked"),
    }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn the_title_says_how_many_devices_are_not_yet_revoked() {
        assert_eq!(title(0), "Clawpair");
        assert_eq!(title(2), "(2) Clawpair: NOT yet revoked");
    }
}
