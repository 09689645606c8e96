//! Who this installation is to a gateway: an Ed25519 key, and the signature that proves it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::rng::{self, Rng};
use clawpair_core::secret::Secret;
use ed25519_dalek::{Signer, SigningKey};

use crate::ids::{DeviceId, PublicKey};

/// The key of this installation. Its secret half is wiped when dropped.
#[derive(Clone)]
pub struct DeviceIdentity {
    key: SigningKey,
}

impl DeviceIdentity {
    /// A new one.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self::from_seed(&rng::bytes(rng))
    }

    /// From the 32 bytes that were kept.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(seed) }
    }

    /// The 32 bytes to keep in a keyring.
    pub fn seed(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The key as the gateway knows it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.key.verifying_key().to_bytes())
    }

    /// The id as the gateway knows it.
    pub fn id(&self) -> DeviceId {
        DeviceId::of(&self.public_key())
    }

    /// The signature over one connection, in base64url.
    pub fn sign(&self, connect: &Signed<'_>) -> String {
        URL_SAFE_NO_PAD.encode(self.key.sign(connect.message(&self.id()).reveal().as_bytes()).to_bytes())
    }
}

impl fmt::Debug for DeviceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceIdentity({})", self.id())
    }
}

/// What is signed about one connection, besides the device's id. It is what is sent, to the letter.
pub struct Signed<'a> {
    /// The kind of client.
    pub client_id: &'a str,
    /// How the client works.
    pub client_mode: &'a str,
    /// The role that is asked for.
    pub role: &'a str,
    /// The scopes that are asked for, in the order they are sent.
    pub scopes: &'a [&'a str],
    /// The challenge's moment: the gateway's clock counts, not this computer's.
    pub signed_at: i64,
    /// The token that is sent, of whatever kind; empty if none is.
    pub token: &'a str,
    /// The challenge's nonce.
    pub nonce: &'a str,
    /// The system. It goes into the signature in lower case.
    pub platform: &'a str,
    /// The kind of machine. It goes into the signature in lower case.
    pub family: &'a str,
}

impl Signed<'_> {
    fn message(&self, id: &DeviceId) -> Secret {
        let lower = |text: &str| text.trim().to_ascii_lowercase();
        let Self { client_id, client_mode, role, signed_at, token, nonce, .. } = self;
        let (scopes, platform, family) = (self.scopes.join(","), lower(self.platform), lower(self.family));
        Secret::new(format!("v3|{id}|{client_id}|{client_mode}|{role}|{scopes}|{signed_at}|{token}|{nonce}|{platform}|{family}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> DeviceIdentity {
        DeviceIdentity::from_seed(&std::array::from_fn(|index| u8::try_from(index).unwrap()))
    }

    /// Accepted by a real gateway with the token `lab-token`.
    #[test]
    fn signs_what_a_real_gateway_accepted() {
        let signed = Signed {
            client_id: "gateway-client",
            client_mode: "ui",
            role: "operator",
            scopes: &["operator.read", "operator.pairing"],
            signed_at: 1_795_332_682_016,
            token: "lab-token",
            nonce: "83554ec1-5275-4e56-bb06-2cd04744283b",
            platform: "Linux",
            family: "Desktop",
        };
        let identity = identity();
        assert_eq!(identity.public_key().to_string(), "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg");
        assert_eq!(identity.id().to_string(), "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
        assert_eq!(
            identity.sign(&signed),
            "v4KawffXwfn_49XFcGTAdbe45N11NrvD7YFHI8PpPsYnqiuBWKw1e1zlaxWoTQh3_ceWo-XnirKxwgIZbiK1CQ"
        );
    }

    #[test]
    fn the_seed_stays_out_of_debug_output() {
        let text = format!("{:?}", identity());
        assert!(text.starts_with("DeviceIdentity(56475aa7"), "{text}");
        assert!(!text.contains("000102"));
    }
}
