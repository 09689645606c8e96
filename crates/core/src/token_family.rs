//! The life of a device's tokens: one family per device, a new generation with every refresh (RFC 9700 §4.14).
//!
//! A generation is *confirmed* once one of its tokens has been used, which proves that the device has them. Until then the
//! generation before it still works, because the answer that brought the new one may have been lost. Afterwards an older
//! refresh token can only be a copy, and showing it ends the whole family.

use crate::clock::Timestamp;

/// How long an access token works, in minutes. A device whose tokens leak is as long at risk, and a refresh is one commit.
pub const ACCESS_MINUTES: u32 = 15;
/// How long a device may be silent and still come back by its refresh token, in days.
pub const REFRESH_DAYS: u32 = 180;

/// Whether a family's tokens are good at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyState {
    /// They are.
    Active,
    /// None of them, ever again.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// The tokens of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFamily {
    /// The newest pair that was given out.
    pub generation: u32,
    /// The newest pair that was used.
    pub confirmed: u32,
    /// From when on the newest access token is too old.
    pub access_expires_at: Timestamp,
    /// The same of the access token before it.
    pub previous_expires_at: Timestamp,
    /// From when on the newest refresh token is too old.
    pub refresh_expires_at: Timestamp,
    /// Whether all this counts.
    pub state: FamilyState,
}

/// How an access token stands that this platform made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It works.
    Good {
        /// Whether its use is news: it confirms its generation.
        confirms: bool,
        /// Until when.
        expires_at: Timestamp,
    },
    /// Too old, or a newer one has been used. The refresh token gets the next.
    Expired,
    /// Its family was revoked.
    Revoked,
}

/// Why a refresh token gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRefreshed {
    /// Its successor has been used already: somebody has a copy.
    Reused,
    /// The device was silent for too long.
    Expired,
    /// Its family was revoked.
    Revoked,
}

impl TokenFamily {
    /// The first pair, for a device that joins.
    pub const fn begin(at: Timestamp) -> Self {
        Self {
            generation: 0,
            confirmed: 0,
            access_expires_at: at.plus_minutes(ACCESS_MINUTES),
            previous_expires_at: at,
            refresh_expires_at: at.plus_minutes(REFRESH_DAYS * 24 * 60),
            state: FamilyState::Active,
        }
    }

    /// Whether it is still as it began: good, and never refreshed.
    pub fn is_first(&self) -> bool {
        self.generation == 0 && self.state == FamilyState::Active
    }

    /// How the access token of a generation stands.
    pub fn standing(&self, generation: u32, at: Timestamp) -> Standing {
        if self.state != FamilyState::Active {
            return Standing::Revoked;
        }
        let unconfirmed = self.confirmed < self.generation;
        let expires_at = if generation == self.generation {
            self.access_expires_at
        } else if unconfirmed && generation.checked_add(1) == Some(self.generation) {
            self.previous_expires_at
        } else {
            return Standing::Expired;
        };
        if at >= expires_at {
            return Standing::Expired;
        }
        Standing::Good { confirms: unconfirmed && generation == self.generation, expires_at }
    }

    /// The family after the refresh token of a generation was shown. The one before the newest gets the newest once more
    /// while that is unconfirmed. A generation that is newer than the newest comes from a time that a restored backup has
    /// forgotten; its MAC says that we gave it out.
    ///
    /// # Errors
    /// Why there is no newer pair for it.
    pub fn refresh(self, generation: u32, at: Timestamp) -> Result<Self, NotRefreshed> {
        if self.state != FamilyState::Active {
            return Err(NotRefreshed::Revoked);
        }
        let repeats = self.confirmed < self.generation && generation.checked_add(1) == Some(self.generation);
        if generation < self.generation && !repeats {
            return Err(NotRefreshed::Reused);
        }
        if at >= self.refresh_expires_at {
            return Err(NotRefreshed::Expired);
        }
        let next = generation.checked_add(1).ok_or(NotRefreshed::Expired)?;
        Ok(Self {
            generation: next,
            confirmed: self.confirmed.max(generation),
            previous_expires_at: if repeats { self.previous_expires_at } else { self.access_expires_at },
            ..Self::begin(at)
        })
    }

    /// The first pair for another key. Those before it fit the old key alone, so there is nothing to confirm. None once
    /// nothing works any more.
    #[must_use]
    pub fn rekey(self, at: Timestamp) -> Option<Self> {
        let generation = self.generation.checked_add(1).filter(|_| self.state == FamilyState::Active)?;
        Some(Self { generation, confirmed: generation, ..Self::begin(at) })
    }

    /// After an access token of the newest generation was used.
    #[must_use]
    pub fn confirm(self) -> Self {
        Self { confirmed: self.generation, ..self }
    }

    /// Ends it. What has ended stays as it was.
    #[must_use]
    pub fn revoke(self, at: Timestamp) -> Self {
        match self.state {
            FamilyState::Active => Self { state: FamilyState::Revoked { at }, ..self },
            FamilyState::Revoked { .. } => self,
        }
    }
}

#[cfg(test)]
#[path = "token_family_tests.rs"]
mod tests;
