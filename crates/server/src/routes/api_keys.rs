use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use clawpair_api::{ApiKey, ApiKeyCreated, ApiKeyList, CreateApiKey, ErrorCode};
use clawpair_core::id::ApiKeyId;

use crate::auth::{Manager, Owner};
use crate::error::Refusal;
use crate::json::{Body, Id};
use crate::service::Service;

pub(super) async fn list(State(service): State<Arc<Service>>, _: Manager) -> Result<Json<ApiKeyList>, Refusal> {
    let keys = service.store.api_keys().await?;
    Ok(Json(ApiKeyList { api_keys: keys.iter().map(ApiKey::from).collect() }))
}

pub(super) async fn create(
    State(service): State<Arc<Service>>,
    Owner(by): Owner,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyCreated>), Refusal> {
    let (key, secret) = service.create_api_key(body.name.parse().map_err(Refusal::invalid)?, by).await?;
    Ok((StatusCode::CREATED, Json(ApiKeyCreated { key: secret.reveal(), api_key: ApiKey::from(&key) })))
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    Owner(by): Owner,
    Id(id): Id<ApiKeyId>,
) -> Result<Json<ApiKey>, Refusal> {
    let key = service.revoke_api_key(id, by).await?;
    key.map(|key| Json(ApiKey::from(&key))).ok_or_else(|| Refusal::new(ErrorCode::NotFound, "This platform has no such API key."))
}
