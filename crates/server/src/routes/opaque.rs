use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{ErrorCode, OpaqueFinish, OpaqueFinished, OpaqueStart, OpaqueStarted, OpaqueStatus};
use clawpair_core::code::Locator;

use crate::auth::PeerAddress;
use crate::error::Refusal;
use crate::json::Body;
use crate::service::Service;
use crate::tls::Connection;

pub(super) async fn start(
    State(service): State<Arc<Service>>,
    connection: Option<Extension<Connection>>,
    PeerAddress(address): PeerAddress,
    Body(body): Body<OpaqueStart>,
) -> Result<Json<OpaqueStarted>, Refusal> {
    let Extension(connection) = connection.ok_or_else(tls_required)?;
    let locator: Locator = body
        .locator
        .parse()
        .map_err(|error: clawpair_core::code::LocatorError| Refusal::new(ErrorCode::CodeMalformed, error.to_string()))?;
    let response = service.start_opaque(locator, &decoded(&body.request)?, connection.binding, &address).await?;
    Ok(Json(OpaqueStarted { response: URL_SAFE_NO_PAD.encode(response) }))
}

pub(super) async fn finish(
    State(service): State<Arc<Service>>,
    connection: Option<Extension<Connection>>,
    PeerAddress(address): PeerAddress,
    Body(body): Body<OpaqueFinish>,
) -> Result<Json<OpaqueFinished>, Refusal> {
    let Extension(connection) = connection.ok_or_else(tls_required)?;
    service.finish_opaque(&decoded(&body.finalization)?, &connection.binding, &address).await?;
    Ok(Json(OpaqueFinished { status: OpaqueStatus::Proven }))
}

fn decoded(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::new(ErrorCode::InvalidRequest, "A message of OPAQUE is not in base64url."))
}

fn tls_required() -> Refusal {
    Refusal::new(ErrorCode::TlsRequired, "A code is proven over the platform's own TLS, and to that connection.")
}
