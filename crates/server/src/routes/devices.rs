use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{Device, DevicePage, ErrorCode};
use clawpair_core::access::operation::{DevicesList, DevicesRevoke, DevicesShow};
use clawpair_core::id::DeviceId;

use super::PageParameters;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Id, Parameters};
use crate::service::Service;

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<DevicesList>,
    Parameters(range): Parameters<PageParameters>,
) -> Result<Json<DevicePage>, Refusal> {
    let page = service.store.devices(range.after()?, range.limit()).await?;
    let devices = page.items.iter().map(|device| service.shown(device)).collect();
    Ok(Json(DevicePage { devices, next: page.next.map(|id| id.to_string()) }))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<DevicesShow>,
    Id(id): Id<DeviceId>,
) -> Result<Json<Device>, Refusal> {
    let device = service.store.device(id).await?.ok_or_else(no_such_device)?;
    Ok(Json(service.shown(&device)))
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    may: May<DevicesRevoke>,
    Id(id): Id<DeviceId>,
) -> Result<Json<Device>, Refusal> {
    let device = service.revoke_device(id, may.by).await?.ok_or_else(no_such_device)?;
    Ok(Json(service.shown(&device)))
}

fn no_such_device() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such device.")
}
