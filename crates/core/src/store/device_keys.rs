use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::DeviceId;
use crate::key::DeviceKey;
use crate::key_change::{FormerKey, VerifiedKeyChange};
use crate::token_family::TokenFamily;

/// What became of a change of keys.
#[derive(Clone, Debug)]
pub enum KeyChangeOutcome {
    /// The new key is the device's, with new tokens. `repeated` when it already was, by the same change.
    Changed {
        /// The device.
        device: Device,
        /// Its tokens: the first of the new key.
        tokens: TokenFamily,
        /// Whether this only repeats an earlier answer.
        repeated: bool,
    },
    /// The old key is not the device's, or no longer, and this is no repetition in time.
    NotItsKey,
    /// The new key is the one before, or was the device's earlier.
    UsedBefore,
    /// The device's tokens were revoked.
    TokensRevoked,
    /// The device is not let in.
    ShutOut(Device),
}

/// The keys that devices have had.
#[async_trait]
pub trait DeviceKeys: Send + Sync {
    /// Puts a new key in the place of the old one, and begins new tokens for it.
    async fn change_key(
        &self,
        device: DeviceId,
        change: VerifiedKeyChange,
        by: Actor,
        at: Timestamp,
    ) -> Result<KeyChangeOutcome, StoreError>;
    /// Whether a key was a device's and is no longer.
    async fn former_key(&self, device: DeviceId, key: DeviceKey) -> Result<Option<FormerKey>, StoreError>;
}
