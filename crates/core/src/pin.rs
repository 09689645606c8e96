//! The platform's identity as a device remembers it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::base32;

/// The first 128 bits of the SHA-256 of a TLS key's `SubjectPublicKeyInfo` (RFC 7469 names the hash of the same bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerPin([u8; 16]);

impl ServerPin {
    /// The pin of a DER-encoded `SubjectPublicKeyInfo`.
    pub fn of_spki(der: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::digest(der).into();
        let mut pin = [0; 16];
        pin.copy_from_slice(&hash[..16]);
        Self(pin)
    }

    /// The whole hash as RFC 7469 and curl's `--pinnedpubkey` write it: `sha256//` and base64.
    pub fn for_curl(der: &[u8]) -> String {
        format!("sha256//{}", STANDARD.encode(Sha256::digest(der)))
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From its 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// 26 symbols of Crockford's base32.
impl fmt::Display for ServerPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32::encode_128(&self.0))
    }
}

/// A text is no pin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A server pin has 26 digits and letters without I, L, O and U; copy it from the window that shows the code.")]
pub struct PinError;

impl FromStr for ServerPin {
    type Err = PinError;
    fn from_str(text: &str) -> Result<Self, PinError> {
        base32::decode_128(text.trim()).map(Self).ok_or(PinError)
    }
}
