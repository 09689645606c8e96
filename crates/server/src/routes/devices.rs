use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::DevicePage;
use clawpair_core::access::operation::{DevicesList, DevicesShow};
use clawpair_core::id::DeviceId;

use super::PageParameters;
use super::edition::Edition;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Id, Parameters};
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
) -> Result<Edition, Refusal> {
    let device = service.store.device(id).await?.ok_or_else(no_such_device)?;
    Ok(Edition(service.shown(&device)))
}
