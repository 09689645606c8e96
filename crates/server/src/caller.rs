//! Who is calling.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use clawpair_api::ErrorCode;
use clawpair_core::Timestamp;
use clawpair_core::access::{Operation, Rights, Role};
use clawpair_core::activity::Actor;
use clawpair_core::api_key::{ApiKeyError, ApiKeySecret};
use clawpair_core::secret::{KeyedHash, Purpose};
use clawpair_core::text::Name;
use clawpair_core::watch::Observation;

use crate::auth::{credential, peer};
use crate::error::Refusal;
use crate::request_log::Whom;
use crate::service::Service;
use crate::session;

/// Marks requests made inside the owner's own process. No request from a network can carry it.
#[derive(Clone, Copy)]
pub(crate) struct InProcess(pub(crate) Actor);

/// What a caller showed, kept so that it can be judged again while an answer is still going on.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// This process.
    Process(Actor),
    /// An API key: its public part, and the keyed hash of its secret one.
    ApiKey(String, KeyedHash),
    /// A session's cookie: the keyed hash of its token.
    Session(KeyedHash),
}

/// Somebody who manages the platform, and what they may do. Found out afresh for every request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) by: Actor,
    pub(crate) name: Option<Name>,
    pub(crate) role: Role,
    pub(crate) rights: Rights,
    /// From when on the credential is worthless, if that is known.
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) credential: Credential,
}

impl Caller {
    /// # Errors
    /// A refusal that names the missing scope.
    pub(crate) fn ensure(&self, operation: Operation) -> Result<(), Refusal> {
        if self.rights.allow(operation) { Ok(()) } else { Err(Refusal::missing(operation.scope())) }
    }

    /// Whether the caller may hand out rights: nobody gives what it does not have.
    ///
    /// # Errors
    /// A refusal that names the first scope it lacks.
    pub(crate) fn ensure_covers(&self, rights: &Rights) -> Result<(), Refusal> {
        self.rights.lacking(rights).map_or(Ok(()), |scope| Err(Refusal::missing(scope)))
    }
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Refusal> {
        let address = peer(parts);
        let identified = identified(parts, service).await.inspect_err(|refusal| {
            if is_failure(refusal.code()) {
                service.observe(Observation::SignInFailed { address });
            }
        });
        let mut caller = identified.map_err(|refusal| service.charge_refusal(address, refusal))?;
        caller.by = caller.by.calling_from(address);
        if let Some(whom) = parts.extensions.get::<Whom>() {
            whom.is(&caller.by);
        }
        service.charge_call(caller.by, parts.extensions.get())?;
        if let Actor::ApiKey(id, address) = caller.by {
            service.uses.count(id, service.now(), &address.map_or_else(String::new, |address| address.to_string()));
        }
        Ok(caller)
    }
}

async fn identified(parts: &Parts, service: &Service) -> Result<Caller, Refusal> {
    let credential = shown(parts, service)?;
    if let Credential::Session(token) = &credential {
        let (session, _) = service.good_session(*token).await?;
        service.touch_session(&session).await?;
    }
    service.identify(credential).await
}

/// Whether a refusal says that somebody showed a credential which is no good.
const fn is_failure(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::ApiKeyInvalid | ErrorCode::ApiKeyExpired | ErrorCode::ApiKeyRevoked)
}

fn shown(parts: &Parts, service: &Service) -> Result<Credential, Refusal> {
    if let Some(&InProcess(by)) = parts.extensions.get() {
        return Ok(Credential::Process(by));
    }
    if !parts.headers.contains_key(AUTHORIZATION)
        && let Some(token) = session::token(&parts.headers)
    {
        session::ensure_meant(parts)?;
        return Ok(Credential::Session(service.session_hash(&token)));
    }
    let secret: ApiKeySecret = credential(&parts.headers, "Bearer")?
        .parse()
        .map_err(|error: ApiKeyError| Refusal::new(ErrorCode::ApiKeyInvalid, error.to_string()))?;
    let hash = service.pepper.hash(Purpose::ApiKey, secret.secret().reveal().as_bytes());
    Ok(Credential::ApiKey(secret.prefix().to_owned(), hash))
}

/// Callers.
impl Service {
    /// Whose credential this is, if it is good now.
    pub(crate) async fn identify(&self, credential: Credential) -> Result<Caller, Refusal> {
        match &credential {
            &Credential::Process(by) => {
                Ok(Caller { by, name: None, role: Role::Admin, rights: Rights::all(), ends_at: None, credential })
            }
            Credential::ApiKey(prefix, hash) => {
                let key = self.good_api_key(prefix, *hash).await?;
                Ok(Caller {
                    by: Actor::ApiKey(key.id, None),
                    rights: key.rights(),
                    name: Some(key.name),
                    role: key.role,
                    ends_at: key.expires_at,
                    credential,
                })
            }
            Credential::Session(token) => {
                let (session, member) = self.good_session(*token).await?;
                Ok(Caller {
                    by: Actor::Member(member.id, None),
                    rights: Rights::of(member.role),
                    name: Some(member.name),
                    role: member.role,
                    ends_at: Some(session.ends_at()),
                    credential,
                })
            }
        }
    }

    /// Resolves when a caller may no longer do what it is doing.
    pub(crate) async fn end_of(self: Arc<Self>, caller: Caller, operation: Operation) {
        let mut changes = self.access_changes.subscribe();
        let mut looks = tokio::time::interval(LOOK_AGAIN);
        loop {
            match self.identify(caller.credential.clone()).await {
                Ok(caller) if caller.rights.allow(operation) => {}
                _ => return,
            }
            // Times pass without a change, and another program on this database tells us nothing.
            tokio::select! {
                told = changes.changed() => if told.is_err() { return },
                _ = looks.tick() => {}
            }
        }
    }
}

/// How often a stream's caller is judged again although nobody said that anything changed.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(15);
