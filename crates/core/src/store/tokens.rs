use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::DeviceId;
use crate::token_family::TokenFamily;

/// What became of a refresh token.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists per refresh, and the large one is rare")]
pub enum RefreshOutcome {
    /// There is a newer pair.
    Refreshed(TokenFamily),
    /// It is a copy: its successor has been used. This call has revoked all tokens of the device.
    Reused,
    /// The device was silent for too long.
    Expired,
    /// The device's tokens were revoked, or there never were any.
    Revoked,
    /// The device itself is not let in.
    ShutOut(Device),
}

/// The tokens of paired devices.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A device, revoked ones too, with its tokens. Reads only.
    async fn bearer(&self, device: DeviceId) -> Result<Option<(Device, TokenFamily)>, StoreError>;
    /// Records that the device has and uses the tokens of a generation, so that older ones end. Changes nothing when that
    /// is no news.
    async fn confirm_tokens(&self, device: DeviceId, generation: u32) -> Result<(), StoreError>;
    /// Makes the next generation for a refresh token of this one.
    async fn refresh_tokens(&self, device: DeviceId, generation: u32, at: Timestamp) -> Result<RefreshOutcome, StoreError>;
    /// Ends all tokens of a device, which stays as it is and must pair again. Says whether they had not ended before.
    async fn revoke_tokens(&self, device: DeviceId, by: Actor, at: Timestamp) -> Result<bool, StoreError>;
}
