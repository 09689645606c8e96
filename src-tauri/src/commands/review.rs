use clawpair_app::view::PAGE;
use clawpair_app::view::elsewhere::{FoundActivityPage, FoundWaiting};
use clawpair_app::view::review::{
    ReviewChangePage, ReviewCounts, ReviewDevicePage, ReviewKind, ReviewQuery, ReviewedDevice, TombstonePage,
};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn review_devices(starting: State<'_, Starting>, query: ReviewQuery) -> Answer<ReviewDevicePage> {
    app(&starting).await?.review_devices(&query, PAGE).await
}

#[tauri::command]
pub(super) async fn review_counts(starting: State<'_, Starting>, query: ReviewQuery) -> Answer<ReviewCounts> {
    app(&starting).await?.review_counts(&query).await
}

#[tauri::command]
pub(super) async fn review_device(starting: State<'_, Starting>, platform: String, device_id: String) -> Answer<ReviewedDevice> {
    app(&starting).await?.review_device(&platform, &device_id).await
}

#[tauri::command]
pub(super) async fn put_in_group(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    group: Option<String>,
) -> Answer<ReviewedDevice> {
    app(&starting).await?.put_in_group(&platform, &device_id, group.as_deref()).await
}

#[tauri::command]
pub(super) async fn review_changes(
    starting: State<'_, Starting>,
    kind: Option<ReviewKind>,
    after: i64,
) -> Answer<ReviewChangePage> {
    app(&starting).await?.review_changes(kind, after, PAGE).await
}

#[tauri::command]
pub(super) async fn mark_reviewed(starting: State<'_, Starting>, up_to: i64) -> Answer<()> {
    app(&starting).await?.mark_reviewed(up_to).await
}

#[tauri::command]
pub(super) async fn list_tombstones(
    starting: State<'_, Starting>,
    search: Option<String>,
    before: Option<i64>,
) -> Answer<TombstonePage> {
    app(&starting).await?.tombstones(search.as_deref(), before).await
}

#[tauri::command]
pub(super) async fn search_activity(
    starting: State<'_, Starting>,
    search: String,
    before: Option<i64>,
) -> Answer<FoundActivityPage> {
    app(&starting).await?.search_activity(&search, before).await
}

#[tauri::command]
pub(super) async fn search_waiting(starting: State<'_, Starting>, search: String) -> Answer<Vec<FoundWaiting>> {
    app(&starting).await?.search_waiting(&search).await
}
