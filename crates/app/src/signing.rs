//! The Ed25519 key of this installation that bundles are signed with. It is made once and kept where the other secrets are.

use clawpair_core::key::DeviceKey;
use clawpair_core::rng::{self, Rng};
use ed25519_dalek::SigningKey;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::secrets::{EntryName, Secrets};
use crate::settings::Settings;
use crate::view::Refusal;

/// Hands out the key. One at a time, so that there is never more than one.
#[derive(Default)]
pub(crate) struct Signing(Mutex<()>);

/// A key, and whether it was made just now.
pub(crate) struct Handed {
    pub(crate) key: SigningKey,
    pub(crate) is_new: bool,
}

impl Signing {
    /// The key; the first time, and when the one there was is gone, a new one.
    ///
    /// # Errors
    /// When secrets or settings cannot be read or kept. A keyring that is locked is no reason for another key.
    pub(crate) async fn key(&self, settings: &Settings, secrets: &Secrets, rng: &dyn Rng) -> Result<Handed, Refusal> {
        let _one = self.0.lock().await;
        let unavailable = |error: clawpair_core::store::StoreError| {
            Refusal::new(
                "storage_unavailable",
                error.to_string(),
                "Start Clawpair again; if it stays so, put app.db back from a backup.",
            )
        };
        if let Some(entry) = settings.signing_key().map_err(unavailable)? {
            let kept = secrets.get(&EntryName::checked(entry)).await?;
            if let Some(seed) = kept.and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).map(Zeroizing::new).ok()) {
                return Ok(Handed { key: SigningKey::from_bytes(&seed), is_new: false });
            }
        }
        let entry = format!("signing-{:016x}", u64::from_be_bytes(rng::bytes(rng)));
        let seed = Zeroizing::new(rng::bytes::<32>(rng));
        // The key is there before its place is remembered: whatever ends the program in between, none is lost that has signed.
        secrets.set(&EntryName::checked(entry.clone()), seed.as_slice()).await?;
        settings.set_signing_key(&entry).map_err(unavailable)?;
        Ok(Handed { key: SigningKey::from_bytes(&seed), is_new: true })
    }
}

/// As people compare it.
pub(crate) fn fingerprint(key: &SigningKey) -> String {
    DeviceKey::stored(key.verifying_key().to_bytes()).fingerprint()
}
