//! The life of a pairing: open until it is completed, cancelled or too old; where a person wants to be asked, it waits for
//! that person once a device has claimed it.

use crate::claim::ClaimSecret;
use crate::clock::Timestamp;
use crate::id::{DeviceId, PairingId};
use crate::key::RawKey;
use crate::permission::Permissions;
use crate::text::{DeviceType, Name};

/// Wrong codes with a pairing's locator after which typing its code is switched off. Its link lives on.
pub const MAX_WRONG_GUESSES: u8 = 5;
/// Codes that may be typed at one time: so many times [`MAX_WRONG_GUESSES`] guesses at 40 bits succeed with a chance below
/// one in 2³², whoever guesses from wherever. Codes beyond are not for typing.
pub const MAX_TYPED_CODES: u32 = 256 / MAX_WRONG_GUESSES as u32;
/// How long a claim may be repeated by the key that won, so that a lost answer costs no device.
pub const REPEAT_MINUTES: u32 = 10;
/// How long a claim waits for a person, and afterwards how long the device may take to fetch what the person has said.
pub const DECISION_MINUTES: u32 = 10;

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

/// What has been recorded of a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingState {
    /// Nothing yet.
    Open,
    /// A device has claimed it, and a person is asked.
    Waiting {
        /// The device's key.
        by: RawKey,
        /// Since when.
        since: Timestamp,
    },
    /// A person has let that device in; it has yet to come back and hear so.
    Approved {
        /// The device's key.
        by: RawKey,
        /// When.
        at: Timestamp,
    },
    /// A device has joined.
    Completed {
        /// Its key.
        by: RawKey,
        /// When.
        at: Timestamp,
    },
    /// A person has not let the device in.
    Denied {
        /// The device's key.
        by: RawKey,
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
    /// A device has claimed it, and a person is asked.
    Waiting,
    /// That device may join, and has yet to hear so.
    Approved,
    /// A device has joined.
    Completed,
    /// A person has not let the device in.
    Denied,
    /// Taken back.
    Cancelled,
    /// Too old: no device came in time, or no decision, or the device did not come back.
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
    /// Whether a person decides once a device has claimed it.
    pub ask_first: bool,
    /// What has happened to it.
    pub state: PairingState,
    /// Whether people may type its code, so that wrong guesses are charged to its locator. Otherwise programs that know the
    /// platform may still send all of it.
    pub typed: bool,
    /// Wrong codes charged to its locator.
    pub wrong_guesses: u8,
}

/// Why a pairing cannot be claimed or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransition {
    /// Too old.
    #[error("the code has expired")]
    Expired,
    /// Another device has claimed it, or joined with it.
    #[error("the code has been used")]
    Used,
    /// Taken back.
    #[error("the code was cancelled")]
    Cancelled,
    /// Typing is switched off after too many wrong guesses.
    #[error("typing this code is switched off after {MAX_WRONG_GUESSES} wrong guesses")]
    EntryBurnt,
    /// A person has not let this device in.
    #[error("the device was not let in")]
    Denied,
    /// Nobody decided in time, or the device came back too late.
    #[error("the request has expired")]
    Unanswered,
}

impl InvalidTransition {
    /// The stable word for it: the code of the refusal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expired => "code_expired",
            Self::Used => "code_used",
            Self::Cancelled => "code_cancelled",
            Self::EntryBurnt => "code_entry_burnt",
            Self::Denied => "pairing_denied",
            Self::Unanswered => "request_expired",
        }
    }
}

/// What a claim does to a pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A person is to be asked.
    Ask(Pairing),
    /// A person has been asked by the same key and has not decided.
    Wait(Pairing),
    /// The device joins.
    Join(Pairing),
    /// It has joined already and asks for the same answer.
    Repeat(Pairing),
}

