//! The endpoints of OAuth. Their refusals have the RFC's shape besides ours.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use clawpair_api::{ErrorCode, Introspection, NamedToken, ServerMetadata, TokenRequest, Tokens, paths};
use clawpair_core::access::operation::TokensIntrospect;

use super::device::with_nonce;
use crate::auth::{May, PeerAddress, Proven};
use crate::error::{OauthRefusal, Refusal};
use crate::json::Form;
use crate::service::{Revoker, Service};

pub(super) async fn token(
    State(service): State<Arc<Service>>,
    proof: Result<Proven, Refusal>,
    PeerAddress(address): PeerAddress,
    form: Result<Form<TokenRequest>, Refusal>,
) -> Response {
    let answer = refresh(&service, proof, &address, form).await.map(Json).map_err(OauthRefusal);
    with_nonce(&service, answer)
}

async fn refresh(
    service: &Service,
    proof: Result<Proven, Refusal>,
    address: &str,
    form: Result<Form<TokenRequest>, Refusal>,
) -> Result<Tokens, Refusal> {
    let Form(form) = form?;
    if form.grant_type != "refresh_token" {
        return Err(Refusal::new(ErrorCode::GrantUnsupported, "This platform gives tokens for refresh tokens only."));
    }
    let token = form.refresh_token.ok_or_else(|| Refusal::new(ErrorCode::InvalidRequest, "The refresh_token is missing."))?;
    let Proven(proof) = proof?;
    let tokens = service.refresh_tokens(&token, &proof).await;
    tokens.inspect_err(|refusal| service.observe_refused_device(&token, refusal, address.parse().ok()))
}

pub(super) async fn introspect(
    State(service): State<Arc<Service>>,
    _: May<TokensIntrospect>,
    Form(form): Form<NamedToken>,
) -> Result<Json<Introspection>, Refusal> {
    service.introspect(&form.token).await.map(Json)
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    by: Result<Revoker, Refusal>,
    form: Result<Form<NamedToken>, Refusal>,
) -> Response {
    let answer = async {
        let by = by?;
        let Form(form) = form?;
        service.revoke_tokens(&form.token, by).await
    };
    let answer = answer.await.map(|()| StatusCode::OK).map_err(OauthRefusal);
    with_nonce(&service, answer)
}

/// The guard has let this host's name through, so it is ours, or an address that the caller reached us by.
pub(super) async fn metadata(headers: HeaderMap) -> Result<Json<ServerMetadata>, Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| Refusal::new(ErrorCode::InvalidRequest, "The Host header is missing."))?;
    let issuer = format!("https://{host}");
    let only = |word: &str| vec![word.to_owned()];
    Ok(Json(ServerMetadata {
        token_endpoint: format!("{issuer}{}", paths::TOKEN),
        token_endpoint_auth_methods_supported: only("none"),
        introspection_endpoint: format!("{issuer}{}", paths::INTROSPECT),
        introspection_endpoint_auth_methods_supported: only("Bearer"),
        revocation_endpoint: format!("{issuer}{}", paths::REVOKE),
        revocation_endpoint_auth_methods_supported: only("none"),
        grant_types_supported: only("refresh_token"),
        response_types_supported: Vec::new(),
        dpop_signing_alg_values_supported: only("EdDSA"),
        issuer,
    }))
}
