//! The Ed25519 key of this installation that bundles are signed with.

use clawpair_core::key::DeviceKey;
use clawpair_core::rng::Rng;
use ed25519_dalek::SigningKey;

use crate::made_once;
use crate::secrets::Secrets;
use crate::settings::{KeyOf, Settings};
use crate::view::Refusal;

/// A key, and whether it was made just now.
pub(crate) struct Handed {
    pub(crate) key: SigningKey,
    pub(crate) is_new: bool,
}

/// The key that signs.
///
/// # Errors
/// When secrets or settings cannot be read or kept.
pub(crate) async fn key(settings: &Settings, secrets: &Secrets, rng: &dyn Rng) -> Result<Handed, Refusal> {
    let made_once::Handed { seed, is_new } = made_once::key(KeyOf::Bundles, settings, secrets, rng).await?;
    Ok(Handed { key: SigningKey::from_bytes(&seed), is_new })
}

/// As people compare it.
pub(crate) fn fingerprint(key: &SigningKey) -> String {
    DeviceKey::stored(key.verifying_key().to_bytes()).fingerprint()
}
