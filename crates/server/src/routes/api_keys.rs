use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use clawpair_api::{ApiKey, ApiKeyCreated, ApiKeyDetail, ApiKeyList, ApiKeyUsage, CreateApiKey, ErrorCode, RotateApiKey};
use clawpair_core::Timestamp;
use clawpair_core::access::Operation;
use clawpair_core::access::operation::{ApiKeysCreate, ApiKeysList, ApiKeysRevoke, ApiKeysRotate, ApiKeysShow};
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;
use clawpair_core::store::Reach;
use serde::Deserialize;

use crate::auth::May;
use crate::error::Refusal;
use crate::idempotency::Repeat;
use crate::json::{Body, Id, Parameters};
use crate::service::{NewApiKey, Service};

/// The longest life of a key: ten years.
const MAX_DAYS: u32 = 3_650;
/// The longest time two secrets of a key work side by side: a day.
const MAX_OVERLAP: u32 = 1_440;

pub(super) async fn list(State(service): State<Arc<Service>>, _: May<ApiKeysList>) -> Result<Json<ApiKeyList>, Refusal> {
    let keys = service.api_keys().await?;
    Ok(Json(ApiKeyList { api_keys: keys.iter().map(ApiKey::from).collect() }))
}

pub(super) async fn create(
    State(service): State<Arc<Service>>,
    may: May<ApiKeysCreate>,
    repeat: Repeat,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyCreated>), Refusal> {
    let intent = repeat.of(may.by, Operation::ApiKeysCreate, "", &body)?;
    let (key, secret) = service.create_api_key(parse(body, service.now())?, &may.caller, intent).await?;
    Ok((StatusCode::CREATED, Json(ApiKeyCreated { key: secret.reveal(), api_key: ApiKey::from(&key) })))
}

fn parse(body: CreateApiKey, now: Timestamp) -> Result<NewApiKey, Refusal> {
    if body.scopes.as_ref().is_some_and(Vec::is_empty) {
        return Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "A key without any scope could do nothing; leave scopes out for all of its role.",
        ));
    }
    if let Some(scope) = body.scopes.iter().flatten().find(|scope| !scope.roles().contains(&body.role)) {
        let message = format!("The role {} does not have the scope {scope}.", body.role.name());
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    let expires_at = match body.expires_in_days {
        None => None,
        Some(days) if (1..=MAX_DAYS).contains(&days) => Some(now.plus_minutes(days * 24 * 60)),
        Some(days) => {
            let message = format!("A key can live between 1 and {MAX_DAYS} days, not {days}.");
            return Err(Refusal::new(ErrorCode::InvalidRequest, message));
        }
    };
    Ok(NewApiKey { name: body.name.parse().map_err(Refusal::invalid)?, role: body.role, scopes: body.scopes, expires_at })
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<ApiKeysShow>,
    Id(id): Id<ApiKeyId>,
) -> Result<Json<ApiKeyDetail>, Refusal> {
    let today = Day::of(service.now());
    let (key, usage) = service.api_key(id, ApiKeyUsage::since(today)).await?;
    Ok(Json(ApiKeyDetail { api_key: ApiKey::from(&key), usage: ApiKeyUsage::of(&usage, today) }))
}

pub(super) async fn rotate(
    State(service): State<Arc<Service>>,
    may: May<ApiKeysRotate>,
    Id(id): Id<ApiKeyId>,
    repeat: Repeat,
    Body(body): Body<RotateApiKey>,
) -> Result<Json<ApiKeyCreated>, Refusal> {
    if body.overlap_minutes > MAX_OVERLAP {
        let message = format!("Both secrets can work for at most {MAX_OVERLAP} minutes, not {}.", body.overlap_minutes);
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    let intent = repeat.of(may.by, Operation::ApiKeysRotate, &id.to_string(), &body)?;
    let (key, secret) = service.rotate_api_key(id, body.overlap_minutes, &may.caller, intent).await?;
    Ok(Json(ApiKeyCreated { key: secret.reveal(), api_key: ApiKey::from(&key) }))
}

/// What a revocation takes with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeParameters {
    /// A leaked key's children are as leaked as it is, so they go unless the caller knows better.
    #[serde(default = "yes")]
    with_descendants: bool,
}

const fn yes() -> bool {
    true
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    may: May<ApiKeysRevoke>,
    Id(id): Id<ApiKeyId>,
    Parameters(parameters): Parameters<RevokeParameters>,
) -> Result<Json<ApiKey>, Refusal> {
    let reach = if parameters.with_descendants { Reach::WithDescendants } else { Reach::Alone };
    Ok(Json(ApiKey::from(&service.revoke_api_key(id, reach, may.by).await?)))
}
