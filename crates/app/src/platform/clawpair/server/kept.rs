//! The API key for a server, where secrets are kept.

use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::secret::Secret;

use super::Answer;
use crate::secrets::{EntryName, PlatformSecrets, Secrets};
use crate::view::Refusal;

/// One server's API key.
pub(crate) struct KeptKey {
    secrets: PlatformSecrets,
    entry: EntryName,
}

impl KeptKey {
    /// Of the platform with this id.
    pub(crate) fn new(secrets: Secrets, platform: &str) -> Self {
        let secrets = PlatformSecrets::new(secrets, platform);
        Self { entry: secrets.entry("api-key"), secrets }
    }

    /// Keeps a key in place of the one before.
    ///
    /// # Errors
    /// When the text is no key, or cannot be kept.
    pub(crate) async fn keep(&self, text: &Secret) -> Answer<ApiKeySecret> {
        let key: ApiKeySecret = text.reveal().trim().parse().map_err(|_| no_key())?;
        self.secrets.set(&self.entry, Secret::new(key.reveal()).reveal().as_bytes()).await?;
        Ok(key)
    }

    /// The key, if there is one.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) async fn read(&self) -> Answer<Option<ApiKeySecret>> {
        let Some(bytes) = self.secrets.get(&self.entry).await? else { return Ok(None) };
        // What is no key is none, and the server asks for one.
        Ok(std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok()))
    }

    /// Forgets the key for good; no other one is kept here later.
    ///
    /// # Errors
    /// When it was not forgotten.
    pub(crate) async fn forget(&self) -> Answer<()> {
        self.secrets.forget(&[&self.entry]).await
    }
}

fn no_key() -> Refusal {
    let hint = "Copy the whole key; it begins with cpk_ and is shown once, when it is made: by clawpair-server key create, or under API keys of an app that manages the server.";
    Refusal::new("api_key_malformed", "This is no Clawpair API key.", hint)
}
