use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{ListPairingCodes, Pairing, PairingPage, PairingStatus, PairingSummary};
use clawpair_core::Timestamp;
use clawpair_core::access::operation::{CodesList, CodesSummary};
use clawpair_core::pairing::{self as life, MAX_TYPED_CODES};
use clawpair_core::store::{PairingFilter, PairingPosition, PairingPositionError, PairingQuery, PairingSort};

use super::page_limit;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::Parameters;
use crate::service::Service;

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<CodesList>,
    Parameters(parameters): Parameters<ListPairingCodes>,
) -> Result<Json<PairingPage>, Refusal> {
    let now = service.now();
    let page = service.store.pairings(&parse(&parameters, now)?).await?;
    let pairings = page.items.iter().map(|pairing| Pairing::at(pairing, now)).collect();
    Ok(Json(PairingPage { pairings, next: page.next.map(|position| position.to_string()) }))
}

fn parse(parameters: &ListPairingCodes, at: Timestamp) -> Result<PairingQuery, Refusal> {
    let typed = parameters.q.as_deref().filter(|text| !text.trim().is_empty());
    let filter = PairingFilter {
        statuses: parameters.status.iter().copied().map(stands).collect(),
        device_type: parameters.device_type.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?,
        search: typed.map(str::parse).transpose().map_err(Refusal::invalid)?,
    };
    let sort: PairingSort = parameters.sort.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?.unwrap_or_default();
    let after: Option<PairingPosition> = parameters.after.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?;
    if after.as_ref().is_some_and(|after| after.key() != sort.key) {
        return Err(Refusal::invalid(PairingPositionError));
    }
    Ok(PairingQuery { filter, sort, after, limit: page_limit(parameters.limit), at })
}

const fn stands(status: PairingStatus) -> life::PairingStatus {
    match status {
        PairingStatus::Open => life::PairingStatus::Open,
        PairingStatus::Waiting => life::PairingStatus::Waiting,
        PairingStatus::Approved => life::PairingStatus::Approved,
        PairingStatus::Completed => life::PairingStatus::Completed,
        PairingStatus::Denied => life::PairingStatus::Denied,
        PairingStatus::Cancelled => life::PairingStatus::Cancelled,
        PairingStatus::Expired => life::PairingStatus::Expired,
    }
}

pub(super) async fn summary(State(service): State<Arc<Service>>, _: May<CodesSummary>) -> Result<Json<PairingSummary>, Refusal> {
    let now = service.now();
    let counts = service.store.pairing_counts(now).await?;
    let typed = service.store.typed_codes(now).await?.live;
    let (open, waiting, approved) = (counts.open, counts.waiting, counts.approved);
    Ok(Json(PairingSummary { open, waiting, approved, typed, typed_at_most: MAX_TYPED_CODES }))
}
