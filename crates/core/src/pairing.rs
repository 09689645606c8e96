//! The life of a pairing: open until it is completed, cancelled or too old.

use crate::claim::ClaimSecret;
use crate::clock::Timestamp;
use crate::id::{DeviceId, PairingId};
use crate::permission::Permissions;
use crate::text::{DeviceType, Name};

/// Wrong codes with a pairing's locator after which typing its code is switched off. Its link lives on.
pub const MAX_WRONG_GUESSES: u8 = 5;
/// How long a claim may be repeated by the key that won, so that a lost answer costs no device.
pub const REPEAT_MINUTES: u32 = 10;

/// The longest life of a code.
pub const MAX_MINUTES: u32 = 1_440;

/// How long a code may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(u32);

impl Lifetime {
    /// What forms offer, in minutes, the default first.
    pub const OFFERED_MINUTES: [u32; 6] = [10, 15, 30, 45, 60, MAX_MINUTES];

    /// In minutes.
    pub const fn minutes(self) -> u32 {
        self.0
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self(Self::OFFERED_MINUTES[0])
    }
}

/// A lifetime out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A code can live between 1 minute and 24 hours (1440 minutes), not {minutes} minutes.")]
pub struct LifetimeError {
    minutes: u32,
}

impl TryFrom<u32> for Lifetime {
    type Error = LifetimeError;
    fn try_from(minutes: u32) -> Result<Self, LifetimeError> {
        if (1..=MAX_MINUTES).contains(&minutes) { Ok(Self(minutes)) } else { Err(LifetimeError { minutes }) }
    }
}

/// What has been recorded of a pairing's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingState {
    /// Nothing yet.
    Open,
    /// A device has joined.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// A person took it back.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// How a pairing stands at a moment: its state, and expiry, which is computed and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingStatus {
    /// A device may claim it.
    Open,
    /// A device has joined.
    Completed,
    /// Taken back.
    Cancelled,
    /// Too old.
    Expired,
}

/// One pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Its name.
    pub id: PairingId,
    /// The device that will exist, or does.
    pub device_id: DeviceId,
    /// What the device will be called.
    pub name: Name,
    /// What kind of device is expected.
    pub device_type: DeviceType,
    /// What the device will be allowed.
    pub permissions: Permissions,
    /// When the code was made.
    pub created_at: Timestamp,
    /// From when on it is worthless.
    pub expires_at: Timestamp,
    /// What has happened to it.
    pub state: PairingState,
    /// Wrong codes charged to its locator.
    pub wrong_guesses: u8,
}

/// Why a pairing cannot be claimed or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransition {
    /// Too old.
    #[error("the code has expired")]
    Expired,
    /// A device joined with it.
    #[error("the code has been used")]
    Used,
    /// Taken back.
    #[error("the code was cancelled")]
    Cancelled,
    /// Typing is switched off after too many wrong guesses.
    #[error("typing this code is switched off after {MAX_WRONG_GUESSES} wrong guesses")]
    EntryBurnt,
}

impl Pairing {
    /// How it stands at `now`.
    pub fn status(&self, now: Timestamp) -> PairingStatus {
        match self.state {
            PairingState::Completed { .. } => PairingStatus::Completed,
            PairingState::Cancelled { .. } => PairingStatus::Cancelled,
            PairingState::Open if now >= self.expires_at => PairingStatus::Expired,
            PairingState::Open => PairingStatus::Open,
        }
    }

    /// Whether too many wrong codes were tried for it to be typed any more.
    pub const fn typed_entry_burnt(&self) -> bool {
        self.wrong_guesses >= MAX_WRONG_GUESSES
    }

    fn ensure_open(&self, now: Timestamp) -> Result<(), InvalidTransition> {
        match self.status(now) {
            PairingStatus::Open => Ok(()),
            PairingStatus::Completed => Err(InvalidTransition::Used),
            PairingStatus::Cancelled => Err(InvalidTransition::Cancelled),
            PairingStatus::Expired => Err(InvalidTransition::Expired),
        }
    }

    /// A device claims it with one of its secrets.
    ///
    /// # Errors
    /// When it is no longer open, or typing its code is switched off.
    pub fn complete(mut self, secret: &ClaimSecret, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.ensure_open(at)?;
        if matches!(secret, ClaimSecret::Code(_)) && self.typed_entry_burnt() {
            return Err(InvalidTransition::EntryBurnt);
        }
        self.state = PairingState::Completed { at };
        Ok(self)
    }

    /// A person takes it back.
    ///
    /// # Errors
    /// When it is no longer open.
    pub fn cancel(mut self, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.ensure_open(at)?;
        self.state = PairingState::Cancelled { at };
        Ok(self)
    }
}
