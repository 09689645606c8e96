//! API keys: `cpk_PPPPPPPP_SSSSSSSSSSSSSSSSSSSSSSSSSS`, a public prefix and a 128-bit secret.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::access::{Rights, Role, Scope};
use crate::activity::Actor;
use crate::base32;
use crate::clock::Timestamp;
use crate::day::Day;
use crate::id::ApiKeyId;
use crate::rng::{self, Rng};
use crate::secret::Secret;
use crate::text::Name;

const SCHEME: &str = "cpk_";
const PREFIX: usize = 8;

/// An API key as its holder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeySecret {
    prefix: String,
    secret: Secret,
}

/// A text is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no Clawpair API key; one begins with cpk_ and is shown once, when it is made in Settings.")]
pub struct ApiKeyError;

impl ApiKeySecret {
    /// A new key.
    pub fn generate(rng: &dyn Rng) -> Self {
        let prefix = rng::bytes::<PREFIX>(rng).iter().map(|&b| base32::symbol(b)).collect();
        Self { prefix, secret: Secret::new(base32::encode_128(&rng::bytes(rng))) }
    }

    /// The public part, by which a key is found and told apart.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The secret part, which is what is hashed.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The whole key. Treat the result like a password.
    pub fn reveal(&self) -> String {
        format!("{SCHEME}{}_{}", self.prefix, self.secret.reveal())
    }
}

impl FromStr for ApiKeySecret {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        let (prefix, secret) = text.strip_prefix(SCHEME).and_then(|rest| rest.split_once('_')).ok_or(ApiKeyError)?;
        let prefix_fits = prefix.len() == PREFIX && prefix.chars().all(|c| base32::value(c).is_some());
        if prefix_fits && base32::decode_128(secret).is_some() {
            Ok(Self { prefix: prefix.to_owned(), secret: Secret::new(secret.to_owned()) })
        } else {
            Err(ApiKeyError)
        }
    }
}

/// What the platform keeps of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name in the system.
    pub id: ApiKeyId,
    /// What a person calls it.
    pub name: Name,
    /// Its public part.
    pub prefix: String,
    /// What its holder is.
    pub role: Role,
    /// The scopes of that role it is narrowed to; all of them when `None`.
    pub scopes: Option<Vec<Scope>>,
    /// Who made it.
    pub made_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worthless.
    pub expires_at: Option<Timestamp>,
    /// When it last got a new secret.
    pub rotated_at: Option<Timestamp>,
    /// When it was last used, as of the last time uses were written.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// What it allows, revoked or not.
    pub fn rights(&self) -> Rights {
        let rights = Rights::of(self.role);
        match &self.scopes {
            Some(scopes) => rights.narrowed_to(scopes),
            None => rights,
        }
    }

    /// Whether it is too old at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// Whether it would work at `end` or later; nothing outlives what has no end.
    pub fn outlives(&self, end: Option<Timestamp>) -> bool {
        end.is_some_and(|end| self.expires_at.is_none_or(|own| own > end))
    }
}

/// A key as somebody showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedKey {
    /// The key.
    pub key: ApiKey,
    /// When the secret that was shown ends, if the key has got another since.
    pub replaced_from: Option<Timestamp>,
}

/// Uses of one key that are not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUses {
    /// Which key.
    pub id: ApiKeyId,
    /// How many on which days.
    pub days: BTreeMap<Day, u64>,
    /// When the last of them was.
    pub last_at: Timestamp,
    /// The IP address it came from, where there was one.
    pub last_address: Option<String>,
}

/// How a key was used, as far as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage {
    /// All uses.
    pub total: u64,
    /// Uses on the days asked for; days without any are left out.
    pub days: BTreeMap<Day, u64>,
    /// The IP address of the last use, where there was one.
    pub last_address: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn round_trips_and_never_prints_itself() {
        let key = ApiKeySecret::generate(&SystemRng);
        assert_eq!(key.reveal().parse(), Ok(key.clone()));
        assert!(!format!("{key:?}").contains(key.secret().reveal()));
    }

    #[test]
    fn refuses_what_is_no_key() {
        for text in ["", "cpk_", "cpk__", "sk-123", "cpk_00000000_short", "cpk_000_00000000000000000000000000"] {
            assert_eq!(text.parse::<ApiKeySecret>(), Err(ApiKeyError), "{text}");
        }
    }
}
