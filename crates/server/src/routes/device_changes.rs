//! What may be changed of devices.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{
    ChangeDevices, ChangeOutcome, ChangeOutcomes, Device, DisableDevice, EditDevice, ErrorCode, GrantPermissions, OutcomeKind,
};
use clawpair_core::access::Operation;
use clawpair_core::access::operation::{DevicesDisable, DevicesEdit, DevicesEnable, DevicesGrant, DevicesRevoke};
use clawpair_core::device::DeviceChange;
use clawpair_core::id::DeviceId;
use clawpair_core::permission::Permissions;
use clawpair_core::store::DeviceOutcome;
use clawpair_core::tags::Tags;
use clawpair_core::text::Reason;
use serde::Deserialize;

use super::edition::{Edition, IfMatch};
use crate::auth::May;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::idempotency::Repeat;
use crate::json::{Body, Id, Parameters};
use crate::service::{Service, no_such_device};

/// Most devices of one bulk call.
const MAX_BULK: usize = 500;

pub(super) async fn edit(
    State(service): State<Arc<Service>>,
    may: May<DevicesEdit>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    repeat: Repeat,
    Body(body): Body<EditDevice>,
) -> Result<Edition<Device>, Refusal> {
    let intent = repeat.of(may.by, Operation::DevicesEdit, &id.to_string(), &body)?;
    let change = DeviceChange::Edit {
        name: body.name.map(|text| text.parse()).transpose().map_err(Refusal::invalid)?,
        device_type: body.device_type.map(|text| text.parse()).transpose().map_err(Refusal::invalid)?,
        tags: body.tags.map(|texts| Tags::parse(&texts)).transpose().map_err(Refusal::invalid)?,
    };
    let device = service.change_device(id, change, expected, intent).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn grant(
    State(service): State<Arc<Service>>,
    may: May<DevicesGrant>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    repeat: Repeat,
    Body(body): Body<GrantPermissions>,
) -> Result<Edition<Device>, Refusal> {
    let intent = repeat.of(may.by, Operation::DevicesGrant, &id.to_string(), &body)?;
    let change = DeviceChange::Grant(Permissions::parse(&body.permissions).map_err(Refusal::invalid)?);
    let device = service.change_device(id, change, expected, intent).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn disable(
    State(service): State<Arc<Service>>,
    may: May<DevicesDisable>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    repeat: Repeat,
    Body(body): Body<DisableDevice>,
) -> Result<Edition<Device>, Refusal> {
    let intent = repeat.of(may.by, Operation::DevicesDisable, &id.to_string(), &body)?;
    let change = DeviceChange::Disable { reason: reason(body.reason.as_deref())? };
    let device = service.change_device(id, change, expected, intent).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn enable(
    State(service): State<Arc<Service>>,
    may: May<DevicesEnable>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    repeat: Repeat,
) -> Result<Edition<Device>, Refusal> {
    let intent = repeat.of(may.by, Operation::DevicesEnable, &id.to_string(), &())?;
    let device = service.change_device(id, DeviceChange::Enable, expected, intent).await?;
    Ok(service.shown(&device).into())
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
    repeat: Repeat,
    Parameters(parameters): Parameters<RevokeParameters>,
) -> Result<Edition<Device>, Refusal> {
    let intent = repeat.of(may.by, Operation::DevicesRevoke, &id.to_string(), &parameters.reason)?;
    let change = DeviceChange::Revoke { reason: reason(parameters.reason.as_deref())? };
    let device = service.change_device(id, change, None, intent).await?;
    Ok(service.shown(&device).into())
}

/// Takes the right that the same change of one device takes.
pub(super) async fn bulk(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Body(body): Body<ChangeDevices>,
) -> Result<Json<ChangeOutcomes>, Refusal> {
    caller.ensure(match body {
        ChangeDevices::Revoke { .. } => Operation::DevicesRevoke,
        ChangeDevices::Disable { .. } => Operation::DevicesDisable,
        ChangeDevices::Enable { .. } => Operation::DevicesEnable,
        ChangeDevices::AddTags { .. } | ChangeDevices::RemoveTags { .. } => Operation::DevicesEdit,
    })?;
    let found = body.device_ids().len();
    if !(1..=MAX_BULK).contains(&found) {
        return Err(Refusal::new(ErrorCode::InvalidRequest, format!("Name 1 to {MAX_BULK} devices at once, not {found}.")));
    }
    let ids: Vec<DeviceId> =
        body.device_ids().iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(Refusal::invalid)?;
    let outcomes = service.change_devices(ids.clone(), bulk_change(&body)?, caller.by).await?;
    let outcomes = ids.iter().zip(outcomes).map(|(id, outcome)| told(&service, *id, outcome)).collect();
    Ok(Json(ChangeOutcomes { outcomes }))
}

fn bulk_change(body: &ChangeDevices) -> Result<DeviceChange, Refusal> {
    Ok(match body {
        ChangeDevices::Revoke { reason: why, .. } => DeviceChange::Revoke { reason: reason(why.as_deref())? },
        ChangeDevices::Disable { reason: why, .. } => DeviceChange::Disable { reason: reason(why.as_deref())? },
        ChangeDevices::Enable { .. } => DeviceChange::Enable,
        ChangeDevices::AddTags { tags, .. } => DeviceChange::AddTags(some_tags(tags)?),
        ChangeDevices::RemoveTags { tags, .. } => DeviceChange::RemoveTags(some_tags(tags)?),
    })
}

fn some_tags(texts: &[String]) -> Result<Tags, Refusal> {
    if texts.is_empty() {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "This action needs tags: name at least one."));
    }
    Tags::parse(texts).map_err(Refusal::invalid)
}

fn told(service: &Service, id: DeviceId, outcome: DeviceOutcome) -> ChangeOutcome {
    let (outcome, device, error) = match outcome {
        DeviceOutcome::Changed(device) => (OutcomeKind::Changed, Some(service.shown(&device)), None),
        DeviceOutcome::Unchanged(device) => (OutcomeKind::Unchanged, Some(service.shown(&device)), None),
        DeviceOutcome::Refused(reason) => (OutcomeKind::Refused, None, Some(Refusal::from(reason).into_body())),
        DeviceOutcome::Unknown => (OutcomeKind::Refused, None, Some(no_such_device().into_body())),
    };
    ChangeOutcome { device_id: id.to_string(), outcome, device, error }
}

fn reason(text: Option<&str>) -> Result<Option<Reason>, Refusal> {
    text.map(|text| text.parse().map_err(Refusal::invalid)).transpose()
}
