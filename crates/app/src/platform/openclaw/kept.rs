//! What opens a gateway: this installation's key, the token that the gateway gave it, and the shared token or setup code until then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use clawpair_core::rng::{self, Rng};
use clawpair_core::secret::Secret;
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::supervisor::Keeper;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::pasted::Pasted;
use crate::secrets::{EntryName, PlatformSecrets, Secrets};
use crate::settings::Settings;
use crate::view::Refusal;

/// This installation's key for all gateways, made when the first is added.
///
/// A key that is gone is made anew: the gateways then refuse their tokens and ask for a sign-in, and nobody is locked out.
///
/// # Errors
/// When secrets cannot be read or kept.
pub(crate) async fn identity(settings: &Settings, secrets: &Secrets, rng: &dyn Rng) -> Result<DeviceIdentity, Refusal> {
    let unavailable = |error: clawpair_core::store::StoreError| {
        Refusal::new(
            "storage_unavailable",
            error.to_string(),
            "Start the app again; if it stays so, put app.db back from a backup.",
        )
    };
    let entry = if let Some(entry) = settings.gateway_identity().map_err(unavailable)? {
        entry
    } else {
        let entry = format!("identity-{:016x}", u64::from_be_bytes(rng::bytes(rng)));
        settings.set_gateway_identity(&entry).map_err(unavailable)?;
        entry
    };
    let entry = EntryName::checked(entry);
    let kept = secrets.get(&entry).await?;
    if let Some(seed) = kept.and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).map(Zeroizing::new).ok()) {
        return Ok(DeviceIdentity::from_seed(&seed));
    }
    let identity = DeviceIdentity::generate(rng);
    secrets.set(&entry, identity.seed()).await?;
    Ok(identity)
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
        let Some(bytes) = self.secrets.get(&self.own).await? else { return Ok(None) };
        let own = serde_json::from_slice::<StoredOwn<'_>>(&bytes).ok().map(|stored| OwnToken {
            token: Secret::new(stored.token.to_string()),
            scopes: stored.scopes.into_iter().map(Scope::of).collect(),
        });
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

/// Neither a map with other keys than texts nor a number that is none is in these, so it cannot fail.
fn json(stored: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(stored).unwrap_or_default())
}

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, own: Option<&OwnToken>) {
        let done = match own {
            Some(OwnToken { token, scopes }) => {
                let token = Zeroizing::new(token.reveal().to_owned());
                let stored = StoredOwn { token, scopes: scopes.iter().map(Scope::as_str).collect() };
                self.secrets.set(&self.own, &json(&stored)).await
            }
            None => self.secrets.remove(&self.own).await,
        };
        self.own_is_there.store(own.is_some() && done.is_ok(), Ordering::Relaxed);
        if let Err(why) = done {
            tracing::warn!(%why, "a gateway's token could not be kept; it is used until the app ends");
        }
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
