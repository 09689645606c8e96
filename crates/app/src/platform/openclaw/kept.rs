//! What opens a gateway: this installation's key, the token that the gateway gave it, and the shared token or setup code until then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use clawpair_core::rng::Rng;
use clawpair_core::secret::Secret;
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::supervisor::Keeper;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::pasted::Pasted;
use crate::made_once;
use crate::secrets::{EntryName, PlatformSecrets, Secrets};
use crate::settings::{KeyOf, Settings};
use crate::view::Refusal;

/// This installation's key for all gateways, made when the first is added.
///
/// A key that is gone is made anew: the gateways then refuse their tokens and ask for a sign-in, and nobody is locked out.
///
/// # Errors
/// When secrets cannot be read or kept.
pub(crate) async fn identity(settings: &Settings, secrets: &Secrets, rng: &dyn Rng) -> Result<DeviceIdentity, Refusal> {
    let made = made_once::key(KeyOf::Gateways, settings, secrets, rng).await?;
    Ok(DeviceIdentity::from_seed(&made.seed))
}

/// The secrets of one gateway.
pub(crate) struct Kept {
    secrets: PlatformSecrets,
    own: EntryName,
    first: EntryName,
    /// Whether the own token is where it is found again.
    own_is_there: AtomicBool,
    /// Whether something to sign in with may be there.
    first_may_be_there: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct StoredOwn<'a> {
    token: Zeroizing<String>,
    #[serde(borrow)]
    scopes: Vec<&'a str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredFirst {
    Shared(Zeroizing<String>),
    Setup(Zeroizing<String>),
}

impl Kept {
    pub(crate) fn new(secrets: Secrets, platform: &str) -> Arc<Self> {
        let secrets = PlatformSecrets::new(secrets, platform);
        Arc::new(Self {
            own: secrets.entry("own"),
            first: secrets.entry("first"),
            secrets,
            own_is_there: AtomicBool::new(false),
            first_may_be_there: AtomicBool::new(false),
        })
    }

    /// The token of this installation, if there is one.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) async fn own(&self) -> Result<Option<OwnToken>, Refusal> {
        let own = self.secrets.get(&self.own).await?.and_then(|bytes| own_token(&bytes));
        self.own_is_there.store(own.is_some(), Ordering::Relaxed);
        Ok(own)
    }

    /// What to sign in with, if that was not forgotten yet.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) async fn first(&self) -> Result<Option<Credential>, Refusal> {
        let Some(bytes) = self.secrets.get(&self.first).await? else { return Ok(None) };
        self.first_may_be_there.store(true, Ordering::Relaxed);
        Ok(serde_json::from_slice(&bytes).ok().map(|stored| match stored {
            StoredFirst::Shared(token) => Credential::Shared(Secret::new(token.to_string())),
            StoredFirst::Setup(token) => Credential::Setup(Secret::new(token.to_string())),
        }))
    }

    /// Keeps what was pasted until the gateway has given an own token.
    ///
    /// # Errors
    /// When it was not kept.
    pub(crate) async fn keep_first(&self, pasted: &Pasted) -> Result<Credential, Refusal> {
        let text = |secret: &Secret| Zeroizing::new(secret.reveal().to_owned());
        let (stored, credential) = match pasted {
            Pasted::Shared(token) => (StoredFirst::Shared(text(token)), Credential::Shared(token.clone())),
            Pasted::Setup(code) => (StoredFirst::Setup(text(code.token())), Credential::Setup(code.token().clone())),
        };
        self.first_may_be_there.store(true, Ordering::Relaxed);
        self.secrets.set(&self.first, &json(&stored)).await?;
        Ok(credential)
    }

    /// Forgets both for good; whatever the gateway gives later is not kept.
    ///
    /// # Errors
    /// When one was not forgotten.
    pub(crate) async fn forget(&self) -> Result<(), Refusal> {
        self.secrets.forget(&[&self.own, &self.first]).await
    }
}

fn own_token(bytes: &[u8]) -> Option<OwnToken> {
    let StoredOwn { token, scopes } = serde_json::from_slice(bytes).ok()?;
    Some(OwnToken { token: Secret::new(token.to_string()), scopes: scopes.into_iter().map(Scope::of).collect() })
}

/// Neither a map with other keys than texts nor a number that is none is in these, so it cannot fail.
fn json(stored: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(stored).unwrap_or_default())
}

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, OwnToken { token, scopes }: &OwnToken) {
        let token = Zeroizing::new(token.reveal().to_owned());
        let stored = StoredOwn { token, scopes: scopes.iter().map(Scope::as_str).collect() };
        let done = self.secrets.set(&self.own, &json(&stored)).await;
        self.own_is_there.store(done.is_ok(), Ordering::Relaxed);
        if let Err(why) = done {
            tracing::warn!(%why, "a gateway's token could not be kept; it is used until the app ends");
        }
    }

    async fn other_than(&self, over: Option<&OwnToken>) -> Option<OwnToken> {
        let is_over = |bytes: &[u8]| over.is_some() && own_token(bytes).as_ref() == over;
        let other = self.secrets.remove_over(&self.own, is_over).await.unwrap_or_else(|why| {
            tracing::warn!(%why, "it is not known whether another program has a token of the gateway");
            None
        });
        let other = other.and_then(|bytes| own_token(&bytes));
        self.own_is_there.store(other.is_some(), Ordering::Relaxed);
        other
    }

    async fn forgets_first(&self) -> bool {
        if !self.own_is_there.load(Ordering::Relaxed) {
            return false;
        }
        if !self.first_may_be_there.load(Ordering::Relaxed) {
            return true;
        }
        let forgotten = self.secrets.remove(&self.first).await.is_ok();
        self.first_may_be_there.store(!forgotten, Ordering::Relaxed);
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::SystemKeyring;
    use crate::settings::SecretsPlace;

    #[tokio::test]
    async fn a_token_that_another_program_has_kept_since_is_used_and_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::open(&folder.path().join("app.db")).unwrap();
        settings.set_secrets_place(&SecretsPlace::File { path: "/somewhere".into(), reason: "no keyring".into() }).unwrap();
        let secrets = || Secrets::open(folder.path(), &settings, Arc::new(SystemKeyring)).unwrap();
        let (one, other) = (Kept::new(secrets(), "plat-1"), Kept::new(secrets(), "plat-1"));
        let own = |token: &str| OwnToken { token: Secret::new(token.to_owned()), scopes: vec![Scope::Read, Scope::Admin] };
        assert_eq!(one.other_than(None).await, None);
        one.keep(&own("first")).await;
        other.keep(&own("second")).await;
        assert_eq!(one.other_than(Some(&own("first"))).await, Some(own("second")));
        assert!(one.forgets_first().await, "the own token is there");
        assert_eq!(one.other_than(None).await, Some(own("second")), "asking alone forgets nothing");
        assert_eq!(one.other_than(Some(&own("second"))).await, None);
        assert_eq!(other.own().await.unwrap(), None, "what is over is forgotten");
        assert!(!one.forgets_first().await);
    }
}
