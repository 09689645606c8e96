use clawpair_app::view::data::{BackupView, DataFile, Restored};
use tauri::{State, WebviewWindow};

use super::{Answer, app, dialogs};
use crate::Starting;

/// How the names of backups end.
const EXTENSION: &str = "db";

#[tauri::command]
pub(super) async fn data_file(starting: State<'_, Starting>) -> Answer<DataFile> {
    app(&starting).await?.data_file().await
}

/// Asks for a file in the system's own dialog; null when the person changed their mind.
#[tauri::command]
pub(super) async fn back_up(window: WebviewWindow, starting: State<'_, Starting>) -> Answer<Option<String>> {
    let app = app(&starting).await?;
    let Some(file) = dialogs::save(&window, "clawpair-backup.db", EXTENSION).await else { return Ok(None) };
    app.back_up(&file).await.map(|()| Some(file.display().to_string()))
}

/// Likewise asks for a backup, and answers what is in it.
#[tauri::command]
pub(super) async fn choose_backup(window: WebviewWindow, starting: State<'_, Starting>) -> Answer<Option<BackupView>> {
    let app = app(&starting).await?;
    let Some(file) = dialogs::open(&window, EXTENSION).await else { return Ok(None) };
    app.look_at_backup(&file).await.map(Some)
}

/// Puts the one that was chosen last in the place of the file. The window names no path.
#[tauri::command]
pub(super) async fn restore_backup(starting: State<'_, Starting>) -> Answer<Restored> {
    app(&starting).await?.restore().await
}
