//! What a handler asks of its caller.

use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use clawpair_api::ErrorCode;
use clawpair_core::access::Named;
use clawpair_core::access::operation::TokensRevoke;
use clawpair_core::activity::Actor;
use clawpair_core::device::Device;
use clawpair_core::dpop::{self, Proof, Target};
use clawpair_core::watch::Observation;

use crate::caller::Caller;
use crate::error::Refusal;
use crate::request_log::Whom;
use crate::service::{Revoker, Service};

const DPOP: &str = "dpop";

/// A caller who may do one operation: the first argument of every handler that manages something.
pub(crate) struct May<O> {
    pub(crate) by: Actor,
    pub(crate) caller: Caller,
    operation: PhantomData<O>,
}

impl<O: Named> FromRequestParts<Arc<Service>> for May<O> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, service).await?;
        caller.ensure(O::OPERATION)?;
        if O::OPERATION.changes_something() {
            service.observe(Observation::Managed { by: caller.by });
        }
        Ok(Self { by: caller.by, caller, operation: PhantomData })
    }
}

/// A paired device that has proved to hold its key.
pub(crate) struct PairedDevice(pub(crate) Device);

impl FromRequestParts<Arc<Service>> for PairedDevice {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        let token = credential(&parts.headers, "DPoP")?;
        let proof = proof(parts, service, Some(token))?;
        let address = peer(parts);
        let device = service.authenticate(token, &proof).await;
        let device = device.inspect_err(|refusal| service.observe_refused_device(token, refusal, address))?;
        if let Some(whom) = parts.extensions.get::<Whom>() {
            whom.is(&device.id);
        }
        if let (Ok(before), Some(now)) = (device.last_address.parse::<IpAddr>(), address)
            && before != now
        {
            service.observe(Observation::DeviceMoved { device: device.id, before, now });
        }
        Ok(Self(device))
    }
}

/// An access token with the proof of a key, not judged yet: a device's former key may come with one of its own.
pub(crate) struct Presented(pub(crate) String, pub(crate) Proof);

impl FromRequestParts<Arc<Service>> for Presented {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        let token = credential(&parts.headers, "DPoP")?;
        Ok(Self(token.to_owned(), proof(parts, service, Some(token))?))
    }
}

/// Somebody who holds a device's key and asks for a token with it.
pub(crate) struct Proven(pub(crate) Proof);

impl FromRequestParts<Arc<Service>> for Proven {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        proof(parts, service, None).map(Self)
    }
}

/// Who may end tokens: a device its own, and managers all.
impl FromRequestParts<Arc<Service>> for Revoker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        if parts.headers.contains_key(DPOP) && !parts.headers.contains_key(AUTHORIZATION) {
            return proof(parts, service, None).map(|proof| Self::Device(Box::new(proof), peer(parts)));
        }
        May::<TokensRevoke>::from_request_parts(parts, service).await.map(|may| Self::Manager(may.by))
    }
}

/// The proof of possession for this request and access token.
fn proof(parts: &Parts, service: &Service, token: Option<&str>) -> Result<Proof, Refusal> {
    let proof = text(&parts.headers, DPOP)
        .ok_or_else(|| Refusal::new(ErrorCode::DpopInvalid, "The DPoP header with the proof of possession is missing."))?;
    let host = text(&parts.headers, header::HOST.as_str()).unwrap_or_default();
    let url = format!("https://{host}{}", parts.uri.path());
    let target = Target { method: parts.method.as_str(), url: &url, token };
    Ok(dpop::verify(proof, target, &service.replays.accepted_nonces(&service.pepper, service.now()))?)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The credential of the `Authorization` header, if it is of this scheme.
pub(crate) fn credential<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a str, Refusal> {
    let header = text(headers, AUTHORIZATION.as_str())
        .ok_or_else(|| Refusal::new(ErrorCode::Unauthenticated, "This call needs a credential and none was sent."))?;
    match header.split_once(' ') {
        Some((given, credential)) if given.eq_ignore_ascii_case(scheme) => Ok(credential.trim()),
        _ => Err(Refusal::new(ErrorCode::WrongAuthMethod, format!("This call takes Authorization: {scheme}."))),
    }
}

/// The address a request came from; none for requests in process.
pub(crate) fn peer(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// The same as text, empty for requests in process.
pub(crate) struct PeerAddress(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PeerAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(peer(parts).map_or_else(String::new, |address| address.to_string())))
    }
}

/// The same as it is, and nothing for calls that came by no network.
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(peer(parts)))
    }
}
