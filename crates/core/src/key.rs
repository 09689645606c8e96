//! A device's Ed25519 key, as the platform knows it: by its public half.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::base32;

/// A valid Ed25519 public key that is not of small order.
#[derive(Clone, Copy)]
pub struct DeviceKey {
    bytes: [u8; 32],
    /// Finding the point costs as much as a tenth of a verification, so it is kept where it was found and not sought where
    /// a key is only shown.
    point: Option<VerifyingKey>,
}

impl PartialEq for DeviceKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for DeviceKey {}

/// The 32 bytes of a key, where keys are only compared.
pub type RawKey = [u8; 32];

/// Why bytes are no usable key or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes in base64url, or no point on the curve, or a weak one.
    #[error("The device's public key is not a usable Ed25519 key in base64url.")]
    BadKey,
    /// Not twelve symbols.
    #[error("A key's fingerprint has twelve symbols, such as 7F3K-9QWZ-4JN2.")]
    BadFingerprint,
    /// The signature was not made with this key over this message.
    #[error("The signature does not fit the device's key and this connection.")]
    BadSignature,
}

impl DeviceKey {
    /// From the 32 raw bytes.
    ///
    /// # Errors
    /// [`KeyError::BadKey`] for bytes that are no point or one of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self { bytes: *bytes, point: Some(key) }),
            _ => Err(KeyError::BadKey),
        }
    }

    /// From bytes that were a key when they were stored; if they no longer are, nothing verifies.
    pub const fn stored(bytes: [u8; 32]) -> Self {
        Self { bytes, point: None }
    }

    /// The 32 raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// RFC 8032 verification, refusing malleable and small-order signatures.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when it does not fit.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), KeyError> {
        let point = self.point.map_or_else(|| VerifyingKey::from_bytes(&self.bytes), Ok).map_err(|_| KeyError::BadSignature)?;
        point.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| KeyError::BadSignature)
    }

    /// Sixty bits of the key's SHA-256 for people to compare: `7F3K-9QWZ-4JN2`.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.as_bytes());
        let number = hash[..8].iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
        let symbols: String = (0..12).rev().map(|i| base32::symbol(((number >> (5 * i + 4)) & 31) as u8)).collect();
        format!("{}-{}-{}", &symbols[..4], &symbols[4..8], &symbols[8..])
    }
}

/// What [`DeviceKey::fingerprint`] shows, as a person may write it: in any case, with or without dashes and spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFingerprint(String);

impl KeyFingerprint {
    /// As it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyFingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let written = text.chars().filter(|&symbol| symbol != '-' && !symbol.is_whitespace());
        let symbols: Option<String> = written.map(|symbol| base32::value(symbol).map(base32::symbol)).collect();
        let symbols = symbols.filter(|symbols| symbols.len() == 12).ok_or(KeyError::BadFingerprint)?;
        Ok(Self(format!("{}-{}-{}", &symbols[..4], &symbols[4..8], &symbols[8..])))
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DeviceKey {
    /// The key's JWK thumbprint (RFC 7638, RFC 8037 appendix A.3), by which tokens name the key they are bound to.
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{self}"}}"#)))
    }
}

/// Raw bytes in base64url without padding.
impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.as_bytes()))
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({self})")
    }
}

impl FromStr for DeviceKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(KeyError::BadKey)?;
        Self::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    #[test]
    fn a_fingerprint_is_read_however_it_is_written() {
        let key: DeviceKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".parse().unwrap();
        let shown = key.fingerprint();
        for text in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), shown.replace('-', "")] {
            assert_eq!(text.parse::<KeyFingerprint>().unwrap().as_str(), shown);
        }
        assert_eq!("oil0-abcd-efgh".parse::<KeyFingerprint>().unwrap().to_string(), "0110-ABCD-EFGH");
        for text in ["", "7F3K", "7F3K-9QWZ-4JNU", "7F3K-9QWZ-4JN2-1111", "é23456789012"] {
            assert_eq!(text.parse::<KeyFingerprint>(), Err(KeyError::BadFingerprint), "{text}");
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let key: DeviceKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".parse().unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_stored_key_is_the_same_key() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let key = DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap();
        let stored = DeviceKey::stored(*key.as_bytes());
        assert_eq!(stored, key);
        assert_eq!(stored.verify(b"m", &signing.sign(b"m").to_bytes()), Ok(()));
        assert_eq!(stored.verify(b"n", &signing.sign(b"m").to_bytes()), Err(KeyError::BadSignature));
    }

    #[test]
    fn what_is_no_key_is_refused_or_verifies_nothing() {
        let weak = [0; 32];
        assert_eq!(DeviceKey::from_bytes(&weak), Err(KeyError::BadKey));
        assert_eq!(DeviceKey::stored(weak).verify(b"m", &[0; 64]), Err(KeyError::BadSignature));
    }
}
