//! The activity log: append-only, each entry carrying the hash of the one before it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::id::{ApiKeyId, DeviceId, MemberId, PairingId};

/// A text is no actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is nobody who can act here.")]
pub struct ActorError;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at this computer.
    Owner,
    /// A holder of an API key.
    ApiKey(ApiKeyId),
    /// A member who has signed in.
    Member(MemberId),
    /// Somebody at the server's own command line.
    Operator,
    /// The platform itself, by one of its rules.
    Platform,
    /// A device, or something that tried to become one.
    Device,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::ApiKey(id) => write!(f, "{id}"),
            Self::Member(id) => write!(f, "{id}"),
            Self::Operator => f.write_str("operator"),
            Self::Platform => f.write_str("platform"),
            Self::Device => f.write_str("device"),
        }
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        match text {
            "owner" => Ok(Self::Owner),
            "operator" => Ok(Self::Operator),
            "platform" => Ok(Self::Platform),
            "device" => Ok(Self::Device),
            id => {
                let key = id.parse().map(Self::ApiKey);
                key.or_else(|_| id.parse().map(Self::Member)).map_err(|_| ActorError)
            }
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A code was made.
    PairingOpened(PairingId),
    /// A code was taken back.
    PairingCancelled(PairingId),
    /// A device has claimed a pairing, and a person is asked.
    RequestMade(PairingId),
    /// A person has let that device in.
    RequestApproved(PairingId),
    /// A person has not.
    RequestDenied(PairingId),
    /// A device joined.
    PairingCompleted(PairingId, DeviceId),
    /// A claim with a spent, expired or cancelled secret, or a wrong code charged to this pairing.
    ClaimRefused(PairingId),
    /// A device got another name, type or tags.
    DeviceEdited(DeviceId),
    /// What a device may do was changed.
    DevicePermissionsChanged(DeviceId),
    /// A device was shut out for a while.
    DeviceDisabled(DeviceId),
    /// A device was let in again.
    DeviceEnabled(DeviceId),
    /// A device was revoked.
    DeviceRevoked(DeviceId),
    /// A refresh token came back after its successor was used, so somebody has a copy; the device's tokens are revoked.
    RefreshTokenReused(DeviceId),
    /// A device's tokens were revoked, and the device was not.
    TokensRevoked(DeviceId),
    /// An API key was made.
    ApiKeyCreated(ApiKeyId),
    /// An API key got a new secret.
    ApiKeyRotated(ApiKeyId),
    /// An API key was revoked.
    ApiKeyRevoked(ApiKeyId),
}

impl Action {
    /// The stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::PairingOpened(_) => "pairing_opened",
            Self::PairingCancelled(_) => "pairing_cancelled",
            Self::RequestMade(_) => "request_made",
            Self::RequestApproved(_) => "request_approved",
            Self::RequestDenied(_) => "request_denied",
            Self::PairingCompleted(..) => "pairing_completed",
            Self::ClaimRefused(_) => "claim_refused",
            Self::DeviceEdited(_) => "device_edited",
            Self::DevicePermissionsChanged(_) => "device_permissions_changed",
            Self::DeviceDisabled(_) => "device_disabled",
            Self::DeviceEnabled(_) => "device_enabled",
            Self::DeviceRevoked(_) => "device_revoked",
            Self::RefreshTokenReused(_) => "refresh_token_reused",
            Self::TokensRevoked(_) => "tokens_revoked",
            Self::ApiKeyCreated(_) => "api_key_created",
            Self::ApiKeyRotated(_) => "api_key_rotated",
            Self::ApiKeyRevoked(_) => "api_key_revoked",
        }
    }

    /// The thing it happened to.
    pub fn subject(&self) -> String {
        match self {
            Self::PairingOpened(id)
            | Self::PairingCancelled(id)
            | Self::ClaimRefused(id)
            | Self::RequestMade(id)
            | Self::RequestApproved(id)
            | Self::RequestDenied(id) => id.to_string(),
            Self::PairingCompleted(id, device) => format!("{id} {device}"),
            Self::DeviceEdited(id)
            | Self::DevicePermissionsChanged(id)
            | Self::DeviceDisabled(id)
            | Self::DeviceEnabled(id)
            | Self::DeviceRevoked(id)
            | Self::RefreshTokenReused(id)
            | Self::TokensRevoked(id) => id.to_string(),
            Self::ApiKeyCreated(id) | Self::ApiKeyRotated(id) | Self::ApiKeyRevoked(id) => id.to_string(),
        }
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts from 1 without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as text.
    pub actor: String,
    /// What, as its stable word.
    pub action: String,
    /// To what.
    pub subject: String,
    /// SHA-256 over the previous entry's hash and this entry's fields.
    pub hash: [u8; 32],
}

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// The hash of an entry after `previous`.
pub fn entry_hash(previous: &[u8; 32], number: i64, at: Timestamp, actor: &str, action: &str, subject: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(number.to_be_bytes());
    hash.update(at.as_millis().to_be_bytes());
    for text in [actor, action, subject] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

/// The number of the first entry that is missing, changed or out of place.
pub fn first_fault(entries: &[Entry]) -> Option<i64> {
    let mut previous = GENESIS;
    for (entry, number) in entries.iter().zip(1..) {
        let expected = entry_hash(&previous, number, entry.at, &entry.actor, &entry.action, &entry.subject);
        if entry.number != number || entry.hash != expected {
            return Some(number);
        }
        previous = entry.hash;
    }
    None
}
