//! Sessions of browsers: the cookie, and what a request with it must show so that no other web page sent it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use clawpair_api::ErrorCode;
use clawpair_core::account::{Session, SessionToken};
use clawpair_core::activity::Actor;
use clawpair_core::member::Member;

use crate::caller::{Caller, Credential};
use crate::error::Refusal;
use crate::service::Service;

/// `__Host-` makes browsers insist on TLS, this host and the path `/` (RFC 6265bis §4.1.3.2).
const NAME: &str = "__Host-clawpair";
/// What the browser itself says about who made a request.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// A page of another site cannot send a header of its own without asking first, and we never consent.
const OWN_HEADER: HeaderName = HeaderName::from_static("x-clawpair-request");

/// The cookie that a sign-in sets.
pub(crate) fn cookie(token: &SessionToken) -> HeaderValue {
    let seconds = Session::HOURS * 60 * 60;
    let text = format!("{NAME}={}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict", token.secret().reveal());
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The cookie that a sign-out sets.
pub(crate) fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-clawpair=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}

/// The session token of a request, if it has one.
pub(crate) fn token(headers: &HeaderMap) -> Option<SessionToken> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).and_then(|(_, value)| value.parse().ok())
}

/// Whether a request says that a page of this very platform made it.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (headers.get(ORIGIN), headers.get(HOST)) else { return false };
    origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://")).is_some_and(|origin| host == origin)
}

/// A cookie goes along with whatever request a browser makes, so by itself it does not show that its owner meant it.
///
/// # Errors
/// A refusal when another site made the request, or a changing one does not show who did.
pub(crate) fn ensure_meant(parts: &Parts) -> Result<(), Refusal> {
    let refused = |message: &str| {
        Err(Refusal::new(ErrorCode::OriginNotAllowed, message)
            .hint("Send it from a page of this platform, or with a header X-Clawpair-Request."))
    };
    let site = parts.headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return refused("Another web page made this request.");
    }
    let is_safe = parts.method == Method::GET || parts.method == Method::HEAD;
    let is_ours = site == Some(b"same-origin") || is_same_origin(&parts.headers) || parts.headers.contains_key(OWN_HEADER);
    if is_safe || is_ours {
        Ok(())
    } else {
        refused("With a session a call that changes something must show that no other page made it.")
    }
}

/// A member who is signed in: the first argument of what people do about their own accounts.
pub(crate) struct Signed {
    pub(crate) by: Actor,
    pub(crate) member: Member,
    pub(crate) session: Session,
}

impl FromRequestParts<Arc<Service>> for Signed {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, service).await?;
        match caller.credential {
            Credential::Session(token) => {
                let (session, member) = service.good_session(token).await?;
                Ok(Self { by: caller.by, member, session })
            }
            Credential::Process(_) | Credential::ApiKey(..) => {
                Err(Refusal::new(ErrorCode::WrongAuthMethod, "Only a member who is signed in can make this call."))
            }
        }
    }
}
