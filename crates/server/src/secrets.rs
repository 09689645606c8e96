//! The two keys a platform stands on: the one of its hashes and the one of its TLS. Neither is ever in its database.

use clawpair_core::Rng;
use clawpair_core::secret::Pepper;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::tls::{Identity, IdentityError};

/// The platform's keys. Losing them locks out every paired device, so they are made once.
pub struct PlatformSecrets {
    /// The key of all keyed hashes.
    pub pepper: Pepper,
    /// What devices pin.
    pub identity: Identity,
}

/// How they are stored, as JSON with bytes as arrays of numbers.
#[derive(Serialize, Deserialize)]
struct Stored {
    pepper: Zeroizing<[u8; 32]>,
    tls_key: Zeroizing<Vec<u8>>,
    tls_certificate: Vec<u8>,
}

impl PlatformSecrets {
    /// New keys.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate(rng: &dyn Rng) -> Result<Self, IdentityError> {
        Ok(Self { pepper: Pepper::generate(rng), identity: Identity::generate()? })
    }

    /// For keeping where only the platform can read them.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let stored = Stored {
            pepper: Zeroizing::new(*self.pepper.as_bytes()),
            tls_key: Zeroizing::new(self.identity.key_der().to_vec()),
            tls_certificate: self.identity.certificate_der().to_vec(),
        };
        Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
    }

    /// The reverse.
    ///
    /// # Errors
    /// In words, when they are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let stored: Stored = serde_json::from_slice(bytes).map_err(|_| "they are damaged".to_owned())?;
        let identity = Identity::from_der(stored.tls_key, stored.tls_certificate).map_err(|error| error.to_string())?;
        Ok(Self { pepper: Pepper::from_bytes(*stored.pepper), identity })
    }
}
