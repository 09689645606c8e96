//! What the window may call: each waits for the app, calls it once and hands the answer on.

mod alerts;
mod devices;

use clawpair_api::{
    ActivityPage, ApiKey, ApiKeyCreated, ApproveRequest, CreateApiKey, CreatePairingCode, ErrorBody, ErrorCode, Pairing,
    PairingPage, Request, RequestPage, RotateApiKey,
};
use clawpair_app::view::{ActivityCheck, ActivityQuery, Copied, CopyWhat, Overview, ShownPairing, Theme};
use tauri::{AppHandle, State, Wry};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;
use tokio::sync::oneshot;

use crate::Starting;

type Answer<T> = Result<T, ErrorBody>;

/// All commands; `build.rs` lists the same ones.
pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        alerts::acknowledge_alert,
        approve_request,
        cancel_pairing,
        devices::change_devices,
        copy_api_key,
        copy_line,
        copy_pairing,
        create_api_key,
        create_pairing,
        deny_request,
        devices::device_summary,
        devices::disable_device,
        devices::edit_device,
        devices::enable_device,
        export_activity,
        devices::grant_permissions,
        hide_api_key,
        hide_pairing,
        list_activity,
        alerts::list_alert_rules,
        alerts::list_alerts,
        list_api_keys,
        devices::list_devices,
        list_pairings,
        list_requests,
        move_secrets_file,
        overview,
        refresh_addresses,
        reveal_secrets_file,
        revoke_api_key,
        devices::revoke_device,
        rotate_api_key,
        alerts::set_alert_rule,
        set_nearby,
        set_theme,
        devices::show_device,
        verify_activity,
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
async fn move_secrets_file(window: AppHandle, starting: State<'_, Starting>) -> Answer<Option<Overview>> {
    let app = app(&starting).await?;
    let (chosen, choice) = oneshot::channel();
    window.dialog().file().pick_folder(move |folder| drop(chosen.send(folder)));
    let Some(folder) = choice.await.ok().flatten().and_then(|folder| folder.into_path().ok()) else { return Ok(None) };
    app.move_secrets_file(&folder).map(Some)
}

#[tauri::command]
async fn reveal_secrets_file(window: AppHandle, starting: State<'_, Starting>) -> Answer<()> {
    let file = app(&starting).await?.secrets_file()?;
    window.opener().reveal_item_in_dir(&file).map_err(|error| {
        ErrorBody::new(ErrorCode::Internal, format!("The folder of {} could not be opened: {error}.", file.display()))
    })
}

#[tauri::command]
async fn create_pairing(starting: State<'_, Starting>, form: CreatePairingCode) -> Answer<ShownPairing> {
    app(&starting).await?.create_pairing(&form).await
}

#[tauri::command]
async fn hide_pairing(starting: State<'_, Starting>, pairing_id: String) -> Answer<()> {
    app(&starting).await?.hide_pairing(&pairing_id);
    Ok(())
}

#[tauri::command]
async fn copy_pairing(starting: State<'_, Starting>, pairing_id: String, what: CopyWhat) -> Answer<Copied> {
    app(&starting).await?.copy_pairing(&pairing_id, what)
}

#[tauri::command]
async fn cancel_pairing(starting: State<'_, Starting>, pairing_id: String) -> Answer<Pairing> {
    app(&starting).await?.cancel_pairing(&pairing_id).await
}

#[tauri::command]
async fn list_pairings(starting: State<'_, Starting>, after: Option<String>) -> Answer<PairingPage> {
    app(&starting).await?.list_pairings(after.as_deref()).await
}

#[tauri::command]
async fn list_api_keys(starting: State<'_, Starting>) -> Answer<Vec<ApiKey>> {
    app(&starting).await?.list_api_keys().await
}

#[tauri::command]
async fn create_api_key(starting: State<'_, Starting>, form: CreateApiKey) -> Answer<ApiKeyCreated> {
    app(&starting).await?.create_api_key(&form).await
}

#[tauri::command]
async fn copy_api_key(starting: State<'_, Starting>, api_key_id: String) -> Answer<Copied> {
    app(&starting).await?.copy_api_key(&api_key_id)
}

#[tauri::command]
async fn copy_line(starting: State<'_, Starting>, line: String) -> Answer<Copied> {
    app(&starting).await?.copy_line(&line)
}

#[tauri::command]
async fn hide_api_key(starting: State<'_, Starting>, api_key_id: String) -> Answer<()> {
    app(&starting).await?.hide_api_key(&api_key_id);
    Ok(())
}

#[tauri::command]
async fn revoke_api_key(starting: State<'_, Starting>, api_key_id: String) -> Answer<ApiKey> {
    app(&starting).await?.revoke_api_key(&api_key_id).await
}

#[tauri::command]
async fn approve_request(starting: State<'_, Starting>, request_id: String, seen: ApproveRequest) -> Answer<Request> {
    app(&starting).await?.approve_request(&request_id, &seen).await
}

#[tauri::command]
async fn deny_request(starting: State<'_, Starting>, request_id: String) -> Answer<Request> {
    app(&starting).await?.deny_request(&request_id).await
}

#[tauri::command]
async fn list_requests(starting: State<'_, Starting>, after: Option<String>) -> Answer<RequestPage> {
    app(&starting).await?.list_requests(after.as_deref()).await
}

#[tauri::command]
async fn rotate_api_key(starting: State<'_, Starting>, api_key_id: String, form: RotateApiKey) -> Answer<ApiKeyCreated> {
    app(&starting).await?.rotate_api_key(&api_key_id, &form).await
}

#[tauri::command]
async fn list_activity(starting: State<'_, Starting>, query: ActivityQuery) -> Answer<ActivityPage> {
    app(&starting).await?.list_activity(&query).await
}

#[tauri::command]
async fn verify_activity(starting: State<'_, Starting>) -> Answer<ActivityCheck> {
    app(&starting).await?.verify_activity().await
}

/// Asks for a file in the system's own dialog; whether it was written or the person changed their mind.
#[tauri::command]
async fn export_activity(window: AppHandle, starting: State<'_, Starting>) -> Answer<bool> {
    let app = app(&starting).await?;
    let (chosen, choice) = oneshot::channel();
    let dialog = window.dialog().file().set_file_name("clawpair-activity.csv").add_filter("CSV", &["csv"]);
    dialog.save_file(move |file| drop(chosen.send(file)));
    let Some(file) = choice.await.ok().flatten().and_then(|file| file.into_path().ok()) else { return Ok(false) };
    app.export_activity(&file).await.map(|()| true)
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
