use clawpair_api::{Device, DevicePage};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_devices(starting: State<'_, Starting>, after: Option<String>) -> Answer<DevicePage> {
    app(&starting).await?.list_devices(after.as_deref()).await
}

#[tauri::command]
pub(super) async fn show_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.show_device(&device_id).await
}

#[tauri::command]
pub(super) async fn revoke_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.revoke_device(&device_id).await
}

#[tauri::command]
pub(super) async fn disable_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.disable_device(&device_id).await
}

#[tauri::command]
pub(super) async fn enable_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.enable_device(&device_id).await
}
