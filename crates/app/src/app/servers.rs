//! Adding a Clawpair server, and opening it.

use std::sync::Arc;

use clawpair_client::{Authorities, ServerAddress};
use clawpair_core::clock::SystemClock;
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;

use super::{Answer, App, storage};
use crate::platform::clawpair::{KeptKey, Opening};
use crate::platform::known::{Known, KnownPlatforms};
use crate::platform::{ClawpairPlatform, Platform};
use crate::view::Refusal;
use crate::view::platform::PlatformKind;

impl App {
    /// Remembers a server and its API key. Nothing is sent to it before its key is pinned or vouched for.
    pub(super) async fn add_server(&self, name: &str, address: &str, api_key: &Secret) -> Answer<Known> {
        let known = self.new_platform(PlatformKind::Server, name, parsed(address)?.to_string(), None)?;
        let kept = self.kept_key(&known.id);
        kept.keep(api_key).await?;
        if let Err(error) = self.0.settings.add_platform(&known) {
            let _ = kept.forget().await;
            return Err(storage(&error));
        }
        Ok(known)
    }

    /// Begins to connect to a server that was added.
    pub(super) async fn open_server(&self, known: &Known) -> Answer<Arc<dyn Platform>> {
        let pin: Option<Result<ServerPin, _>> = known.pin.as_deref().map(str::parse);
        let opening = Opening {
            address: parsed(&known.address)?,
            pin: pin.and_then(Result::ok),
            kept: self.kept_key(&known.id),
            authorities: authorities().await,
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
        };
        Ok(Arc::new(ClawpairPlatform::server(opening).await?))
    }

    /// The place of a server's API key; empty for platforms of other kinds.
    pub(super) fn kept_key(&self, id: &str) -> KeptKey {
        KeptKey::new(self.0.secrets.clone(), id)
    }
}

/// Those of the system as they are now. Reading them takes some milliseconds, which nothing else waits for.
async fn authorities() -> Authorities {
    // Who cannot be read vouches for nobody, and a person compares the key.
    tokio::task::spawn_blocking(Authorities::of_system).await.unwrap_or_else(|_| Authorities::of([]))
}

fn parsed(address: &str) -> Answer<ServerAddress> {
    address.parse().map_err(|error: clawpair_client::ServerAddressError| Refusal {
        code: "server_address".to_owned(),
        message: error.to_string(),
        hint: None,
        after: None,
    })
}
