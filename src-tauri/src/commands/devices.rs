use clawpair_api::{ChangeDevices, ChangeOutcomes, Device, DevicePage, DeviceSummary, DisableDevice, EditDevice, GrantPermissions};
use clawpair_app::view::DeviceQuery;
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_devices(starting: State<'_, Starting>, query: DeviceQuery) -> Answer<DevicePage> {
    app(&starting).await?.list_devices(&query).await
}

#[tauri::command]
pub(super) async fn device_summary(starting: State<'_, Starting>) -> Answer<DeviceSummary> {
    app(&starting).await?.device_summary().await
}

#[tauri::command]
pub(super) async fn show_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.show_device(&device_id).await
}

#[tauri::command]
pub(super) async fn edit_device(
    starting: State<'_, Starting>,
    device_id: String,
    revision: u32,
    form: EditDevice,
) -> Answer<Device> {
    app(&starting).await?.edit_device(&device_id, revision, &form).await
}

#[tauri::command]
pub(super) async fn grant_permissions(
    starting: State<'_, Starting>,
    device_id: String,
    revision: u32,
    form: GrantPermissions,
) -> Answer<Device> {
    app(&starting).await?.grant_permissions(&device_id, revision, &form).await
}

#[tauri::command]
pub(super) async fn change_devices(starting: State<'_, Starting>, form: ChangeDevices) -> Answer<ChangeOutcomes> {
    app(&starting).await?.change_devices(&form).await
}

#[tauri::command]
pub(super) async fn revoke_device(starting: State<'_, Starting>, device_id: String, reason: Option<String>) -> Answer<Device> {
    app(&starting).await?.revoke_device(&device_id, reason.as_deref()).await
}

#[tauri::command]
pub(super) async fn disable_device(starting: State<'_, Starting>, device_id: String, form: DisableDevice) -> Answer<Device> {
    app(&starting).await?.disable_device(&device_id, &form).await
}

#[tauri::command]
pub(super) async fn enable_device(starting: State<'_, Starting>, device_id: String) -> Answer<Device> {
    app(&starting).await?.enable_device(&device_id).await
}
