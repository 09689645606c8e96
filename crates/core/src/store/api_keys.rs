use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::api_key::ApiKey;
use crate::clock::Timestamp;
use crate::id::ApiKeyId;
use crate::secret::KeyedHash;

/// API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Keeps a new API key.
    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash, by: Actor) -> Result<(), StoreError>;
    /// All API keys, newest first; there are few.
    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError>;
    /// The key with this prefix and secret, revoked ones too; records the use, to the minute.
    async fn use_api_key(&self, prefix: &str, secret: KeyedHash, at: Timestamp) -> Result<Option<ApiKey>, StoreError>;
    /// Revokes a key; repeating changes nothing. `None` when there is no such key.
    async fn revoke_api_key(&self, id: ApiKeyId, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError>;
}
