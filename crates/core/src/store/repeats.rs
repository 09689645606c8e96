use async_trait::async_trait;

use super::{DeviceOrder, DeviceOutcome, Invited, NewInvite, NewPairing, Opening, Rotation, StoreError};
use crate::api_key::ApiKey;
use crate::device::Device;
use crate::id::DeviceId;
use crate::member::Invitation;
use crate::pairing::Pairing;
use crate::repeat::{Once, Salt};
use crate::secret::KeyedHash;

/// What became of a request that carries an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeatable<Done, Thing> {
    /// It is the first of its kind, and this came of it. The key is remembered unless it was refused.
    First(Done),
    /// It was done before with this salt, and this is what it made or changed, as it is now.
    Again(Thing, Salt),
    /// The key was used for another request.
    OtherRequest,
}

/// Requests that may be repeated: each does what its namesake without `once` does, and remembers the key in the same
/// transaction. Refusals are not remembered.
#[async_trait]
pub trait Repeats: Send + Sync {
    /// Opens a pairing.
    async fn open_pairing_once(&self, new: NewPairing, once: Once) -> Result<Repeatable<Opening, Pairing>, StoreError>;
    /// Keeps a new API key.
    async fn create_api_key_once(&self, key: ApiKey, secret: KeyedHash, once: Once) -> Result<Repeatable<(), ApiKey>, StoreError>;
    /// Keeps an invitation.
    async fn invite_once(&self, new: NewInvite, once: Once) -> Result<Repeatable<Invited, Invitation>, StoreError>;
    /// Gives a key a new secret.
    async fn rotate_api_key_once(&self, rotation: Rotation, once: Once) -> Result<Repeatable<Option<ApiKey>, ApiKey>, StoreError>;
    /// Makes one change to one device. The key counts before the revision that the change was decided on, and is remembered also where
    /// the device was so already: somebody may change it before a repetition comes.
    async fn change_device_once(
        &self,
        id: DeviceId,
        order: DeviceOrder,
        once: Once,
    ) -> Result<Repeatable<DeviceOutcome, Device>, StoreError>;
}
