use clawpair_api::ActivityPage;
use clawpair_app::view::{ActivityCheck, ActivityQuery};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_activity(starting: State<'_, Starting>, platform: String, query: ActivityQuery) -> Answer<ActivityPage> {
    app(&starting).await?.platform(&platform)?.activity(&query).await
}

#[tauri::command]
pub(super) async fn verify_activity(starting: State<'_, Starting>, platform: String) -> Answer<ActivityCheck> {
    app(&starting).await?.platform(&platform)?.verify_activity().await
}

/// Asks for a file in the system's own dialog; whether it was written or the person changed their mind.
#[tauri::command]
pub(super) async fn export_activity(window: AppHandle, starting: State<'_, Starting>, platform: String) -> Answer<bool> {
    let app = app(&starting).await?;
    let (chosen, choice) = oneshot::channel();
    let dialog = window.dialog().file().set_file_name("clawpair-activity.csv").add_filter("CSV", &["csv"]);
    dialog.save_file(move |file| drop(chosen.send(file)));
    let Some(file) = choice.await.ok().flatten().and_then(|file| file.into_path().ok()) else { return Ok(false) };
    app.export_activity(&platform, &file).await.map(|()| true)
}
