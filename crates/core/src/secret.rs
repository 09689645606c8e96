//! How secrets rest: as keyed hashes whose key is kept outside the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::rng::{self, Rng};

/// The key of all keyed hashes of one platform.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Pepper([u8; 32]);

/// What a hash is of; the same secret hashes differently for each.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// A pairing code's twelve symbols.
    Code,
    /// A pairing link's secret.
    Link,
    /// The MAC in a device's access token.
    AccessToken,
    /// The MAC in a device's refresh token.
    RefreshToken,
    /// An API key's secret part.
    ApiKey,
    /// The platform's OPAQUE keys.
    Opaque,
    /// An invitation's token.
    Invitation,
    /// The secret of the invitation that whoever invites is shown.
    InvitationShown,
    /// The secret of the same invitation that is mailed.
    InvitationMailed,
    /// The token that confirms an address.
    AddressChange,
    /// The secret of that token.
    AddressChangeMailed,
    /// A recovery code.
    RecoveryCode,
    /// A session's token.
    Session,
    /// The key that seals second factors.
    TotpSeal,
    /// What is mixed into password hashes.
    PasswordPepper,
    /// The nonces of `DPoP` proofs.
    DpopNonce,
    /// A caller and its idempotency key.
    IdempotencyKey,
    /// What was asked under an idempotency key.
    Request,
    /// The seed of what is random in an answer that may be repeated.
    DerivedRandomness,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"clawpair code\0",
            Self::Link => b"clawpair link\0",
            Self::AccessToken => b"clawpair access token\0",
            Self::RefreshToken => b"clawpair refresh token\0",
            Self::Invitation => b"clawpair invitation\0",
            Self::InvitationShown => b"clawpair invitation shown\0",
            Self::InvitationMailed => b"clawpair invitation mailed\0",
            Self::AddressChange => b"clawpair address change\0",
            Self::AddressChangeMailed => b"clawpair address change mailed\0",
            Self::RecoveryCode => b"clawpair recovery code\0",
            Self::Session => b"clawpair session\0",
            Self::TotpSeal => b"clawpair totp seal\0",
            Self::PasswordPepper => b"clawpair password pepper\0",
            Self::ApiKey => b"clawpair api key\0",
            Self::Opaque => b"clawpair opaque\0",
            Self::DpopNonce => b"clawpair dpop nonce\0",
            Self::IdempotencyKey => b"clawpair idempotency key\0",
            Self::Request => b"clawpair request\0",
            Self::DerivedRandomness => b"clawpair derived randomness\0",
        }
    }
}

impl Pepper {
    /// A new key.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(rng::bytes(rng))
    }

    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping in a keyring.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 of `secret` for one purpose.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn hash(&self, purpose: Purpose, secret: &[u8]) -> KeyedHash {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.label());
        mac.update(secret);
        KeyedHash(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(***)")
    }
}

/// A keyed hash. Comparing takes the same time whatever differs.
#[derive(Clone, Copy)]
pub struct KeyedHash([u8; 32]);

impl KeyedHash {
    /// The 32 bytes, for storing.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash as base64url text, where it serves as a token or a nonce itself.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl PartialEq for KeyedHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyedHash {}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(***)")
    }
}

/// A text that opens something: shown once, never printed, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Whoever calls this shows or sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
