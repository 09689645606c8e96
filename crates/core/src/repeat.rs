//! Making a request safe to repeat: the same key gets the same answer, and no secret is kept for that.
//!
//! What is random in the answer is derived from a seed that only the platform can compute: from its pepper, the caller, the key
//! and a salt. The store keeps the salt, so a repetition derives the same code or key again; without the pepper the salt says nothing.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::rng::{self, Rng};
use crate::secret::{KeyedHash, Pepper, Purpose};

/// For how long a key is remembered, in hours.
pub const REMEMBERED_HOURS: i64 = 24;
/// Longest key.
pub const MAX_KEY_BYTES: usize = 255;

/// What a caller names a request by (draft-ietf-httpapi-idempotency-key-header).
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A text is no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("An Idempotency-Key has 1 to {MAX_KEY_BYTES} visible ASCII characters; a new UUID for each thing you want is best.")]
pub struct IdempotencyKeyError;

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=MAX_KEY_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(IdempotencyKeyError) }
    }
}

/// Together with the pepper it leads to a secret, so it is not printed.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(***)")
    }
}

/// What makes two attempts' randomness differ.
pub type Salt = [u8; 16];

/// What the store keeps of a request that may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Keyed hash of caller and key.
    pub key: KeyedHash,
    /// Keyed hash of what was asked.
    pub fingerprint: KeyedHash,
    /// The salt of this attempt.
    pub salt: Salt,
    /// When.
    pub at: Timestamp,
}

impl Once {
    /// An attempt at `request` by a caller.
    pub fn new(pepper: &Pepper, by: &Actor, key: &IdempotencyKey, request: &[u8], at: Timestamp, rng: &dyn Rng) -> Self {
        Self {
            key: pepper.hash(Purpose::IdempotencyKey, &named(by, key)),
            fingerprint: pepper.hash(Purpose::Request, request),
            salt: rng::bytes(rng),
            at,
        }
    }
}

fn named(by: &Actor, key: &IdempotencyKey) -> Vec<u8> {
    // No actor and no key holds a NUL.
    format!("{by}\0{}", key.0).into_bytes()
}

/// The randomness of one attempt: HMAC-SHA-256 over a counter.
pub struct DerivedRng {
    seed: KeyedHash,
    block: AtomicU64,
}

impl DerivedRng {
    /// The same for the same caller, key and salt.
    pub fn new(pepper: &Pepper, by: &Actor, key: &IdempotencyKey, salt: &Salt) -> Self {
        let mut of = named(by, key);
        of.push(0);
        of.extend_from_slice(salt);
        Self { seed: pepper.hash(Purpose::DerivedRandomness, &of), block: AtomicU64::new(0) }
    }
}

impl fmt::Debug for DerivedRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedRng(***)")
    }
}

impl Rng for DerivedRng {
    /// # Panics
    /// Never: HMAC takes keys of any length.
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut mac = Hmac::<Sha256>::new_from_slice(self.seed.as_bytes()).expect("HMAC takes keys of any length");
            mac.update(&self.block.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&mac.finalize().into_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_attempt_draws_the_same_and_any_other_differs() {
        let pepper = Pepper::from_bytes([7; 32]);
        let key = |text: &str| text.parse::<IdempotencyKey>().unwrap();
        let draw = |pepper: &Pepper, by: Actor, text: &str, salt: u8| -> [u8; 70] {
            rng::bytes(&DerivedRng::new(pepper, &by, &key(text), &[salt; 16]))
        };
        let first = draw(&pepper, Actor::Owner, "a", 1);
        assert_eq!(draw(&pepper, Actor::Owner, "a", 1), first);
        for other in [
            draw(&Pepper::from_bytes([8; 32]), Actor::Owner, "a", 1),
            draw(&pepper, Actor::Operator, "a", 1),
            draw(&pepper, Actor::Owner, "b", 1),
            draw(&pepper, Actor::Owner, "a", 2),
        ] {
            assert_ne!(other, first);
        }
        assert_ne!(first[..32], first[32..64]);
    }

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        assert!("018c2f6e-5b1c".parse::<IdempotencyKey>().is_ok() && "x".repeat(255).parse::<IdempotencyKey>().is_ok());
        for text in ["", "a b", "ä", "a\n", &"x".repeat(256)] {
            assert!(text.parse::<IdempotencyKey>().is_err(), "{text:?}");
        }
    }
}
