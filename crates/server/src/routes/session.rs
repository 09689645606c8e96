use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::AppendHeaders;
use clawpair_api as api;
use clawpair_api::{ErrorCode, SessionList, SignedIn};
use clawpair_core::account::RecoveryCode;
use clawpair_core::id::SessionId;
use clawpair_core::secret::Secret;
use clawpair_core::store::Login;

use crate::auth::Peer;
use crate::error::Refusal;
use crate::json::{Body, Id};
use crate::service::{Attempt, Service, Shown};
use crate::session::{Signed, cookie, no_cookie, token};
use crate::totp::Authenticator;

/// The longest password anybody can have; a longer one is wrong without looking.
const MAX_PASSWORD_BYTES: usize = 4 * 256;

type WithCookie<T> = (AppendHeaders<[(axum::http::HeaderName, axum::http::HeaderValue); 1]>, T);

pub(super) async fn sign_in(
    State(service): State<Arc<Service>>,
    Peer(from): Peer,
    headers: HeaderMap,
    Body(body): Body<api::SignIn>,
) -> Result<WithCookie<Json<SignedIn>>, Refusal> {
    let login = match (body.name, body.email) {
        (Some(name), None) => Login::Name(name.parse().map_err(Refusal::invalid)?),
        (None, Some(email)) => Login::Email(email.parse().map_err(Refusal::invalid)?),
        _ => return Err(Refusal::new(ErrorCode::InvalidRequest, "Send either name or email.")),
    };
    let second = match (body.totp, body.recovery_code) {
        (None, None) => Shown::Nothing,
        (Some(code), None) => Shown::Code(code),
        (None, Some(code)) => Shown::Recovery(code.parse().map_err(Refusal::invalid)?),
        (Some(_), Some(_)) => return Err(Refusal::new(ErrorCode::InvalidRequest, "Send either totp or recovery_code.")),
    };
    let replaces = token(&headers).map(|token| service.session_hash(&token));
    let attempt = Attempt { login, password: secret(body.password)?, second, from, replaces };
    let (member, session, token) = service.sign_in(attempt).await?;
    let signed = SignedIn { member: api::Member::from(&member), session: api::Session::seen_by(&session, session.id) };
    Ok((AppendHeaders([(SET_COOKIE, cookie(&token))]), Json(signed)))
}

pub(super) async fn sign_out(State(service): State<Arc<Service>>, signed: Signed) -> Result<WithCookie<StatusCode>, Refusal> {
    service.end_session(&signed, signed.session.id).await?;
    Ok((AppendHeaders([(SET_COOKIE, no_cookie())]), StatusCode::NO_CONTENT))
}

pub(super) async fn list(State(service): State<Arc<Service>>, signed: Signed) -> Result<Json<SessionList>, Refusal> {
    let (sessions, now) = (service.store.sessions(signed.member.id).await?, service.now());
    let good = sessions.iter().filter(|session| session.is_good(now));
    Ok(Json(SessionList { sessions: good.map(|session| api::Session::seen_by(session, signed.session.id)).collect() }))
}

pub(super) async fn end(State(service): State<Arc<Service>>, signed: Signed, Id(id): Id<SessionId>) -> Result<StatusCode, Refusal> {
    service.end_session(&signed, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn change_password(
    State(service): State<Arc<Service>>,
    signed: Signed,
    Body(body): Body<api::ChangePassword>,
) -> Result<StatusCode, Refusal> {
    service.change_password(&signed, secret(body.password)?, body.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn show_email(State(service): State<Arc<Service>>, signed: Signed) -> Result<Json<api::MyEmail>, Refusal> {
    let (change, now) = (service.store.address_change(signed.member.id).await?, service.now());
    let change = change.map(|change| api::EmailChange::at(&change, now));
    Ok(Json(api::MyEmail { member: api::Member::from(&signed.member), change }))
}

pub(super) async fn change_email(
    State(service): State<Arc<Service>>,
    signed: Signed,
    Body(body): Body<api::ChangeEmail>,
) -> Result<Json<api::EmailChange>, Refusal> {
    let email = body.email.parse().map_err(Refusal::invalid)?;
    let change = service.ask_address(&signed, secret(body.password)?, email).await?;
    Ok(Json(api::EmailChange::at(&change, service.now())))
}

pub(super) async fn propose_totp(State(service): State<Arc<Service>>, signed: Signed) -> Result<Json<api::TotpProposal>, Refusal> {
    let authenticator = service.propose_totp(&signed)?;
    Ok(Json(api::TotpProposal { secret: authenticator.secret(), uri: authenticator.uri()? }))
}

pub(super) async fn set_totp(
    State(service): State<Arc<Service>>,
    signed: Signed,
    Body(body): Body<api::SetTotp>,
) -> Result<Json<api::RecoveryCodes>, Refusal> {
    let authenticator = Authenticator::parse(&body.secret)?;
    let codes = service.set_totp(&signed, secret(body.password)?, &authenticator, &body.code).await?;
    Ok(Json(api::RecoveryCodes { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() }))
}

pub(super) async fn remove_totp(
    State(service): State<Arc<Service>>,
    signed: Signed,
    Body(body): Body<api::ConfirmPassword>,
) -> Result<StatusCode, Refusal> {
    service.remove_totp(&signed, secret(body.password)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn replace_recovery_codes(
    State(service): State<Arc<Service>>,
    signed: Signed,
    Body(body): Body<api::ConfirmPassword>,
) -> Result<Json<api::RecoveryCodes>, Refusal> {
    let codes = service.replace_recovery_codes(&signed, secret(body.password)?).await?;
    Ok(Json(api::RecoveryCodes { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() }))
}

pub(super) fn secret(password: String) -> Result<Secret, Refusal> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "This is longer than any password here."));
    }
    Ok(Secret::new(password))
}
