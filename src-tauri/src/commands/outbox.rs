use clawpair_app::view::outbox::{AlarmView, ErrandChoice, ErrandView, KeyPlace, OutboxPage};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_outbox(starting: State<'_, Starting>, after: i64) -> Answer<OutboxPage> {
    app(&starting).await?.outbox(after).await
}

#[tauri::command]
pub(super) async fn show_errand(starting: State<'_, Starting>, errand: i64) -> Answer<ErrandView> {
    app(&starting).await?.errand(errand).await
}

#[tauri::command]
pub(super) async fn list_asked_of(starting: State<'_, Starting>, platform: String, id: String) -> Answer<Vec<ErrandView>> {
    app(&starting).await?.asked_of(&platform, &id).await
}

#[tauri::command]
pub(super) async fn withdraw_errand(starting: State<'_, Starting>, errand: i64) -> Answer<ErrandView> {
    app(&starting).await?.withdraw_errand(errand).await
}

#[tauri::command]
pub(super) async fn choose_errand(starting: State<'_, Starting>, errand: i64, choice: ErrandChoice) -> Answer<Option<ErrandView>> {
    app(&starting).await?.choose_errand(errand, choice).await
}

#[tauri::command]
pub(super) async fn key_places(starting: State<'_, Starting>, key: String) -> Answer<Vec<KeyPlace>> {
    app(&starting).await?.key_places(key).await
}

#[tauri::command]
pub(super) async fn revoke_everywhere(
    starting: State<'_, Starting>,
    key: String,
    reason: Option<String>,
) -> Answer<Vec<ErrandView>> {
    app(&starting).await?.revoke_everywhere(key, reason.as_deref()).await
}

#[tauri::command]
pub(super) async fn list_alarms(starting: State<'_, Starting>) -> Answer<Vec<AlarmView>> {
    app(&starting).await?.alarms().await
}

#[tauri::command]
pub(super) async fn acknowledge_alarm(starting: State<'_, Starting>, alarm: i64) -> Answer<()> {
    app(&starting).await?.acknowledge_alarm(alarm).await
}
