use clawpair_app::view::Refusal;
use clawpair_app::view::openclaw::{AddPlatform, LocalGateway};
use clawpair_app::view::platform::PlatformView;
use clawpair_core::secret::Secret;
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn platforms(starting: State<'_, Starting>) -> Answer<Vec<PlatformView>> {
    Ok(app(&starting).await?.platforms())
}

#[tauri::command]
pub(super) async fn add_platform(starting: State<'_, Starting>, form: AddPlatform) -> Answer<PlatformView> {
    app(&starting).await?.add_platform(form).await
}

#[tauri::command]
pub(super) async fn rename_platform(starting: State<'_, Starting>, platform: String, name: String) -> Answer<PlatformView> {
    app(&starting).await?.rename_platform(&platform, &name).await
}

/// Answers what could not be removed on the platform itself; null if nothing is left of this app there.
#[tauri::command]
pub(super) async fn remove_platform(starting: State<'_, Starting>, platform: String) -> Answer<Option<Refusal>> {
    app(&starting).await?.remove_platform(&platform).await
}

#[tauri::command]
pub(super) async fn sign_in_platform(starting: State<'_, Starting>, platform: String, credential: String) -> Answer<PlatformView> {
    app(&starting).await?.sign_in_platform(&platform, Secret::new(credential)).await
}

#[tauri::command]
pub(super) async fn accept_certificate(starting: State<'_, Starting>, platform: String, shown: String) -> Answer<PlatformView> {
    app(&starting).await?.accept_certificate(&platform, &shown).await
}

#[tauri::command]
pub(super) async fn try_platform_now(starting: State<'_, Starting>, platform: String) -> Answer<PlatformView> {
    app(&starting).await?.try_platform_now(&platform).await
}

#[tauri::command]
pub(super) async fn local_gateway(starting: State<'_, Starting>) -> Answer<Option<LocalGateway>> {
    app(&starting).await?.local_gateway()
}

#[tauri::command]
pub(super) async fn look_for_gateways(starting: State<'_, Starting>, on: bool) -> Answer<()> {
    app(&starting).await?.look_for_gateways(on)
}
