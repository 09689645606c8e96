//! What may be changed of devices.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{
    BulkAction, ChangeDevices, ChangeOutcome, ChangeOutcomes, Device, DisableDevice, EditDevice, ErrorCode, GrantPermissions,
    OutcomeKind,
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
use crate::json::{Body, Id, Parameters};
use crate::service::{Service, no_such_device};

/// Most devices of one bulk call.
const MAX_BULK: usize = 500;

pub(super) async fn edit(
    State(service): State<Arc<Service>>,
    may: May<DevicesEdit>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    Body(body): Body<EditDevice>,
) -> Result<Edition<Device>, Refusal> {
    let change = DeviceChange::Edit {
        name: body.name.map(|text| text.parse()).transpose().map_err(Refusal::invalid)?,
        device_type: body.device_type.map(|text| text.parse()).transpose().map_err(Refusal::invalid)?,
        tags: body.tags.map(|texts| Tags::parse(&texts)).transpose().map_err(Refusal::invalid)?,
    };
    let device = service.change_device(id, change, expected, may.by).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn grant(
    State(service): State<Arc<Service>>,
    may: May<DevicesGrant>,
    Id(id): Id<DeviceId>,
    IfMatch(expected): IfMatch,
    Body(body): Body<GrantPermissions>,
) -> Result<Edition<Device>, Refusal> {
    let change = DeviceChange::Grant(Permissions::parse(&body.permissions).map_err(Refusal::invalid)?);
    let device = service.change_device(id, change, expected, may.by).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn disable(
    State(service): State<Arc<Service>>,
    may: May<DevicesDisable>,
    Id(id): Id<DeviceId>,
    Body(body): Body<DisableDevice>,
) -> Result<Edition<Device>, Refusal> {
    let change = DeviceChange::Disable { reason: reason(body.reason.as_deref())? };
    let device = service.change_device(id, change, None, may.by).await?;
    Ok(service.shown(&device).into())
}

pub(super) async fn enable(
    State(service): State<Arc<Service>>,
    may: May<DevicesEnable>,
    Id(id): Id<DeviceId>,
) -> Result<Edition<Device>, Refusal> {
    let device = service.change_device(id, DeviceChange::Enable, None, may.by).await?;
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
    Parameters(parameters): Parameters<RevokeParameters>,
) -> Result<Edition<Device>, Refusal> {
    let change = DeviceChange::Revoke { reason: reason(parameters.reason.as_deref())? };
    let device = service.change_device(id, change, None, may.by).await?;
    Ok(service.shown(&device).into())
}

/// Takes the right that the same change of one device takes.
pub(super) async fn bulk(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Body(body): Body<ChangeDevices>,
) -> Result<Json<ChangeOutcomes>, Refusal> {
    caller.ensure(match body.action {
        BulkAction::Revoke => Operation::DevicesRevoke,
        BulkAction::Disable => Operation::DevicesDisable,
        BulkAction::Enable => Operation::DevicesEnable,
        BulkAction::AddTags | BulkAction::RemoveTags => Operation::DevicesEdit,
    })?;
    let found = body.device_ids.len();
    if !(1..=MAX_BULK).contains(&found) {
        return Err(Refusal::new(ErrorCode::InvalidRequest, format!("Name 1 to {MAX_BULK} devices at once, not {found}.")));
    }
    let ids: Vec<DeviceId> = body.device_ids.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(Refusal::invalid)?;
    let outcomes = service.change_devices(ids.clone(), bulk_change(&body)?, caller.by).await?;
    let outcomes = ids.iter().zip(outcomes).map(|(id, outcome)| told(&service, *id, outcome)).collect();
    Ok(Json(ChangeOutcomes { outcomes }))
}

fn bulk_change(body: &ChangeDevices) -> Result<DeviceChange, Refusal> {
    let misplaced = |what: &str| Refusal::new(ErrorCode::InvalidRequest, format!("This action takes no {what}; leave it out."));
    let tags_are_needed = || Refusal::new(ErrorCode::InvalidRequest, "This action needs tags: name at least one.");
    match body.action {
        BulkAction::Revoke | BulkAction::Disable if body.tags.is_some() => Err(misplaced("tags")),
        BulkAction::Revoke => Ok(DeviceChange::Revoke { reason: reason(body.reason.as_deref())? }),
        BulkAction::Disable => Ok(DeviceChange::Disable { reason: reason(body.reason.as_deref())? }),
        _ if body.reason.is_some() => Err(misplaced("reason")),
        BulkAction::Enable if body.tags.is_some() => Err(misplaced("tags")),
        BulkAction::Enable => Ok(DeviceChange::Enable),
        BulkAction::AddTags | BulkAction::RemoveTags => {
            let texts = body.tags.as_deref().filter(|texts| !texts.is_empty()).ok_or_else(tags_are_needed)?;
            let tags = Tags::parse(texts).map_err(Refusal::invalid)?;
            let adding = body.action == BulkAction::AddTags;
            Ok(if adding { DeviceChange::AddTags(tags) } else { DeviceChange::RemoveTags(tags) })
        }
    }
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
