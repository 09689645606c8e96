use clawpair_api::ErrorCode;
use clawpair_core::access::{Role, Scope};
use clawpair_core::api_key::{ApiKey, ApiKeySecret, KeyUsage};
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;
use clawpair_core::secret::{KeyedHash, Purpose};
use clawpair_core::store::{Reach, Rotation};
use clawpair_core::text::Name;
use clawpair_core::{Timestamp, activity::Actor};

use super::Service;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::idempotency::{Intent, Settled};

/// An API key to be made, parsed.
pub(crate) struct NewApiKey {
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) scopes: Option<Vec<Scope>>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// API keys.
impl Service {
    /// Makes an API key with no more rights and no longer a life than its maker's.
    pub(crate) async fn create_api_key(
        &self,
        new: NewApiKey,
        caller: &Caller,
        intent: Intent,
    ) -> Result<(ApiKey, ApiKeySecret), Refusal> {
        let (once, rng) = self.attempt(&intent);
        let secret = ApiKeySecret::generate(&*rng);
        let key = ApiKey {
            id: ApiKeyId::generate(&*self.clock, &*self.rng),
            name: new.name,
            prefix: secret.prefix().to_owned(),
            role: new.role,
            scopes: new.scopes,
            made_by: caller.by,
            created_at: self.now(),
            expires_at: new.expires_at,
            rotated_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        ensure_may_hold(caller, &key)?;
        let hash = self.hash_of(&secret);
        let Some(once) = once else {
            self.store.create_api_key(key.clone(), hash).await?;
            return Ok((key, secret));
        };
        match self.settled(&intent, self.store.create_api_key_once(key.clone(), hash, once).await?)? {
            Settled::First(()) => Ok((key, secret)),
            Settled::Again(key, rng) => Ok((key, ApiKeySecret::generate(&rng))),
        }
    }

    /// Gives an API key a new secret; the one it has works until the overlap is over.
    pub(crate) async fn rotate_api_key(
        &self,
        id: ApiKeyId,
        overlap_minutes: u32,
        caller: &Caller,
        intent: Intent,
    ) -> Result<(ApiKey, ApiKeySecret), Refusal> {
        let key = self.store.api_key(id).await?.ok_or_else(no_such_api_key)?;
        ensure_may_hold(caller, &key)?;
        let (once, rng) = self.attempt(&intent);
        let (secret, at) = (ApiKeySecret::generate(&*rng), self.now());
        let rotation = Rotation {
            id,
            prefix: secret.prefix().to_owned(),
            secret: self.hash_of(&secret),
            former_until: at.plus_minutes(overlap_minutes),
            by: caller.by,
            at,
        };
        let ended = || Refusal::new(ErrorCode::ApiKeyEnded, format!("The API key “{}” was revoked or has expired.", key.name));
        let rotated = match once {
            None => self.store.rotate_api_key(rotation).await?,
            Some(once) => match self.settled(&intent, self.store.rotate_api_key_once(rotation, once).await?)? {
                Settled::First(rotated) => rotated,
                Settled::Again(key, rng) => return Ok((key, ApiKeySecret::generate(&rng))),
            },
        };
        let rotated = rotated.ok_or_else(ended)?;
        self.access_changes.send_replace(());
        Ok((rotated, secret))
    }

    /// Revokes an API key, which ends the event streams it opened.
    pub(crate) async fn revoke_api_key(&self, id: ApiKeyId, reach: Reach, by: Actor) -> Result<ApiKey, Refusal> {
        let revoked = self.store.revoke_api_key(id, reach, by, self.now()).await?;
        self.access_changes.send_replace(());
        revoked.ok_or_else(no_such_api_key)
    }

    /// All API keys, newest first.
    pub(crate) async fn api_keys(&self) -> Result<Vec<ApiKey>, Refusal> {
        self.flush().await?;
        Ok(self.store.api_keys().await?)
    }

    /// One API key and its use from a day on.
    pub(crate) async fn api_key(&self, id: ApiKeyId, since: Day) -> Result<(ApiKey, KeyUsage), Refusal> {
        self.flush().await?;
        let key = self.store.api_key(id).await?.ok_or_else(no_such_api_key)?;
        Ok((key, self.store.api_key_usage(id, since).await?))
    }

    /// The API key with this secret, if it may be used now.
    pub(crate) async fn good_api_key(&self, prefix: &str, secret: KeyedHash) -> Result<ApiKey, Refusal> {
        let now = self.now();
        let unknown = || Refusal::new(ErrorCode::ApiKeyInvalid, "This platform does not know this API key.");
        let presented = self.store.api_key_by_secret(prefix, secret).await?.ok_or_else(unknown)?;
        let key = presented.key;
        if key.revoked_at.is_some() {
            return Err(Refusal::new(ErrorCode::ApiKeyRevoked, format!("The API key “{}” was revoked.", key.name)));
        }
        if key.has_expired(now) {
            return Err(Refusal::new(ErrorCode::ApiKeyExpired, format!("The API key “{}” has expired.", key.name)));
        }
        if presented.replaced_from.is_some_and(|end| now >= end) {
            let message = format!("The API key “{}” was rotated, and this is its former secret.", key.name);
            return Err(Refusal::new(ErrorCode::ApiKeyExpired, message));
        }
        Ok(key)
    }

    fn hash_of(&self, secret: &ApiKeySecret) -> KeyedHash {
        self.pepper.hash(Purpose::ApiKey, secret.secret().reveal().as_bytes())
    }
}

/// Whoever makes or rotates a key learns its secret, so it must be no more than they are.
fn ensure_may_hold(caller: &Caller, key: &ApiKey) -> Result<(), Refusal> {
    caller.ensure_covers(&key.rights())?;
    let maker_ends_at = if let Actor::ApiKey(id, _) = caller.by
        && id != key.id
    {
        caller.ends_at
    } else {
        None
    };
    if key.outlives(maker_ends_at) {
        let message = "Access denied: the API key that asks would end before the other one does.";
        return Err(Refusal::new(ErrorCode::AccessDenied, message)
            .hint("Give the new key an end no later than your own, or ask with a credential that lives longer."));
    }
    Ok(())
}

fn no_such_api_key() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such API key.")
}
