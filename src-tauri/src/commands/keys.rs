use clawpair_api::{ApiKey, ApiKeyCreated, CreateApiKey, RotateApiKey};
use clawpair_app::view::Copied;
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_api_keys(starting: State<'_, Starting>, platform: String) -> Answer<Vec<ApiKey>> {
    app(&starting).await?.platform(&platform)?.api_keys().await
}

#[tauri::command]
pub(super) async fn create_api_key(starting: State<'_, Starting>, platform: String, form: CreateApiKey) -> Answer<ApiKeyCreated> {
    app(&starting).await?.create_api_key(&platform, &form).await
}

#[tauri::command]
pub(super) async fn rotate_api_key(
    starting: State<'_, Starting>,
    platform: String,
    api_key_id: String,
    form: RotateApiKey,
) -> Answer<ApiKeyCreated> {
    app(&starting).await?.rotate_api_key(&platform, &api_key_id, &form).await
}

#[tauri::command]
pub(super) async fn revoke_api_key(starting: State<'_, Starting>, platform: String, api_key_id: String) -> Answer<ApiKey> {
    app(&starting).await?.platform(&platform)?.revoke_api_key(&api_key_id).await
}

#[tauri::command]
pub(super) async fn copy_api_key(starting: State<'_, Starting>, api_key_id: String) -> Answer<Copied> {
    app(&starting).await?.copy_api_key(&api_key_id)
}

#[tauri::command]
pub(super) async fn hide_api_key(starting: State<'_, Starting>, api_key_id: String) -> Answer<()> {
    app(&starting).await?.hide_api_key(&api_key_id);
    Ok(())
}
