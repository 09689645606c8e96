use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use clawpair_api::{CreatePairingCode, ErrorCode, Pairing, PairingCodeCreated};
use clawpair_core::access::Operation;
use clawpair_core::access::operation::{CodesCancel, CodesCreate, CodesShow};
use clawpair_core::id::PairingId;
use clawpair_core::permission::Permissions;

use crate::auth::May;
use crate::error::Refusal;
use crate::idempotency::Repeat;
use crate::json::{Body, Id};
use crate::service::{PairingRequest, Service};

pub(super) async fn create(
    State(service): State<Arc<Service>>,
    may: May<CodesCreate>,
    repeat: Repeat,
    Body(body): Body<CreatePairingCode>,
) -> Result<(StatusCode, Json<PairingCodeCreated>), Refusal> {
    let intent = repeat.of(may.by, Operation::CodesCreate, "", &body)?;
    let opened = service.open_pairing(parse(&body)?, intent).await?;
    let created = PairingCodeCreated {
        code: opened.code.reveal(),
        device_id: opened.pairing.device_id.to_string(),
        expires_at: opened.pairing.expires_at.to_string(),
        pairing_id: opened.pairing.id.to_string(),
        link: opened.link.map(|link| link.reveal()),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn parse(body: &CreatePairingCode) -> Result<PairingRequest, Refusal> {
    let addresses = body.addresses.as_ref().map(|texts| texts.iter().map(|text| text.parse()).collect::<Result<_, _>>());
    Ok(PairingRequest {
        name: body.name.parse().map_err(Refusal::invalid)?,
        device_type: body.device_type.parse().map_err(Refusal::invalid)?,
        permissions: Permissions::parse(&body.permissions).map_err(Refusal::invalid)?,
        lifetime: body.expires_in_minutes.try_into().map_err(Refusal::invalid)?,
        addresses: addresses.transpose().map_err(Refusal::invalid)?,
        ask_first: body.ask_first,
        typed: body.typed,
    })
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<CodesShow>,
    Id(id): Id<PairingId>,
) -> Result<Json<Pairing>, Refusal> {
    let pairing = service.store.pairing(id).await?.ok_or_else(no_such_pairing)?;
    Ok(Json(Pairing::at(&pairing, service.now())))
}

pub(super) async fn cancel(
    State(service): State<Arc<Service>>,
    may: May<CodesCancel>,
    Id(id): Id<PairingId>,
) -> Result<Json<Pairing>, Refusal> {
    let pairing = service.cancel_pairing(id, may.by).await?.ok_or_else(no_such_pairing)?;
    Ok(Json(Pairing::at(&pairing, service.now())))
}

fn no_such_pairing() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such pairing.")
}
