//! The system's keyring.

use std::time::Duration;

use keyring::v1::{Entry, Error};
use zeroize::Zeroizing;

/// Our name in it.
const SERVICE: &str = "clawpair";
/// How long the system may take, a prompt for unlocking included.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Why the keyring did not do what was asked. The three first are kept apart because what helps differs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFailure {
    /// There is none.
    #[error("this system has no keyring service running")]
    Absent,
    /// There is one, and it is locked.
    #[error("the system's keyring is locked")]
    Locked,
    /// It has no such entry.
    #[error("the system's keyring no longer has them")]
    Missing,
    /// It did not answer in time.
    #[error("the system's keyring did not answer")]
    Silent,
    /// Anything else, in its own words.
    #[error("the system's keyring failed ({0})")]
    Other(String),
}

/// Where secrets are kept by name. Calls may wait for a person to unlock it.
pub trait Keyring: Send + Sync {
    /// The secret of an entry.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure>;
    /// Keeps a secret.
    ///
    /// # Errors
    /// Why it was not kept.
    fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure>;
    /// Forgets an entry. One that is not there is forgotten already.
    ///
    /// # Errors
    /// Why it was not forgotten.
    fn remove(&self, entry: &str) -> Result<(), KeyringFailure>;
}

/// The keyring of this desktop: Secret Service, Keychain or Credential Manager.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
        Ok(Zeroizing::new(Entry::new(SERVICE, entry)?.get_secret()?))
    }

    fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
        Ok(Entry::new(SERVICE, entry)?.set_secret(secret)?)
    }

    fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
        match Entry::new(SERVICE, entry)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Asks the keyring on a thread of its own, because it may wait for a person to unlock it.
pub(crate) async fn patiently<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, KeyringFailure> + Send + 'static,
) -> Result<T, KeyringFailure> {
    match tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(ask)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(KeyringFailure::Silent),
    }
}

impl From<Error> for KeyringFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::NoDefaultStore | Error::PlatformFailure(_) => Self::Absent,
            Error::NoStorageAccess(_) => Self::Locked,
            Error::NoEntry => Self::Missing,
            other => Self::Other(other.to_string()),
        }
    }
}
