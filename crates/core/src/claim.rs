//! The claim: how a device turns a secret it has seen into a place on the platform.
//!
//! What is signed binds the device's key to this very TLS connection, so a claim relayed through anyone in between
//! fails. `docs/DEVICE-PROTOCOL.md` describes it for other implementations and has golden vectors.

use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::code::PairingCode;
use crate::key::{DeviceKey, KeyError};
use crate::link::LinkSecret;
use crate::text;

const CONTEXT: &[u8] = b"clawpair-claim-v1\0";
/// The label of the TLS exporter whose 32 bytes name a connection (RFC 9266, with an empty context).
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// Longest description field a platform accepts, in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 256;

/// The TLS exporter value of one connection.
pub type ChannelBinding = [u8; 32];

/// Which of the two secrets of a pairing the device holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimSecret {
    /// From a scanned or pasted link.
    Link(LinkSecret),
    /// Typed.
    Code(PairingCode),
}

impl ClaimSecret {
    /// The symbols that are sent and hashed.
    pub fn symbols(&self) -> String {
        match self {
            Self::Link(secret) => secret.symbols(),
            Self::Code(code) => code.symbols(),
        }
    }

    const fn label(&self) -> &'static [u8] {
        match self {
            Self::Link(_) => b"link\0",
            Self::Code(_) => b"code\0",
        }
    }
}

/// What a device says of itself. Hints for people, never trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its host name or model.
    #[serde(default)]
    pub name: String,
    /// What kind of thing it says it is.
    #[serde(default)]
    pub device_type: String,
    /// Operating system and processor.
    #[serde(default)]
    pub platform: String,
    /// Its software and version.
    #[serde(default)]
    pub version: String,
}

impl Description {
    fn fields(&self) -> [&str; 4] {
        [&self.name, &self.device_type, &self.platform, &self.version]
    }

    /// Whether every field is short enough.
    pub fn is_bounded(&self) -> bool {
        self.fields().iter().all(|field| field.len() <= MAX_DESCRIPTION_BYTES)
    }

    /// SHA-256 over the four fields in order, each preceded by its length in bytes as a big-endian 16-bit number.
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for field in self.fields() {
            let length = u16::try_from(field.len()).unwrap_or(u16::MAX);
            hash.update(length.to_be_bytes());
            hash.update(&field.as_bytes()[..usize::from(length)]);
        }
        hash.finalize().into()
    }

    /// The same with every field fit for showing.
    #[must_use]
    pub fn sanitised(&self) -> Self {
        Self {
            name: text::sanitised(&self.name),
            device_type: text::sanitised(&self.device_type),
            platform: text::sanitised(&self.platform),
            version: text::sanitised(&self.version),
        }
    }
}

/// The bytes that are signed.
pub fn message(binding: &ChannelBinding, secret: &ClaimSecret, description: &Description, idempotency_key: Uuid) -> Vec<u8> {
    let mut message = Vec::with_capacity(CONTEXT.len() + 5 + 32 * 3 + 16);
    message.extend_from_slice(CONTEXT);
    message.extend_from_slice(secret.label());
    message.extend_from_slice(binding);
    message.extend_from_slice(&Sha256::digest(secret.symbols().as_bytes()));
    message.extend_from_slice(&description.digest());
    message.extend_from_slice(idempotency_key.as_bytes());
    message
}

/// Signs a claim; the device's side.
pub fn sign(
    key: &SigningKey,
    binding: &ChannelBinding,
    secret: &ClaimSecret,
    description: &Description,
    idempotency_key: Uuid,
) -> [u8; 64] {
    key.sign(&message(binding, secret, description, idempotency_key)).to_bytes()
}

/// A claim whose signature fits: the only kind a store takes.
#[derive(Clone, Debug)]
pub struct VerifiedClaim {
    /// The secret the device showed.
    pub secret: ClaimSecret,
    /// The key it proved to hold.
    pub key: DeviceKey,
    /// What it says of itself, made fit for showing.
    pub description: Description,
}

impl VerifiedClaim {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when it was not made with `key` over this claim on this connection.
    pub fn verify(
        secret: ClaimSecret,
        key: DeviceKey,
        description: &Description,
        idempotency_key: Uuid,
        binding: &ChannelBinding,
        signature: &[u8; 64],
    ) -> Result<Self, KeyError> {
        key.verify(&message(binding, &secret, description, idempotency_key), signature)?;
        Ok(Self { secret, key, description: description.sanitised() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> (SigningKey, ChannelBinding, ClaimSecret, Description, Uuid) {
        let description = Description {
            name: "hub".into(),
            device_type: "IoT Gateway".into(),
            platform: "linux x86_64".into(),
            version: "1.0".into(),
        };
        let secret = ClaimSecret::Code("OCL-J4K2T8P7N1RG".parse().unwrap());
        (SigningKey::from_bytes(&[7; 32]), [9; 32], secret, description, Uuid::from_bytes([5; 16]))
    }

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The vector of `docs/DEVICE-PROTOCOL.md`.
    #[test]
    fn golden_claim() {
        let (key, binding, secret, description, id) = claim();
        assert_eq!(hex(&Sha256::digest(message(&binding, &secret, &description, id))), GOLDEN_MESSAGE_SHA256);
        assert_eq!(hex(&sign(&key, &binding, &secret, &description, id)), GOLDEN_SIGNATURE);
    }
    const GOLDEN_MESSAGE_SHA256: &str = "e9e636c2468068e44bc2c48e36d3163a6f44cf09e008bb1e51ffe611c82f771f";
    const GOLDEN_SIGNATURE: &str = "063d11d2659b40734ec2a85ea40ebc46491ef4be5ed80933c2e678000e206707bccd0282e56f45441600de1dd5367f3c113acdc1ae4459d97cbb44314e76c508";

    #[test]
    fn a_claim_is_bound_to_everything_it_says() {
        let (key, binding, secret, description, id) = claim();
        let signature = sign(&key, &binding, &secret, &description, id);
        let public = DeviceKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
        let verify = |secret: &ClaimSecret, public, description: &Description, id, binding: &ChannelBinding| {
            VerifiedClaim::verify(secret.clone(), public, description, id, binding, &signature).is_ok()
        };
        assert!(verify(&secret, public, &description, id, &binding));
        let other_key = DeviceKey::from_bytes(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes()).unwrap();
        let other_secret = ClaimSecret::Code("000000000000".parse().unwrap());
        let moved = Description { name: "hubIoT".into(), device_type: " Gateway".into(), ..description.clone() };
        assert!(!verify(&secret, other_key, &description, id, &binding));
        assert!(!verify(&other_secret, public, &description, id, &binding));
        assert!(!verify(&secret, public, &moved, id, &binding));
        assert!(!verify(&secret, public, &description, Uuid::from_bytes([6; 16]), &binding));
        assert!(!verify(&secret, public, &description, id, &[8; 32]), "a relayed claim");
    }
}
