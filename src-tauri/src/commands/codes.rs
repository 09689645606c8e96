use clawpair_api::{CreatePairingCode, Pairing, PairingPage};
use clawpair_app::view::openclaw::{CreateSetupCode, SetupCodeUsed, ShownSetupCode};
use clawpair_app::view::{Copied, CopyWhat, ShownPairing};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn create_pairing(
    starting: State<'_, Starting>,
    platform: String,
    form: CreatePairingCode,
) -> Answer<ShownPairing> {
    app(&starting).await?.create_pairing(&platform, &form).await
}

#[tauri::command]
pub(super) async fn create_setup_code(
    starting: State<'_, Starting>,
    platform: String,
    form: CreateSetupCode,
) -> Answer<ShownSetupCode> {
    app(&starting).await?.create_setup_code(&platform, &form).await
}

#[tauri::command]
pub(super) async fn setup_code_used(
    starting: State<'_, Starting>,
    platform: String,
    setup_id: String,
) -> Answer<Option<SetupCodeUsed>> {
    app(&starting).await?.platform(&platform)?.setup_code_used(&setup_id).await
}

#[tauri::command]
pub(super) async fn hide_pairing(starting: State<'_, Starting>, pairing_id: String) -> Answer<()> {
    app(&starting).await?.hide_pairing(&pairing_id);
    Ok(())
}

#[tauri::command]
pub(super) async fn copy_pairing(starting: State<'_, Starting>, pairing_id: String, what: CopyWhat) -> Answer<Copied> {
    app(&starting).await?.copy_pairing(&pairing_id, what)
}

#[tauri::command]
pub(super) async fn cancel_pairing(starting: State<'_, Starting>, platform: String, pairing_id: String) -> Answer<Pairing> {
    app(&starting).await?.cancel_pairing(&platform, &pairing_id).await
}

#[tauri::command]
pub(super) async fn list_pairings(starting: State<'_, Starting>, platform: String, after: Option<String>) -> Answer<PairingPage> {
    app(&starting).await?.platform(&platform)?.open_pairings(after.as_deref()).await
}
