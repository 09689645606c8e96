//! Asking first: a device has claimed a pairing, and a person decides whether it joins.
//!
//! A decision is about one key and one set of permissions, those the person has seen; never about whatever is there when the
//! decision arrives.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::claim::Description;
use crate::clock::Timestamp;
use crate::id::PairingId;
use crate::key::{DeviceKey, RawKey};
use crate::pairing::{Pairing, PairingState, PairingStatus};
use crate::permission::Permissions;
use crate::pin::ServerPin;
use crate::text::Reason;

const CONTEXT: &[u8] = b"clawpair-compare-v1\0";
/// Most other keys that are told apart; after that the count says "at least".
pub const MAX_OTHER_KEYS: usize = 8;
/// How soon a waiting device should ask again.
pub const ASK_AGAIN_SECONDS: u32 = 2;

/// Six digits that the device and the platform show alike, so that a person sees that they speak of the same device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison(u32);

impl Comparison {
    /// The first eight bytes of SHA-256 over a context, the platform's pin, the device's key and the pairing's id, as a
    /// big-endian number modulo a million. `docs/DEVICE-PROTOCOL.md` has a vector.
    pub fn of(pin: ServerPin, key: &DeviceKey, pairing: PairingId) -> Self {
        let hash = Sha256::new()
            .chain_update(CONTEXT)
            .chain_update(pin.as_bytes())
            .chain_update(key.as_bytes())
            .chain_update(pairing.as_bytes())
            .finalize();
        let number = hash[..8].iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        Self(u32::try_from(number % 1_000_000).unwrap_or_default())
    }
}

/// In two groups: `012 345`.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03}", self.0 / 1_000, self.0 % 1_000)
    }
}

/// The device that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The key it proved to hold.
    pub key: DeviceKey,
    /// What it says of itself, fit for showing.
    pub description: Description,
    /// The IP address it came from.
    pub address: String,
    /// When it came.
    pub at: Timestamp,
    /// How many other keys have shown a secret of the same pairing since; [`MAX_OTHER_KEYS`] stands for more, too.
    pub other_keys: usize,
}

/// A pairing that asks, or has asked, a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The pairing, whose id is the request's.
    pub pairing: Pairing,
    /// Who asks.
    pub asking: Asking,
    /// Why it was denied, in the words of who did it.
    pub reason: Option<Reason>,
}

/// What a person has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The device joins.
    Approve(Seen),
    /// It does not.
    Deny(Option<Reason>),
}

/// What stood on the screen of whoever approves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The device's key.
    pub key: RawKey,
    /// What it would be allowed.
    pub permissions: Permissions,
}

/// Why a decision does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecision {
    /// Key or permissions are not those that were seen.
    #[error("This changed while you looked: another key or other permissions than those you approved.")]
    Changed,
    /// Too late.
    #[error("This request waited too long and has expired.")]
    Expired,
    /// Somebody has decided otherwise, or the code was taken back.
    #[error("This request has been decided already.")]
    Decided,
}

/// Whether a decision changes anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It was made now.
    Now(Request),
    /// The same was decided before; nothing changes.
    Before(Request),
}

impl Request {
    /// How it stands at `now`. Never open.
    pub fn status(&self, now: Timestamp) -> PairingStatus {
        self.pairing.status(now)
    }

    /// A person decides.
    ///
    /// # Errors
    /// When the request is not as it was seen, too old, or decided otherwise.
    pub fn decide(self, decision: &Decision, at: Timestamp) -> Result<Decided, InvalidDecision> {
        match decision {
            Decision::Approve(seen) => self.approve(seen, at),
            Decision::Deny(reason) => self.deny(reason.clone(), at),
        }
    }

    fn approve(mut self, seen: &Seen, at: Timestamp) -> Result<Decided, InvalidDecision> {
        if seen.key != *self.asking.key.as_bytes() || seen.permissions != self.pairing.permissions {
            return Err(InvalidDecision::Changed);
        }
        match self.pairing.status(at) {
            PairingStatus::Approved | PairingStatus::Completed => Ok(Decided::Before(self)),
            PairingStatus::Waiting => {
                self.pairing.state = PairingState::Approved { by: seen.key, at };
                Ok(Decided::Now(self))
            }
            PairingStatus::Expired | PairingStatus::Open => Err(InvalidDecision::Expired),
            PairingStatus::Denied | PairingStatus::Cancelled => Err(InvalidDecision::Decided),
        }
    }

    fn deny(mut self, reason: Option<Reason>, at: Timestamp) -> Result<Decided, InvalidDecision> {
        match self.pairing.status(at) {
            PairingStatus::Denied => Ok(Decided::Before(self)),
            PairingStatus::Waiting => {
                self.pairing.state = PairingState::Denied { by: *self.asking.key.as_bytes(), at };
                self.reason = reason;
                Ok(Decided::Now(self))
            }
            PairingStatus::Expired | PairingStatus::Open => Err(InvalidDecision::Expired),
            PairingStatus::Approved | PairingStatus::Completed | PairingStatus::Cancelled => Err(InvalidDecision::Decided),
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
