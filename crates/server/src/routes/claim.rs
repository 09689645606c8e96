use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{Claim, ClaimedSecret, ErrorCode, Paired, Waiting, WaitingStatus};
use clawpair_core::claim::{ClaimSecret, VerifiedClaim};
use clawpair_core::key::{DeviceKey, KeyError};
use clawpair_core::request::ASK_AGAIN_SECONDS;

use crate::auth::PeerAddress;
use crate::error::{DPOP_NONCE, Refusal};
use crate::json::Body;
use crate::service::{Claimed, Service};
use crate::tls::Connection;

pub(super) async fn claim(
    State(service): State<Arc<Service>>,
    connection: Option<Extension<Connection>>,
    PeerAddress(address): PeerAddress,
    Body(body): Body<Claim>,
) -> Result<Response, Refusal> {
    let Some(Extension(connection)) = connection else {
        return Err(Refusal::new(ErrorCode::TlsRequired, "A claim must come over the platform's own TLS."));
    };
    let claim = verify(&body, &connection)?;
    match service.claim(claim, address).await? {
        Claimed::Joined(device, tokens) => {
            let paired = Paired { device: service.shown(&device), tokens };
            Ok(([(DPOP_NONCE, service.nonce())], Json(paired)).into_response())
        }
        Claimed::Waiting(pairing, comparison) => {
            let waiting = Waiting {
                status: WaitingStatus::Waiting,
                pairing_id: pairing.to_string(),
                comparison: comparison.to_string(),
                retry_after_seconds: ASK_AGAIN_SECONDS,
            };
            let later = [(header::RETRY_AFTER, ASK_AGAIN_SECONDS.to_string())];
            Ok((StatusCode::ACCEPTED, later, Json(waiting)).into_response())
        }
    }
}

fn verify(body: &Claim, connection: &Connection) -> Result<VerifiedClaim, Refusal> {
    let malformed = |error: &dyn std::error::Error| Refusal::new(ErrorCode::CodeMalformed, error.to_string());
    let secret = match &body.secret {
        ClaimedSecret::Link(text) => ClaimSecret::Link(text.parse().map_err(|error| malformed(&error))?),
        ClaimedSecret::Code(text) => ClaimSecret::Code(text.parse().map_err(|error| malformed(&error))?),
    };
    if !body.description.is_bounded() {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "A field of the description is longer than 256 bytes."));
    }
    let key: DeviceKey = body.public_key.parse().map_err(Refusal::invalid)?;
    let signature: Option<[u8; 64]> = URL_SAFE_NO_PAD.decode(&body.signature).ok().and_then(|bytes| bytes.try_into().ok());
    signature
        .ok_or(KeyError::BadSignature)
        .and_then(|signature| {
            VerifiedClaim::verify(secret, key, &body.description, body.idempotency_key, &connection.binding, &signature)
        })
        .map_err(|error| Refusal::new(ErrorCode::SignatureInvalid, error.to_string()))
}
