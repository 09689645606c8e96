use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{ApproveRequest, DenyRequest, ErrorCode, Request, RequestPage};
use clawpair_core::access::operation::{RequestsApprove, RequestsDeny, RequestsList, RequestsShow};
use clawpair_core::id::PairingId;
use clawpair_core::key::DeviceKey;
use clawpair_core::permission::Permissions;
use clawpair_core::request::{Decision, Seen};
use clawpair_core::store::RequestFilter;
use serde::Deserialize;

use super::PageParameters;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Body, Id, Parameters};
use crate::service::Service;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusFilter {
    Waiting,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    status: Option<StatusFilter>,
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<RequestsList>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<RequestPage>, Refusal> {
    let filter = match parameters.status {
        Some(StatusFilter::Waiting) => RequestFilter::WaitingAt(service.now()),
        None => RequestFilter::All,
    };
    let range = PageParameters { after: parameters.after, limit: parameters.limit };
    let page = service.store.requests(filter, range.after()?, range.limit()).await?;
    let requests = page.items.iter().map(|request| service.shown_request(request)).collect();
    Ok(Json(RequestPage { requests, next: page.next.map(|id| id.to_string()) }))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<RequestsShow>,
    Id(id): Id<PairingId>,
) -> Result<Json<Request>, Refusal> {
    let request = service.store.request(id).await?.ok_or_else(no_such_request)?;
    Ok(Json(service.shown_request(&request)))
}

pub(super) async fn approve(
    State(service): State<Arc<Service>>,
    may: May<RequestsApprove>,
    Id(id): Id<PairingId>,
    Body(body): Body<ApproveRequest>,
) -> Result<Json<Request>, Refusal> {
    let seen = Seen {
        key: *body.public_key.parse::<DeviceKey>().map_err(Refusal::invalid)?.as_bytes(),
        permissions: Permissions::parse(&body.permissions).map_err(Refusal::invalid)?,
    };
    let request = service.decide(id, Decision::Approve(seen), may.by).await?.ok_or_else(no_such_request)?;
    Ok(Json(service.shown_request(&request)))
}

pub(super) async fn deny(
    State(service): State<Arc<Service>>,
    may: May<RequestsDeny>,
    Id(id): Id<PairingId>,
    Body(body): Body<DenyRequest>,
) -> Result<Json<Request>, Refusal> {
    let reason = body.reason.map(|reason| reason.parse()).transpose().map_err(Refusal::invalid)?;
    let request = service.decide(id, Decision::Deny(reason), may.by).await?.ok_or_else(no_such_request)?;
    Ok(Json(service.shown_request(&request)))
}

fn no_such_request() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "No device has asked to be let in under this id.")
}
