//! When a platform was asked, in an order that no clock can turn round.

use clawpair_core::Timestamp;

/// One asking of a platform. It stands before everything that was answered after it began, in whichever program, so what it brings
/// cannot confirm that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    tick: i64,
    at: Timestamp,
    asked: bool,
    as_of: Timestamp,
    ahead_millis: Option<i64>,
}

impl Reading {
    pub(crate) const fn new(tick: i64, at: Timestamp) -> Self {
        Self { tick, at, asked: true, as_of: at, ahead_millis: None }
    }

    /// The same for what came without being asked for, or was perhaps asked for earlier: it comes after what was heard before, and neither
    /// confirms nor contradicts anything that was acknowledged.
    #[must_use]
    pub const fn unasked(self) -> Self {
        Self { asked: false, ..self }
    }

    /// The same with how far the platform's clock was seen to be ahead of this computer's, if it was.
    #[must_use]
    pub const fn with_clock_ahead(self, millis: Option<i64>) -> Self {
        Self { ahead_millis: millis, ..self }
    }

    /// The same for what shows the platform as of this moment of this computer's clock: it had been asked for then.
    #[must_use]
    pub const fn with_as_of(self, as_of: Timestamp) -> Self {
        Self { as_of, ..self }
    }

    /// As of when it shows the platform.
    pub const fn as_of(self) -> Timestamp {
        self.as_of
    }

    /// How far the platform's clock was seen to be ahead of this computer's.
    pub const fn ahead_millis(self) -> Option<i64> {
        self.ahead_millis
    }

    /// Whether it may confirm something.
    pub(crate) const fn is_asked(self) -> bool {
        self.asked
    }

    /// When the platform was asked, by this computer's clock.
    pub const fn at(self) -> Timestamp {
        self.at
    }

    pub(crate) const fn tick(self) -> i64 {
        self.tick
    }
}
