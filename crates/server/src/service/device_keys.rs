use clawpair_api::{self as api, ErrorCode};
use clawpair_core::activity::Actor;
use clawpair_core::claim::ChannelBinding;
use clawpair_core::device::Device;
use clawpair_core::device_token::{DeviceToken, TokenKind};
use clawpair_core::dpop::Proof;
use clawpair_core::key::{DeviceKey, KeyError};
use clawpair_core::key_change::VerifiedKeyChange;
use clawpair_core::store::KeyChangeOutcome;

use super::Service;
use super::devices::ensure_let_in;
use super::tokens::{ensure_good, tokens_revoked, unknown_token};
use crate::error::Refusal;

/// What a device shows to have its key replaced.
pub(crate) struct KeyChangeRequest {
    /// An access token of the old key.
    pub(crate) token: String,
    /// Made with the old key.
    pub(crate) proof: Proof,
    /// The new key.
    pub(crate) new: DeviceKey,
    /// Made with the new key; none where it has not the form of one.
    pub(crate) signature: Option<[u8; 64]>,
    /// Of the connection it came by.
    pub(crate) binding: ChannelBinding,
}

/// Keys of paired devices.
impl Service {
    /// Puts a device's new key in the place of its old one. Its live channels, which the old key opened, are cut before this
    /// returns. The same change gets the same answer for a while.
    pub(crate) async fn change_key(&self, request: KeyChangeRequest, by: Actor) -> Result<(Device, api::Tokens), Refusal> {
        let KeyChangeRequest { token, proof, new, signature, binding } = request;
        let now = self.now();
        let token = DeviceToken::parse(&token).ok_or_else(unknown_token)?;
        let (device, family) = self.store.bearer(token.device()).await?.ok_or_else(unknown_token)?;
        if !token.fits(&self.pepper, TokenKind::Access, &proof.key) {
            return Err(unknown_token());
        }
        ensure_let_in(&device)?;
        self.replays.admit(device.id, &proof, now)?;
        // Of a key that is no longer the device's only the repetition below is heard, and its token has no age any more.
        if device.key == proof.key {
            ensure_good(family.standing(token.generation(), now))?;
        }
        let change = signature
            .ok_or(KeyError::BadSignature)
            .and_then(|signature| VerifiedKeyChange::verify(proof.key, new, &binding, &signature))
            .map_err(|error| Refusal::new(ErrorCode::SignatureInvalid, error.to_string()))?;
        match self.store.change_key(device.id, change, by, now).await? {
            KeyChangeOutcome::Changed { device, tokens, repeated } => {
                if !repeated {
                    tracing::info!(device = %device.id, "a device changed its key");
                    self.live.cut(device.id);
                    self.emit_device(&device);
                }
                let tokens = self.tokens_of(&device, &tokens);
                Ok((device, tokens))
            }
            KeyChangeOutcome::NotItsKey => Err(self.not_its_key(&device, &proof.key).await?),
            KeyChangeOutcome::UsedBefore => {
                Err(Refusal::new(ErrorCode::InvalidRequest, "The new key has been this device's before. Make another one."))
            }
            KeyChangeOutcome::TokensRevoked => Err(tokens_revoked()),
            KeyChangeOutcome::ShutOut(device) => {
                ensure_let_in(&device)?;
                Err(tokens_revoked())
            }
        }
    }

    /// What somebody hears who proves to hold a key that is not the device's: a former one is known for what it is.
    pub(crate) async fn not_its_key(&self, device: &Device, key: &DeviceKey) -> Result<Refusal, Refusal> {
        if self.store.former_key(device.id, *key).await?.is_none() {
            return Ok(unknown_token());
        }
        tracing::warn!(device = %device.id, "a device's former key came back");
        Ok(Refusal::new(ErrorCode::DeviceKeyReplaced, "This device has another key now."))
    }
}
