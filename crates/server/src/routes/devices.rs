use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{Device, DevicePage, DisableDevice};
use clawpair_core::access::operation::{DevicesDisable, DevicesEnable, DevicesList, DevicesRevoke, DevicesShow};
use clawpair_core::device::DeviceChange;
use clawpair_core::id::DeviceId;
use clawpair_core::text::Reason;
use serde::Deserialize;

use super::PageParameters;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Body, Id, Parameters};
use crate::service::{Service, no_such_device};

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

pub(super) async fn disable(
    State(service): State<Arc<Service>>,
    may: May<DevicesDisable>,
    Id(id): Id<DeviceId>,
    Body(body): Body<DisableDevice>,
) -> Result<Json<Device>, Refusal> {
    let change = DeviceChange::Disable { reason: reason(body.reason.as_deref())? };
    let device = service.change_device(id, change, None, may.by).await?;
    Ok(Json(service.shown(&device)))
}

pub(super) async fn enable(
    State(service): State<Arc<Service>>,
    may: May<DevicesEnable>,
    Id(id): Id<DeviceId>,
) -> Result<Json<Device>, Refusal> {
    let device = service.change_device(id, DeviceChange::Enable, None, may.by).await?;
    Ok(Json(service.shown(&device)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeParameters {
    reason: Option<String>,
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    may: May<DevicesRevoke>,
    Id(id): Id<DeviceId>,
    Parameters(parameters): Parameters<RevokeParameters>,
) -> Result<Json<Device>, Refusal> {
    let change = DeviceChange::Revoke { reason: reason(parameters.reason.as_deref())? };
    let device = service.change_device(id, change, None, may.by).await?;
    Ok(Json(service.shown(&device)))
}

fn reason(text: Option<&str>) -> Result<Option<Reason>, Refusal> {
    text.map(|text| text.parse().map_err(Refusal::invalid)).transpose()
}
