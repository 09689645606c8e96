use clawpair_api::ApproveRequest;
use clawpair_app::view::platform::{PlatformRequest, PlatformRequestPage};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_requests(
    starting: State<'_, Starting>,
    platform: String,
    after: Option<String>,
) -> Answer<PlatformRequestPage> {
    app(&starting).await?.platform(&platform)?.requests(after.as_deref()).await
}

#[tauri::command]
pub(super) async fn approve_request(
    starting: State<'_, Starting>,
    platform: String,
    request_id: String,
    seen: ApproveRequest,
) -> Answer<PlatformRequest> {
    app(&starting).await?.platform(&platform)?.approve_request(&request_id, &seen).await
}

#[tauri::command]
pub(super) async fn deny_request(
    starting: State<'_, Starting>,
    platform: String,
    request_id: String,
    seen: ApproveRequest,
) -> Answer<PlatformRequest> {
    app(&starting).await?.platform(&platform)?.deny_request(&request_id, &seen).await
}
