//! A paired device's tokens: its id, a generation, and a MAC over both and the device's key.
//!
//! They are keyed hashes themselves, so none of them has to be stored: whoever holds the pepper can check one, whoever
//! holds the database alone can neither make nor check any. Asking twice for those of one generation gives the same two.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::DeviceId;
use crate::key::DeviceKey;
use crate::secret::{KeyedHash, Pepper, Purpose, Secret};

/// What a token is for. One kind never passes for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Goes with every call, for minutes.
    Access,
    /// Gets the next pair of tokens, once.
    Refresh,
}

impl TokenKind {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Access => Purpose::AccessToken,
            Self::Refresh => Purpose::RefreshToken,
        }
    }
}

/// A token of the right form. Only [`Self::fits`] tells whether this platform made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    device: DeviceId,
    generation: u32,
    mac: KeyedHash,
}

fn mac(pepper: &Pepper, kind: TokenKind, device: DeviceId, generation: u32, key: &DeviceKey) -> KeyedHash {
    pepper.hash(kind.purpose(), &[device.as_bytes().as_slice(), &generation.to_be_bytes(), key.as_bytes()].concat())
}

impl DeviceToken {
    /// A device's token of one generation, for giving out.
    pub fn mint(pepper: &Pepper, kind: TokenKind, device: DeviceId, generation: u32, key: &DeviceKey) -> Secret {
        let mac = mac(pepper, kind, device, generation, key);
        let bytes = [device.as_bytes().as_slice(), &generation.to_be_bytes(), mac.as_bytes()].concat();
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads what somebody sends; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 52] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (device, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        Some(Self {
            device: DeviceId::from_bytes(*device),
            generation: u32::from_be_bytes(*generation),
            mac: KeyedHash::from_bytes(*mac.first_chunk()?),
        })
    }

    /// Whose it says it is.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Which pair of tokens it says it belongs to.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether it was minted as this kind for this device's key.
    pub fn fits(&self, pepper: &Pepper, kind: TokenKind, key: &DeviceKey) -> bool {
        self.mac == mac(pepper, kind, self.device, self.generation, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn fits_its_own_kind_device_generation_key_and_platform_only() {
        use TokenKind::{Access, Refresh};
        let key = |seed| DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap();
        let (pepper, device) = (Pepper::from_bytes([1; 32]), DeviceId::from_bytes([2; 16]));
        let minted = DeviceToken::mint(&pepper, Access, device, 7, &key(3));
        let token = DeviceToken::parse(minted.reveal()).unwrap();
        assert_eq!((token.device(), token.generation()), (device, 7));
        assert!(token.fits(&pepper, Access, &key(3)));
        assert!(!token.fits(&pepper, Refresh, &key(3)));
        assert!(!token.fits(&pepper, Access, &key(4)));
        assert!(!token.fits(&Pepper::from_bytes([9; 32]), Access, &key(3)));
        assert!(!DeviceToken { device: DeviceId::from_bytes([5; 16]), ..token }.fits(&pepper, Access, &key(3)));
        assert!(!DeviceToken { generation: 8, ..token }.fits(&pepper, Access, &key(3)));
        for text in ["", "x", &minted.reveal()[1..], &format!("{}A", minted.reveal())] {
            assert_eq!(DeviceToken::parse(text), None, "{text}");
        }
    }
}
