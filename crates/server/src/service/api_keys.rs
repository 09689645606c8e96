use std::sync::Arc;

use clawpair_core::Timestamp;
use clawpair_core::access::{Role, Scope};
use clawpair_core::activity::Actor;
use clawpair_core::api_key::{ApiKey, ApiKeySecret};
use clawpair_core::id::ApiKeyId;
use clawpair_core::secret::Purpose;
use clawpair_core::text::Name;

use super::Service;
use crate::error::Refusal;

/// An API key to be made, parsed.
pub(crate) struct NewApiKey {
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) scopes: Option<Vec<Scope>>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// API keys.
impl Service {
    pub(crate) async fn create_api_key(&self, new: NewApiKey, by: Actor) -> Result<(ApiKey, ApiKeySecret), Refusal> {
        let secret = ApiKeySecret::generate(&*self.rng);
        let key = ApiKey {
            id: ApiKeyId::generate(&*self.clock, &*self.rng),
            name: new.name,
            prefix: secret.prefix().to_owned(),
            role: new.role,
            scopes: new.scopes,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let hash = self.pepper.hash(Purpose::ApiKey, secret.secret().reveal().as_bytes());
        self.store.create_api_key(key.clone(), hash, by).await?;
        Ok((key, secret))
    }

    /// Revokes an API key and ends the event streams it opened.
    pub(crate) async fn revoke_api_key(&self, id: ApiKeyId, by: Actor) -> Result<Option<ApiKey>, Refusal> {
        let revoked = self.store.revoke_api_key(id, by, self.now()).await?;
        let _ = self.revoked_keys.send(id);
        Ok(revoked)
    }

    /// Resolves when an API key is no longer good.
    pub(crate) async fn revocation(self: Arc<Self>, id: ApiKeyId) {
        let mut revoked = self.revoked_keys.subscribe();
        // Subscribed first and looked up afterwards, so that a revocation at this moment is not missed.
        let good = self.store.api_keys().await.is_ok_and(|keys| keys.iter().any(|key| key.id == id && key.revoked_at.is_none()));
        if good {
            // A stream that lags behind ends too, to be safe.
            while revoked.recv().await.is_ok_and(|other| other != id) {}
        }
    }
}
