//! A gateway's certificate, by its SHA-256.

use std::fmt;
use std::str::FromStr;

use clawpair_pinned_tls::Recognise;
use rustls::CertificateError;
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use crate::hex::{Hex, unhex};

/// The SHA-256 of a leaf certificate's DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// A text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "A certificate's fingerprint has 64 hexadecimal digits, with or without colons; copy it from the gateway, or from what it shows in its setup code."
)]
pub struct FingerprintError;

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }

    /// As people compare it: upper case, a colon after every two digits.
    pub fn for_people(&self) -> String {
        self.0.map(|byte| format!("{byte:02X}")).join(":")
    }
}

/// 64 digits in lower case, as the gateway writes it.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Hex::of(&self.0).as_str())
    }
}

/// Reads upper and lower case, with or without colons and `sha256:`.
impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let text = text.trim();
        let digits = text.strip_prefix("sha256:").or_else(|| text.strip_prefix("SHA256:")).unwrap_or(text);
        unhex(&digits.replace(':', "")).map(Self).ok_or(FingerprintError)
    }
}

/// The gateway that has this certificate, and no other.
impl Recognise for Fingerprint {
    fn recognises(&self, certificate: &CertificateDer<'_>) -> Result<bool, CertificateError> {
        Ok(*self == Self::of(certificate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn every_spelling_is_the_same_fingerprint() {
        let expected = Fingerprint::of(b"");
        assert_eq!(expected.to_string(), HEX);
        let people = expected.for_people();
        assert!(people.starts_with("E3:B0:C4:"));
        for text in [HEX, &people, &format!(" sha256:{HEX} "), &format!("SHA256:{people}"), &HEX.to_uppercase()] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "sha256:", &HEX[1..], &format!("{HEX}0"), &HEX.replace('e', "g"), &"é".repeat(64)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }

    #[test]
    fn recognises_its_certificate_alone() {
        let fingerprint = Fingerprint::of(b"one");
        assert!(fingerprint.recognises(&CertificateDer::from_slice(b"one")).unwrap());
        assert!(!fingerprint.recognises(&CertificateDer::from_slice(b"two")).unwrap());
    }
}
