//! A device's pair of tokens, and how it gets the next one.
//!
//! The new pair is on the disk before it is used: once the platform has seen one of the new tokens, the old refresh token
//! is taken for a stolen copy. Until then the platform gives the same pair again, so a lost answer or a crash in between
//! costs nothing. Several programs may share a state file; its lock makes them take turns.

use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{ErrorCode, paths};
use clawpair_core::secret::Secret;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::sync::MutexGuard;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::caller::{Caller, Sent};
use crate::credential::Credential;
use crate::error::DeviceError;
use crate::http::Channel;
use crate::pair::is_token;
use crate::state::{LockedState, State};

/// How long to wait for another program that works with the state file; a refresh may take it 20 seconds.
const TURN: Duration = Duration::from_secs(30);

/// Both tokens; of use only together with the device's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Goes with every call.
    pub access: Secret,
    /// Gets the next pair.
    pub refresh: Secret,
}

impl TryFrom<clawpair_api::Tokens> for Tokens {
    type Error = DeviceError;

    fn try_from(given: clawpair_api::Tokens) -> Result<Self, DeviceError> {
        let (access, refresh) = (Secret::new(given.access_token), Secret::new(given.refresh_token));
        if is_token(access.reveal()) && is_token(refresh.reveal()) {
            Ok(Self { access, refresh })
        } else {
            Err(DeviceError::NotUnderstood { why: "no usable tokens".into() })
        }
    }
}

/// Whether a refusal only asks for a newer access token.
pub(crate) fn has_expired(error: &DeviceError) -> bool {
    matches!(error, DeviceError::Refused(refusal) if refusal.code == ErrorCode::TokenExpired)
}

impl Caller {
    /// Gets the next tokens if those in use are about to expire, as far as is known.
    pub(crate) async fn refresh_if_due(&self) -> Result<(), DeviceError> {
        let (credential, due) = self.tokens_in_use();
        match due {
            Some(due) if Instant::now() >= due => self.refresh(&credential).await,
            _ => Ok(()),
        }
    }

    /// Gets the next tokens, unless somebody has done so since `used` was what this device called with.
    ///
    /// # Errors
    /// Whatever stood in the way. [`ErrorCode::RefreshTokenReuse`] means that these tokens have been copied.
    pub async fn refresh(&self, used: &Credential) -> Result<(), DeviceError> {
        let turn = self.turn().await?;
        let kept = turn.credential()?;
        if kept.tokens != used.tokens {
            // Somebody has, or this device was paired anew or has another key.
            self.call_with(kept, None);
            return Ok(());
        }
        let (next, due) = self.next(&kept).await?;
        turn.keep(&next)?;
        self.call_with(next, due);
        Ok(())
    }

    /// Does what a refusal asks for, where this device can: gets a newer access token, takes over what another program has
    /// changed, or ends a change of keys whose answer was lost.
    pub(crate) async fn mend(&self, error: DeviceError, used: &Credential) -> Result<(), DeviceError> {
        let DeviceError::Refused(refusal) = &error else { return Err(error) };
        match refusal.code {
            ErrorCode::TokenExpired => self.refresh(used).await,
            ErrorCode::DeviceKeyReplaced if used.next_key.is_some() => self.change_key_once().await.map(drop),
            ErrorCode::DeviceKeyReplaced if self.kept.is_some() => self.refresh(used).await,
            _ => Err(error),
        }
    }

    /// The right to change what this device calls with, which programs that share a state file take in turns.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, DeviceError> {
        let guard = self.refreshing.lock().await;
        let locked = match &self.kept {
            Some(file) => Some(file.lock_within(TURN).await?),
            None => None,
        };
        Ok(Turn { caller: self, locked, _guard: guard })
    }

    /// Asks the token endpoint. Says also when to ask again: by the platform's word and our own stopwatch, not by any date.
    async fn next(&self, used: &Credential) -> Result<(Credential, Option<Instant>), DeviceError> {
        let asked = Instant::now();
        let connection = self.connect(used).await?;
        let host = connection.address.to_string();
        let mut channel = Channel::over(connection).await?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", used.tokens.refresh.reveal());
        let form = Zeroizing::new(form.finish());
        let answer = self
            .send(&mut channel, || {
                let mut request = self.proven(used, Sent { method: Method::POST, host: &host, path: paths::TOKEN, token: None })?;
                request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                *request.body_mut() = Full::new(Bytes::from_owner(form.clone()));
                Ok(request)
            })
            .await?;
        let given: clawpair_api::Tokens = answer.into_result()?;
        let due = asked.checked_add(Duration::from_secs(given.expires_in.into()) * 4 / 5);
        let next = Credential { tokens: given.try_into()?, ..used.clone() };
        Ok((next, due))
    }
}

/// What a caller calls with, and when it is due for a refresh if that is known.
#[derive(Debug)]
pub(crate) struct InUse {
    pub(crate) credential: Arc<Credential>,
    pub(crate) due: Option<Instant>,
}

/// Nobody else changes the credential while this exists.
pub(crate) struct Turn<'a> {
    caller: &'a Caller,
    locked: Option<LockedState>,
    _guard: MutexGuard<'a, ()>,
}

impl Turn<'_> {
    /// What this device calls with, as it is kept.
    pub(crate) fn credential(&self) -> Result<Credential, DeviceError> {
        match &self.locked {
            Some(locked) => locked.read()?.paired.ok_or(DeviceError::NotPaired),
            None => Ok((*self.caller.credential()).clone()),
        }
    }

    /// Keeps another, before it is used.
    pub(crate) fn keep(&self, credential: &Credential) -> Result<(), DeviceError> {
        if let Some(locked) = &self.locked {
            let state = State { paired: Some(credential.clone()), ..locked.read()? };
            locked.write(&state)?;
        }
        Ok(())
    }
}
