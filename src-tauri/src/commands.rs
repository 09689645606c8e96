//! What the window may call: each waits for the app, calls it once and hands the answer on.

mod activity;
mod alerts;
mod codes;
mod data;
mod devices;
mod dialogs;
mod journal;
mod keys;
mod outbox;
mod platforms;
mod requests;
mod review;

use clawpair_app::view::{Copied, Overview, Refusal, Theme};
use tauri::{AppHandle, State, WebviewWindow, Wry};
use tauri_plugin_opener::OpenerExt;

use crate::Starting;

type Answer<T> = Result<T, Refusal>;

/// All commands; `build.rs` lists the same ones.
pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        platforms::accept_certificate,
        outbox::acknowledge_alarm,
        alerts::acknowledge_alert,
        platforms::add_platform,
        requests::approve_request,
        data::back_up,
        codes::cancel_pairing,
        devices::change_devices,
        data::choose_backup,
        outbox::choose_errand,
        keys::copy_api_key,
        copy_line,
        codes::copy_pairing,
        keys::create_api_key,
        codes::create_pairing,
        codes::create_setup_code,
        data::data_file,
        requests::deny_request,
        devices::device_summary,
        devices::disable_device,
        devices::edit_device,
        devices::enable_device,
        activity::export_activity,
        journal::export_records,
        devices::grant_permissions,
        keys::hide_api_key,
        codes::hide_pairing,
        outbox::key_places,
        activity::list_activity,
        outbox::list_alarms,
        alerts::list_alert_rules,
        alerts::list_alerts,
        keys::list_api_keys,
        outbox::list_asked_of,
        devices::list_devices,
        journal::list_journal,
        outbox::list_outbox,
        codes::list_pairings,
        requests::list_requests,
        review::list_tombstones,
        review::search_activity,
        review::search_waiting,
        platforms::local_gateway,
        platforms::look_for_gateways,
        review::mark_reviewed,
        move_secrets_file,
        overview,
        platforms::platforms,
        review::put_in_group,
        refresh_addresses,
        platforms::remove_platform,
        platforms::rename_platform,
        data::restore_backup,
        reveal_secrets_file,
        review::review_changes,
        review::review_counts,
        review::review_device,
        review::review_devices,
        keys::revoke_api_key,
        devices::revoke_device,
        outbox::revoke_everywhere,
        devices::revoke_role_token,
        keys::rotate_api_key,
        devices::rotate_role_token,
        alerts::set_alert_rule,
        set_nearby,
        set_theme,
        codes::setup_code_used,
        devices::show_device,
        outbox::show_errand,
        platforms::sign_in_platform,
        journal::signing_fingerprint,
        platforms::try_platform_now,
        activity::verify_activity,
        journal::verify_bundle,
        journal::verify_journal,
        outbox::withdraw_errand,
    ]
}

async fn app(starting: &State<'_, Starting>) -> Answer<clawpair_app::App> {
    Starting::clone(starting).await
}

#[tauri::command]
async fn overview(starting: State<'_, Starting>) -> Answer<Overview> {
    app(&starting).await?.overview()
}

#[tauri::command]
async fn set_nearby(starting: State<'_, Starting>, on: bool) -> Answer<Overview> {
    app(&starting).await?.set_nearby(on).await
}

#[tauri::command]
async fn refresh_addresses(starting: State<'_, Starting>) -> Answer<Overview> {
    app(&starting).await?.refresh_addresses().await
}

#[tauri::command]
async fn set_theme(starting: State<'_, Starting>, theme: Theme) -> Answer<Overview> {
    app(&starting).await?.set_theme(theme)
}

/// Asks for a folder in the system's own dialog; `None` when the person changed their mind.
#[tauri::command]
async fn move_secrets_file(window: WebviewWindow, starting: State<'_, Starting>) -> Answer<Option<Overview>> {
    let app = app(&starting).await?;
    let Some(folder) = dialogs::folder(&window).await else { return Ok(None) };
    app.move_secrets_file(&folder).map(Some)
}

#[tauri::command]
async fn reveal_secrets_file(window: AppHandle, starting: State<'_, Starting>) -> Answer<()> {
    let file = app(&starting).await?.secrets_file()?;
    window.opener().reveal_item_in_dir(&file).map_err(|error| {
        let message = format!("The folder of {} could not be opened: {error}.", file.display());
        Refusal::new("internal", message, "Open it with the system's own file manager.")
    })
}

#[tauri::command]
async fn copy_line(starting: State<'_, Starting>, line: String) -> Answer<Copied> {
    app(&starting).await?.copy_line(&line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// The names between quotes or commas in the part of a file that lists them.
    fn names<'a>(text: &'a str, from: &str, to: &str) -> BTreeSet<&'a str> {
        let list = text.split_once(from).unwrap().1.split_once(to).unwrap().0;
        let bare = |path: &'a str| path.trim().rsplit("::").next().unwrap_or_default().trim_matches('"');
        list.split(',').map(bare).filter(|name| !name.is_empty()).collect()
    }

    /// A command that is missing in one of the three places would be refused when the window calls it.
    #[test]
    fn every_command_is_handled_listed_and_granted() {
        let handled = names(include_str!("commands.rs"), "generate_handler![", "]");
        let listed = names(include_str!("../build.rs"), ".commands(&[", "]");
        let granted = names(include_str!("../capabilities/window.json"), "\"permissions\": [", "]");
        let granted: BTreeSet<String> =
            granted.into_iter().filter_map(|name| name.strip_prefix("allow-")).map(|name| name.replace('-', "_")).collect();
        assert!(handled.len() > 10);
        assert_eq!(handled, listed);
        assert_eq!(handled, granted.iter().map(String::as_str).collect());
    }
}
