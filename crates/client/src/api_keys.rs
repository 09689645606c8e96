//! API keys.

use clawpair_api::{ApiKey, ApiKeyCreated, ApiKeyDetail, ApiKeyList, CreateApiKey, RotateApiKey, paths};

use crate::asked::{Asked, with_id};
use crate::{Answer, Client, Method};

impl Client {
    /// All API keys, newest first.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        self.get::<ApiKeyList>(paths::API_KEYS).await.map(|list| list.api_keys)
    }

    /// Makes an API key.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        self.ask(Asked::new(Method::POST, paths::API_KEYS).once().json(form)?).await
    }

    /// One API key and its use.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn api_key(&self, id: &str) -> Answer<ApiKeyDetail> {
        self.get(&with_id(paths::API_KEY, id)).await
    }

    /// Gives an API key a new secret.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        self.ask(Asked::new(Method::POST, with_id(paths::API_KEY_ROTATE, id)).once().json(form)?).await
    }

    /// Revokes an API key, and the keys that it made.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        self.delete(&with_id(paths::API_KEY, id)).await
    }
}
