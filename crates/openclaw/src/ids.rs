//! How a gateway names things: bounded, so that what it says can be kept and sent back.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use clawpair_core::key::DeviceKey;
use sha2::{Digest, Sha256};

use crate::hex::{Hex, unhex};

/// A name from outside that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no id that a gateway gives.")]
pub struct IdError;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// Up to 128 visible ASCII characters.
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                fits.then(|| Self(text.to_owned())).ok_or(IdError)
            }
        }
    };
}

opaque_id!(
    /// One asking of a device or node. A device that asks for something else gets another.
    RequestId
);
opaque_id!(
    /// One making of a setup code.
    SetupId
);

/// A device, by the SHA-256 of its public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; 32]);

impl DeviceId {
    /// The id that a key has.
    pub fn of(key: &PublicKey) -> Self {
        Self(Sha256::digest(key.0).into())
    }

    /// Whether a text is its digits, in either case.
    pub(crate) fn is_written(&self, text: &str) -> bool {
        Hex::of(&self.0).as_str().eq_ignore_ascii_case(text)
    }

    /// Whether its digits begin with these, which are in lower case.
    pub(crate) fn begins_with(&self, digits: &str) -> bool {
        Hex::of(&self.0).as_str().starts_with(digits)
    }
}

/// 64 hexadecimal digits in lower case.
impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Hex::of(&self.0).as_str())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

impl FromStr for DeviceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        unhex(text).map(Self).ok_or(IdError)
    }
}

/// A device's raw Ed25519 public key. It is only compared here; the gateway has verified it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

/// Either alphabet is read, padded or not.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// What stands before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

impl PublicKey {
    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Sixty bits of its SHA-256 for people to compare, the same as for every device.
    pub fn fingerprint(&self) -> String {
        DeviceKey::stored(self.0).fingerprint()
    }
}

/// Base64url without padding.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// Reads raw bytes in base64 of either alphabet, and PEM: a gateway takes all of them from devices.
impl FromStr for PublicKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() > 256 {
            return Err(IdError);
        }
        // As gateways list it.
        let mut raw = [0; 32];
        if URL_SAFE.decode_slice(text, &mut raw) == Ok(raw.len()) {
            return Ok(Self(raw));
        }
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let bytes = URL_SAFE.decode(&body).or_else(|_| STANDARD.decode(&body)).map_err(|_| IdError)?;
        let raw = bytes.strip_prefix(&SPKI).unwrap_or(&bytes);
        raw.try_into().map(Self).map_err(|_| IdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_however_it_is_written() {
        let key: PublicKey = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg".parse().unwrap();
        let pem =
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n";
        for text in ["A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", pem] {
            assert_eq!(text.parse(), Ok(key), "{text}");
        }
        assert_eq!(DeviceId::of(&key).to_string(), "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn ids_are_bounded_and_visible() {
        assert!("49fefc3e-6782-4f7c-bf85-6e5ab46871e4".parse::<RequestId>().is_ok());
        for text in ["", "a b", "\u{1b}", &"x".repeat(129)] {
            assert_eq!(text.parse::<RequestId>(), Err(IdError), "{text}");
        }
        assert_eq!("short".parse::<PublicKey>(), Err(IdError));
        assert_eq!("ab".parse::<DeviceId>(), Err(IdError));
    }
}