impl Pairing {
    /// How it stands at `now`.
    pub fn status(&self, now: Timestamp) -> PairingStatus {
        match self.state {
            PairingState::Completed { .. } => PairingStatus::Completed,
            PairingState::Denied { .. } => PairingStatus::Denied,
            PairingState::Cancelled { .. } => PairingStatus::Cancelled,
            PairingState::Waiting { .. } if now < self.ends_at() => PairingStatus::Waiting,
            PairingState::Approved { .. } if now < self.ends_at() => PairingStatus::Approved,
            PairingState::Open if now < self.expires_at => PairingStatus::Open,
            PairingState::Open | PairingState::Waiting { .. } | PairingState::Approved { .. } => PairingStatus::Expired,
        }
    }

    /// From when on nothing more can come of its present state; for what has ended, when it ended.
    pub const fn ends_at(&self) -> Timestamp {
        match self.state {
            PairingState::Open => self.expires_at,
            PairingState::Waiting { since: at, .. } | PairingState::Approved { at, .. } => at.plus_minutes(DECISION_MINUTES),
            PairingState::Completed { at, .. } | PairingState::Denied { at, .. } | PairingState::Cancelled { at } => at,
        }
    }

    /// Whether too many wrong codes were tried for it to be typed any more.
    pub const fn typed_entry_burnt(&self) -> bool {
        self.wrong_guesses >= MAX_WRONG_GUESSES
    }

    /// The key that has claimed it.
    pub const fn claimed_by(&self) -> Option<RawKey> {
        match self.state {
            PairingState::Open | PairingState::Cancelled { .. } => None,
            PairingState::Waiting { by, .. }
            | PairingState::Approved { by, .. }
            | PairingState::Completed { by, .. }
            | PairingState::Denied { by, .. } => Some(by),
        }
    }

    /// A device shows one of its secrets, for the first time or again.
    ///
    /// # Errors
    /// When it is not open to this key any more, or typing its code is switched off.
    pub fn claim(mut self, secret: &ClaimSecret, key: RawKey, at: Timestamp) -> Result<Step, InvalidTransition> {
        let same = self.claimed_by() == Some(key);
        match self.state {
            PairingState::Cancelled { .. } => Err(InvalidTransition::Cancelled),
            PairingState::Open if at >= self.expires_at => Err(InvalidTransition::Expired),
            PairingState::Open if matches!(secret, ClaimSecret::Code(_)) && self.typed_entry_burnt() => {
                Err(InvalidTransition::EntryBurnt)
            }
            PairingState::Open if self.ask_first => {
                self.state = PairingState::Waiting { by: key, since: at };
                Ok(Step::Ask(self))
            }
            PairingState::Open => {
                self.state = PairingState::Completed { by: key, at };
                Ok(Step::Join(self))
            }
            PairingState::Completed { at: joined, .. } if same && at < joined.plus_minutes(REPEAT_MINUTES) => {
                Ok(Step::Repeat(self))
            }
            PairingState::Waiting { .. } | PairingState::Approved { .. } if same && at >= self.ends_at() => {
                Err(InvalidTransition::Unanswered)
            }
            PairingState::Waiting { .. } if same => Ok(Step::Wait(self)),
            PairingState::Approved { by, .. } if same => {
                self.state = PairingState::Completed { by, at };
                Ok(Step::Join(self))
            }
            PairingState::Denied { .. } if same => Err(InvalidTransition::Denied),
            PairingState::Waiting { .. }
            | PairingState::Approved { .. }
            | PairingState::Completed { .. }
            | PairingState::Denied { .. } => Err(InvalidTransition::Used),
        }
    }

    /// A person takes it back, also while a device waits.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cancel(mut self, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.status(at) {
            PairingStatus::Open | PairingStatus::Waiting | PairingStatus::Approved => {
                self.state = PairingState::Cancelled { at };
                Ok(self)
            }
            PairingStatus::Completed => Err(InvalidTransition::Used),
            PairingStatus::Denied => Err(InvalidTransition::Denied),
            PairingStatus::Cancelled => Err(InvalidTransition::Cancelled),
            PairingStatus::Expired => Err(InvalidTransition::Expired),
        }
    }
}
