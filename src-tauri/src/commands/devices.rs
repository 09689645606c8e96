use clawpair_api::{ChangeDevices, DeviceSummary, DisableDevice, EditDevice, GrantPermissions};
use clawpair_app::view::DeviceQuery;
use clawpair_app::view::many::ChangeOutcomes;
use clawpair_app::view::platform::{PlatformDevice, PlatformDevicePage};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_devices(
    starting: State<'_, Starting>,
    platform: String,
    query: DeviceQuery,
) -> Answer<PlatformDevicePage> {
    app(&starting).await?.platform(&platform)?.devices(&query).await
}

#[tauri::command]
pub(super) async fn device_summary(starting: State<'_, Starting>, platform: String) -> Answer<DeviceSummary> {
    app(&starting).await?.platform(&platform)?.device_summary().await
}

#[tauri::command]
pub(super) async fn show_device(starting: State<'_, Starting>, platform: String, device_id: String) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.device(&device_id).await
}

#[tauri::command]
pub(super) async fn edit_device(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    revision: u32,
    form: EditDevice,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.edit_device(&device_id, revision, &form).await
}

#[tauri::command]
pub(super) async fn grant_permissions(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    revision: u32,
    form: GrantPermissions,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.grant_permissions(&device_id, revision, &form).await
}

#[tauri::command]
pub(super) async fn change_devices(starting: State<'_, Starting>, platform: String, form: ChangeDevices) -> Answer<ChangeOutcomes> {
    app(&starting).await?.platform(&platform)?.change_devices(&form).await
}

#[tauri::command]
pub(super) async fn revoke_device(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    reason: Option<String>,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.revoke_device(&device_id, reason.as_deref()).await
}

#[tauri::command]
pub(super) async fn disable_device(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    form: DisableDevice,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.disable_device(&device_id, &form).await
}

#[tauri::command]
pub(super) async fn enable_device(starting: State<'_, Starting>, platform: String, device_id: String) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.enable_device(&device_id).await
}

#[tauri::command]
pub(super) async fn rotate_role_token(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    role: String,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.rotate_role_token(&device_id, &role).await
}

#[tauri::command]
pub(super) async fn revoke_role_token(
    starting: State<'_, Starting>,
    platform: String,
    device_id: String,
    role: String,
) -> Answer<PlatformDevice> {
    app(&starting).await?.platform(&platform)?.revoke_role_token(&device_id, &role).await
}
