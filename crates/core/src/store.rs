//! The port behind which transitions become durable. Each method is one whole transition: when it returns `Ok`, the
//! change and its activity entry are on disk together; when it returns `Err`, nothing has happened or, where the
//! answer was lost, repeating it is safe.

use async_trait::async_trait;

use crate::activity::{Actor, Entry};
use crate::api_key::ApiKey;
use crate::claim::VerifiedClaim;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::{ApiKeyId, DeviceId, PairingId};
use crate::pairing::{InvalidTransition, Pairing};
use crate::secret::KeyedHash;

/// The storage failed; nothing is known to be wrong with the request.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Disk full, file locked, read-only, damaged: in the storage's own words.
    #[error("The platform's database could not be used: {0}")]
    Unavailable(String),
    /// The file was written by a newer program.
    #[error(
        "This database was written by a newer Clawpair (format {found}; this one knows {known}). Install the newer version; the file was left as it is."
    )]
    NewerFormat {
        /// The file's format.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
}

/// A pairing to open.
#[derive(Clone, Debug)]
pub struct NewPairing {
    /// The pairing, in state open.
    pub pairing: Pairing,
    /// The code's public part.
    pub locator: u16,
    /// Keyed hash of the code's symbols.
    pub code: KeyedHash,
    /// Keyed hash of the link secret.
    pub link: KeyedHash,
    /// Who asked.
    pub by: Actor,
}

/// A claim with everything that is decided before the store is asked.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What the device proved.
    pub claim: VerifiedClaim,
    /// Keyed hash of its secret.
    pub secret: KeyedHash,
    /// The IP address it came from.
    pub address: String,
    /// The moment it came.
    pub at: Timestamp,
}

/// What became of a claim.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists per claim, and most hold a device")]
pub enum ClaimOutcome {
    /// The device is in. `repeated` when it already was, by the same key.
    Paired {
        /// The pairing, now completed.
        pairing: Pairing,
        /// The device.
        device: Device,
        /// Whether this only repeats an earlier answer.
        repeated: bool,
    },
    /// The secret is right and the pairing no longer open to it.
    Refused {
        /// The pairing.
        pairing: Pairing,
        /// Why.
        reason: InvalidTransition,
    },
    /// The key that won repeats its claim, but its device has been revoked since.
    Revoked,
    /// No pairing has this secret. A wrong code is charged to the open pairings with its locator.
    Unknown {
        /// Those pairings after the charge.
        charged: Vec<Pairing>,
    },
}

/// Which pairings to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingFilter {
    /// All.
    All,
    /// Those open at this moment.
    OpenAt(Timestamp),
}

/// One page of a list, newest first, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T, Id> {
    /// The items.
    pub items: Vec<T>,
    /// Pass as `after` for more.
    pub next: Option<Id>,
}

/// Durable state of one platform.
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens a pairing.
    async fn open_pairing(&self, new: NewPairing) -> Result<(), StoreError>;
    /// Lets a device in, at most one per pairing whoever races.
    async fn claim(&self, claim: Claim) -> Result<ClaimOutcome, StoreError>;
    /// Takes a code back. `None` when there is no such pairing.
    async fn cancel_pairing(
        &self,
        id: PairingId,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Pairing, InvalidTransition>>, StoreError>;
    /// One pairing.
    async fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError>;
    /// Pairings by descending id.
    async fn pairings(
        &self,
        filter: PairingFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Pairing, PairingId>, StoreError>;

    /// One device, revoked ones too.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// Devices by descending id.
    async fn devices(&self, after: Option<DeviceId>, limit: usize) -> Result<Page<Device, DeviceId>, StoreError>;
    /// Records that a device was heard. `None` when it is gone or revoked.
    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError>;
    /// Revokes a device; repeating changes nothing. `None` when there is no such device.
    async fn revoke_device(&self, id: DeviceId, by: Actor, at: Timestamp) -> Result<Option<Device>, StoreError>;

    /// Keeps a new API key.
    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash, by: Actor) -> Result<(), StoreError>;
    /// All API keys, newest first; there are few.
    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError>;
    /// The key with this prefix and secret, revoked ones too; records the use, to the minute.
    async fn use_api_key(&self, prefix: &str, secret: KeyedHash, at: Timestamp) -> Result<Option<ApiKey>, StoreError>;
    /// Revokes a key; repeating changes nothing. `None` when there is no such key.
    async fn revoke_api_key(&self, id: ApiKeyId, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError>;

    /// The latest moment anything was written, so that a clock set back revives nothing. `None` when nothing was.
    async fn latest(&self) -> Result<Option<Timestamp>, StoreError>;
    /// Activity entries after a number, oldest first.
    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError>;
}
