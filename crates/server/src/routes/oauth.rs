//! The endpoints of OAuth. Their refusals have the RFC's shape besides ours.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use clawpair_api::{ErrorCode, Tokens};

use super::device::with_nonce;
use crate::auth::Proven;
use crate::error::{OauthRefusal, Refusal};
use crate::json::Form;
use crate::service::Service;

/// What RFC 6749 §6 sends. It says to ignore parameters that are not known.
#[derive(serde::Deserialize)]
pub(super) struct TokenRequest {
    grant_type: String,
    refresh_token: Option<String>,
}

pub(super) async fn token(
    State(service): State<Arc<Service>>,
    proof: Result<Proven, Refusal>,
    form: Result<Form<TokenRequest>, Refusal>,
) -> Response {
    let answer = refresh(&service, proof, form).await.map(Json).map_err(OauthRefusal);
    with_nonce(&service, answer)
}

async fn refresh(
    service: &Service,
    proof: Result<Proven, Refusal>,
    form: Result<Form<TokenRequest>, Refusal>,
) -> Result<Tokens, Refusal> {
    let Form(form) = form?;
    if form.grant_type != "refresh_token" {
        return Err(Refusal::new(ErrorCode::GrantUnsupported, "This platform gives tokens for refresh tokens only."));
    }
    let token = form.refresh_token.ok_or_else(|| Refusal::new(ErrorCode::InvalidRequest, "The refresh_token is missing."))?;
    let Proven(proof) = proof?;
    service.refresh_tokens(&token, &proof).await
}
