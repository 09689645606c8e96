use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use clawpair_api::{ApiKey, ApiKeyCreated, ApiKeyList, CreateApiKey, ErrorCode};
use clawpair_core::Timestamp;
use clawpair_core::access::operation::{ApiKeysCreate, ApiKeysList, ApiKeysRevoke};
use clawpair_core::id::ApiKeyId;

use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Body, Id};
use crate::service::{NewApiKey, Service};

/// The longest life of a key: ten years.
const MAX_DAYS: u32 = 3_650;

pub(super) async fn list(State(service): State<Arc<Service>>, _: May<ApiKeysList>) -> Result<Json<ApiKeyList>, Refusal> {
    let keys = service.store.api_keys().await?;
    Ok(Json(ApiKeyList { api_keys: keys.iter().map(ApiKey::from).collect() }))
}

pub(super) async fn create(
    State(service): State<Arc<Service>>,
    may: May<ApiKeysCreate>,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyCreated>), Refusal> {
    let (key, secret) = service.create_api_key(parse(body, service.now())?, may.by).await?;
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

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    may: May<ApiKeysRevoke>,
    Id(id): Id<ApiKeyId>,
) -> Result<Json<ApiKey>, Refusal> {
    let key = service.revoke_api_key(id, may.by).await?;
    key.map(|key| Json(ApiKey::from(&key))).ok_or_else(|| Refusal::new(ErrorCode::NotFound, "This platform has no such API key."))
}
