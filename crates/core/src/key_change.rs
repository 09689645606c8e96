//! How a paired device replaces its key: the old key vouches for the request, the new one signs it.
//!
//! The signature binds the new key to the old one and to this very TLS connection, so nobody can have a key entered that he
//! does not hold. `docs/DEVICE-PROTOCOL.md` has golden vectors.

use ed25519_dalek::{Signer, SigningKey};

use crate::claim::ChannelBinding;
use crate::clock::Timestamp;
use crate::key::{DeviceKey, KeyError};

const CONTEXT: &[u8] = b"clawpair-rotate-v1\0";

/// The bytes that are signed.
pub fn message(binding: &ChannelBinding, old: &DeviceKey, new: &DeviceKey) -> Vec<u8> {
    [CONTEXT, binding, old.as_bytes(), new.as_bytes()].concat()
}

/// Signs a change of keys; the device's side.
pub fn sign(new: &SigningKey, binding: &ChannelBinding, old: &DeviceKey, new_public: &DeviceKey) -> [u8; 64] {
    new.sign(&message(binding, old, new_public)).to_bytes()
}

/// A change of keys whose signature fits: the only kind a store takes.
#[derive(Clone, Debug)]
pub struct VerifiedKeyChange {
    /// The key that vouches.
    pub old: DeviceKey,
    /// The key that will be the device's.
    pub new: DeviceKey,
}

impl VerifiedKeyChange {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when it was not made with `new` over this change on this connection.
    pub fn verify(old: DeviceKey, new: DeviceKey, binding: &ChannelBinding, signature: &[u8; 64]) -> Result<Self, KeyError> {
        new.verify(&message(binding, &old, &new), signature)?;
        Ok(Self { old, new })
    }
}

/// A key that was a device's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerKey {
    /// When another took its place.
    pub replaced_at: Timestamp,
    /// The first tokens of the key after it.
    pub generation: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> (SigningKey, DeviceKey) {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let public = DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap();
        (signing, public)
    }

    #[test]
    fn a_change_is_bound_to_both_keys_and_the_connection() {
        let ((_, old), (signing, new), (_, other)) = (key(7), key(8), key(9));
        let signature = sign(&signing, &[9; 32], &old, &new);
        let fits = |old, new, binding| VerifiedKeyChange::verify(old, new, binding, &signature).is_ok();
        assert!(fits(old, new, &[9; 32]));
        assert!(!fits(other, new, &[9; 32]));
        assert!(!fits(old, other, &[9; 32]));
        assert!(!fits(old, new, &[8; 32]), "a relayed change");
    }
}
