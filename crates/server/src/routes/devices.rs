use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{Device, DevicePage, DeviceStatus, DeviceSummary};
use clawpair_core::Timestamp;
use clawpair_core::access::operation::{DevicesList, DevicesShow, DevicesSummary};
use clawpair_core::id::DeviceId;
use clawpair_core::store::{DeviceFilter, DevicePosition, DevicePositionError, DeviceQuery, DeviceSort, Standing};
use serde::Deserialize;

use super::edition::Edition;
use super::page_limit;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Id, Parameters};
use crate::service::{Service, no_such_device};

/// Which devices, in which order, after which.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    status: Option<DeviceStatus>,
    connected: Option<bool>,
    device_type: Option<String>,
    permission: Option<String>,
    tag: Option<String>,
    q: Option<String>,
    seen_before: Option<String>,
    seen_after: Option<String>,
    sort: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<DevicesList>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<DevicePage>, Refusal> {
    let page = service.store.devices(&parse(&service, &parameters)?).await?;
    let devices = page.items.iter().map(|device| service.shown(device)).collect();
    Ok(Json(DevicePage { devices, next: page.next.map(|position| position.to_string()) }))
}

fn parse(service: &Service, parameters: &ListParameters) -> Result<DeviceQuery, Refusal> {
    let moment = |text: &Option<String>| text.as_deref().map(str::parse::<Timestamp>).transpose().map_err(Refusal::invalid);
    let typed = parameters.q.as_deref().filter(|text| !text.trim().is_empty());
    let filter = DeviceFilter {
        standing: parameters.status.map(|status| match status {
            DeviceStatus::Active => Standing::Active,
            DeviceStatus::Disabled => Standing::Disabled,
            DeviceStatus::Revoked => Standing::Revoked,
        }),
        connected: parameters.connected.map(|wanted| (wanted, Arc::new(service.live.ids()))),
        device_type: parameters.device_type.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?,
        permission: parameters.permission.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?,
        tag: parameters.tag.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?,
        search: typed.map(str::parse).transpose().map_err(Refusal::invalid)?,
        seen_before: moment(&parameters.seen_before)?,
        seen_after: moment(&parameters.seen_after)?,
    };
    let sort: DeviceSort = parameters.sort.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?.unwrap_or_default();
    let after: Option<DevicePosition> = parameters.after.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?;
    if after.as_ref().is_some_and(|after| after.key() != sort.key) {
        return Err(Refusal::invalid(DevicePositionError));
    }
    Ok(DeviceQuery { filter, sort, after, limit: page_limit(parameters.limit) })
}

pub(super) async fn summary(State(service): State<Arc<Service>>, _: May<DevicesSummary>) -> Result<Json<DeviceSummary>, Refusal> {
    let counts = service.store.device_counts().await?;
    let connected = service.live.count();
    Ok(Json(DeviceSummary { active: counts.active, disabled: counts.disabled, revoked: counts.revoked, connected }))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<DevicesShow>,
    Id(id): Id<DeviceId>,
) -> Result<Edition<Device>, Refusal> {
    let device = service.store.device(id).await?.ok_or_else(no_such_device)?;
    Ok(service.shown(&device).into())
}
