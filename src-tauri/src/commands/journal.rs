use clawpair_app::view::journal::{BundleCheck, Export, Exported, JournalPage, JournalQuery};
use clawpair_app::view::{ActivityCheck, PAGE};
use tauri::{State, WebviewWindow};

use super::{Answer, app, dialogs};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_journal(starting: State<'_, Starting>, query: JournalQuery) -> Answer<JournalPage> {
    app(&starting).await?.journal(&query, PAGE).await
}

#[tauri::command]
pub(super) async fn verify_journal(starting: State<'_, Starting>) -> Answer<ActivityCheck> {
    app(&starting).await?.verify_journal().await
}

#[tauri::command]
pub(super) async fn signing_fingerprint(starting: State<'_, Starting>) -> Answer<Option<String>> {
    app(&starting).await?.signing_fingerprint().await
}

/// Asks for a file in the system's own dialog; null when the person changed their mind.
#[tauri::command]
pub(super) async fn export_records(window: WebviewWindow, starting: State<'_, Starting>, what: Export) -> Answer<Option<Exported>> {
    let app = app(&starting).await?;
    let Some(file) = dialogs::save(&window, what.file_name(), what.extension()).await else { return Ok(None) };
    app.export(what, &file).await.map(Some)
}

/// Likewise asks for the bundle that is to be checked.
#[tauri::command]
pub(super) async fn verify_bundle(window: WebviewWindow, starting: State<'_, Starting>) -> Answer<Option<BundleCheck>> {
    let app = app(&starting).await?;
    let Some(file) = dialogs::open(&window, Export::Bundle.extension()).await else { return Ok(None) };
    app.verify_bundle(&file).await.map(Some)
}
