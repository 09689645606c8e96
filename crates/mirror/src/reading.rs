//! When a platform was asked, in an order that no clock can turn round.

use clawpair_core::Timestamp;

/// One asking of a platform. It stands before everything that was answered after it began, in whichever program, so what it brings
/// cannot confirm that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    tick: i64,
    at: Timestamp,
    asked: bool,
}

impl Reading {
    pub(crate) const fn new(tick: i64, at: Timestamp) -> Self {
        Self { tick, at, asked: true }
    }

    /// The same for what came without being asked for, or was perhaps asked for earlier: it comes after what was heard before, and neither
    /// confirms nor contradicts anything that was acknowledged.
    #[must_use]
    pub const fn unasked(self) -> Self {
        Self { asked: false, ..self }
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
