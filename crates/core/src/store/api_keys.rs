use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::api_key::{ApiKey, KeyUsage, KeyUses, PresentedKey};
use crate::clock::Timestamp;
use crate::day::Day;
use crate::id::ApiKeyId;
use crate::secret::KeyedHash;

/// A new secret for a key.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Which key.
    pub id: ApiKeyId,
    /// The new public part.
    pub prefix: String,
    /// Keyed hash of the new secret part.
    pub secret: KeyedHash,
    /// When the secret before it, and any before that, are worthless at the latest.
    pub former_until: Timestamp,
    /// Who asked.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Which keys a revocation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one key.
    Alone,
    /// It, the keys it made, the keys they made, and so on.
    WithDescendants,
}

/// API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Keeps a new API key.
    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash) -> Result<(), StoreError>;
    /// All API keys, newest first; there are few.
    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError>;
    /// One API key, revoked ones too.
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
    /// The key with this prefix and secret, revoked and former ones too. Nothing is written.
    async fn api_key_by_secret(&self, prefix: &str, secret: KeyedHash) -> Result<Option<PresentedKey>, StoreError>;
    /// Adds uses to what is known of them.
    async fn record_api_key_uses(&self, uses: Vec<KeyUses>) -> Result<(), StoreError>;
    /// How a key was used, by day from `since` on.
    async fn api_key_usage(&self, id: ApiKeyId, since: Day) -> Result<KeyUsage, StoreError>;
    /// Gives a key a new secret. `None` when there is no such key, or it has been revoked or has expired.
    async fn rotate_api_key(&self, rotation: Rotation) -> Result<Option<ApiKey>, StoreError>;
    /// Revokes a key; repeating changes nothing. `None` when there is no such key.
    async fn revoke_api_key(&self, id: ApiKeyId, reach: Reach, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError>;
}
