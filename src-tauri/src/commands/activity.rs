use clawpair_api::ActivityPage;
use clawpair_app::view::{ActivityCheck, ActivityQuery};
use tauri::{State, WebviewWindow};

use super::{Answer, app, dialogs};
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
pub(super) async fn export_activity(window: WebviewWindow, starting: State<'_, Starting>, platform: String) -> Answer<bool> {
    let app = app(&starting).await?;
    let Some(file) = dialogs::save(&window, "clawpair-activity.csv", "csv").await else { return Ok(false) };
    app.export_activity(&platform, &file).await.map(|()| true)
}
