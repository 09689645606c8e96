//! How a device replaces its key.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{ChangeKey, ErrorCode, Paired};
use clawpair_core::activity::Actor;
use clawpair_core::key::KeyError;

use super::device::with_nonce;
use crate::auth::{PeerAddress, Presented};
use crate::error::Refusal;
use crate::json::Body;
use crate::service::{KeyChangeRequest, Service};
use crate::tls::Connection;

pub(super) async fn change(
    State(service): State<Arc<Service>>,
    presented: Result<Presented, Refusal>,
    connection: Option<Extension<Connection>>,
    PeerAddress(address): PeerAddress,
    body: Result<Body<ChangeKey>, Refusal>,
) -> Response {
    let answer = async {
        let Presented(token, proof) = presented?;
        let Body(body) = body?;
        let Some(Extension(connection)) = connection else {
            return Err(Refusal::new(ErrorCode::TlsRequired, "A change of keys must come over the platform's own TLS."));
        };
        let new = body.public_key.parse().map_err(|error: KeyError| Refusal::invalid(error))?;
        let signature = URL_SAFE_NO_PAD.decode(&body.signature).ok().and_then(|bytes| bytes.try_into().ok());
        let (shown, from) = (token.clone(), address.parse().ok());
        let request = KeyChangeRequest { token, proof, new, signature, binding: connection.binding };
        let changed = service.change_key(request, Actor::Device(from)).await;
        let (device, tokens) = changed.inspect_err(|refusal| service.observe_refused_device(&shown, refusal, from))?;
        Ok(Json(Paired { device: service.shown(&device), tokens }))
    };
    let answer = answer.await;
    with_nonce(&service, answer)
}
