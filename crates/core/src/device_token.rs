//! The device token: a device's id and a MAC over that id and the device's key.
//!
//! It is the same however often it is asked for, so a repeated claim is answered the same, and nothing of it has to be
//! stored: whoever holds the pepper can check it, whoever holds the database alone cannot make one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::DeviceId;
use crate::key::DeviceKey;
use crate::secret::{KeyedHash, Pepper, Purpose, Secret};

/// A token of the right form. Only [`Self::fits`] tells whether it is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    device: DeviceId,
    mac: KeyedHash,
}

fn mac(pepper: &Pepper, device: DeviceId, key: &DeviceKey) -> KeyedHash {
    pepper.hash(Purpose::DeviceToken, &[device.as_bytes().as_slice(), key.as_bytes()].concat())
}

impl DeviceToken {
    /// The token of a device, for giving out.
    pub fn mint(pepper: &Pepper, device: DeviceId, key: &DeviceKey) -> Secret {
        let bytes = [device.as_bytes().as_slice(), mac(pepper, device, key).as_bytes()].concat();
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads what a device sends; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (device, mac) = bytes.split_first_chunk::<16>()?;
        Some(Self { device: DeviceId::from_bytes(*device), mac: KeyedHash::from_bytes(*mac.first_chunk()?) })
    }

    /// Whose it says it is.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Whether it was minted for this device's key.
    pub fn fits(&self, pepper: &Pepper, key: &DeviceKey) -> bool {
        self.mac == mac(pepper, self.device, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn fits_its_own_device_key_and_platform_only() {
        let key = |seed| DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap();
        let (pepper, device) = (Pepper::from_bytes([1; 32]), DeviceId::from_bytes([2; 16]));
        let minted = DeviceToken::mint(&pepper, device, &key(3));
        let token = DeviceToken::parse(minted.reveal()).unwrap();
        assert_eq!(token.device(), device);
        assert!(token.fits(&pepper, &key(3)));
        assert!(!token.fits(&pepper, &key(4)));
        assert!(!token.fits(&Pepper::from_bytes([9; 32]), &key(3)));
        let other = DeviceToken { device: DeviceId::from_bytes([5; 16]), ..token };
        assert!(!other.fits(&pepper, &key(3)));
        for text in ["", "x", &minted.reveal()[1..], &format!("{}A", minted.reveal())] {
            assert_eq!(DeviceToken::parse(text), None, "{text}");
        }
    }
}
