//! How far something is on its way to a platform.

use clawpair_core::Timestamp;

use crate::intent::Conflict;

/// How something that was asked for stands. Every change consumes the state before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It waits.
    Queued {
        /// For how long.
        wait: Wait,
    },
    /// It is on its way, or its answer was lost.
    Sent {
        /// Since when.
        at: Timestamp,
    },
    /// The platform says that it was done.
    Acknowledged {
        /// Since when.
        at: Timestamp,
        /// The readings that had begun by then cannot confirm it.
        tick: i64,
    },
    /// What the platform lists since shows it.
    Verified {
        /// Since when.
        at: Timestamp,
    },
    /// It was not done, or is not to be seen, and a person has to choose.
    Failed {
        /// Since when.
        at: Timestamp,
        /// Why.
        conflict: Conflict,
    },
    /// It was not sent in time.
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// A person has taken it back, or left it as it is.
    Withdrawn {
        /// Since when.
        at: Timestamp,
    },
    /// Something that was asked for later stands in its place.
    Overtaken {
        /// Since when.
        at: Timestamp,
    },
    /// Its platform was removed, so nobody will ever know more.
    Abandoned {
        /// Since when.
        at: Timestamp,
    },
}

/// How long something waits, by a clock that may be set meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When it began.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

impl Wait {
    /// None at all.
    pub const fn none(now: Timestamp) -> Self {
        Self { since: now, until: now }
    }

    /// Whether it has ended. Where the clock shows a time before its beginning, it was set back, and nobody knows how long it still is.
    pub fn is_over(self, now: Timestamp) -> bool {
        now >= self.until || now < self.since
    }
}

/// A change that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This cannot be done any more: what you see has changed. Load it again.")]
pub struct InvalidStep;

type Step = Result<Delivery, InvalidStep>;

impl Delivery {
    /// It goes out.
    ///
    /// # Errors
    /// Unless it is queued and due.
    pub fn sent(self, now: Timestamp) -> Step {
        match self {
            Self::Queued { wait } if wait.is_over(now) => Ok(Self::Sent { at: now }),
            _ => Err(InvalidStep),
        }
    }

    /// It goes out again later: it was put off, or nobody knows whether it arrived.
    ///
    /// # Errors
    /// Unless it is on its way.
    pub fn again(self, wait: Wait) -> Step {
        if matches!(self, Self::Sent { .. }) { Ok(Self::Queued { wait }) } else { Err(InvalidStep) }
    }

    /// The platform says that it was done. That counts however long the answer took and whatever was thought meanwhile.
    ///
    /// # Errors
    /// When that was known, or nobody wants it any more.
    pub fn acknowledged(self, at: Timestamp, tick: i64) -> Step {
        match self {
            Self::Queued { .. } | Self::Sent { .. } | Self::Failed { .. } | Self::Expired { .. } => {
                Ok(Self::Acknowledged { at, tick })
            }
            Self::Acknowledged { .. }
            | Self::Verified { .. }
            | Self::Withdrawn { .. }
            | Self::Overtaken { .. }
            | Self::Abandoned { .. } => Err(InvalidStep),
        }
    }

    /// A reading shows it.
    ///
    /// # Errors
    /// Unless it was acknowledged before that reading began.
    pub fn verified(self, at: Timestamp, reading: i64) -> Step {
        match self {
            Self::Acknowledged { tick, .. } if tick < reading => Ok(Self::Verified { at }),
            _ => Err(InvalidStep),
        }
    }

    /// It was refused, or a reading does not show it.
    ///
    /// # Errors
    /// Unless it is on its way or acknowledged.
    pub fn failed(self, at: Timestamp, conflict: Conflict) -> Step {
        match self {
            Self::Sent { .. } | Self::Acknowledged { .. } => Ok(Self::Failed { at, conflict }),
            _ => Err(InvalidStep),
        }
    }

    /// Its thing is over by other means: there is nothing left to do.
    ///
    /// # Errors
    /// Unless it failed otherwise.
    pub fn gone(self, at: Timestamp) -> Step {
        match self {
            Self::Failed { conflict, .. } if conflict != Conflict::Gone => Ok(Self::Failed { at, conflict: Conflict::Gone }),
            _ => Err(InvalidStep),
        }
    }

    /// Its time is up before it was ever sent.
    ///
    /// # Errors
    /// When it may have arrived.
    pub fn expired(self, at: Timestamp, attempts: u32) -> Step {
        if matches!(self, Self::Queued { .. }) && attempts == 0 { Ok(Self::Expired { at }) } else { Err(InvalidStep) }
    }

    /// A person takes it back before it was ever sent, or has decided about a conflict.
    ///
    /// # Errors
    /// When it may have arrived.
    pub fn withdrawn(self, at: Timestamp, attempts: u32) -> Step {
        match self {
            Self::Queued { .. } if attempts == 0 => Ok(Self::Withdrawn { at }),
            Self::Failed { .. } => Ok(Self::Withdrawn { at }),
            _ => Err(InvalidStep),
        }
    }

    /// Something that was asked for later stands in its place, whether or not it was done.
    ///
    /// # Errors
    /// When it is over.
    pub fn overtaken(self, at: Timestamp) -> Step {
        match self {
            Self::Queued { .. } | Self::Sent { .. } | Self::Acknowledged { .. } => Ok(Self::Overtaken { at }),
            _ => Err(InvalidStep),
        }
    }

    /// What has taken its place is not wanted any more, so it waits again.
    ///
    /// # Errors
    /// Unless something stands in its place.
    pub fn brought_back(self, now: Timestamp) -> Step {
        if matches!(self, Self::Overtaken { .. }) { Ok(Self::Queued { wait: Wait::none(now) }) } else { Err(InvalidStep) }
    }

    /// Its platform was removed, so nobody will ever know more.
    ///
    /// # Errors
    /// When it is over.
    pub fn abandoned(self, at: Timestamp) -> Step {
        match self {
            Self::Queued { .. } | Self::Sent { .. } | Self::Acknowledged { .. } | Self::Failed { .. } => Ok(Self::Abandoned { at }),
            _ => Err(InvalidStep),
        }
    }

    /// Whether it still has to go out, or may be on its way.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Sent { .. })
    }

    /// Whether nothing becomes of it any more, by itself or by a person's choice.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Verified { .. } | Self::Expired { .. } | Self::Withdrawn { .. } | Self::Overtaken { .. } | Self::Abandoned { .. }
        )
    }

    /// Whether it is on its way.
    pub(crate) const fn is_sent(&self) -> bool {
        matches!(self, Self::Sent { .. })
    }

    pub(crate) const fn number(&self) -> i64 {
        match self {
            Self::Queued { .. } => 0,
            Self::Sent { .. } => 1,
            Self::Acknowledged { .. } => 2,
            Self::Verified { .. } => 3,
            Self::Failed { .. } => 4,
            Self::Expired { .. } => 5,
            Self::Withdrawn { .. } => 6,
            Self::Overtaken { .. } => 7,
            Self::Abandoned { .. } => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_reading_confirms_only_what_was_acknowledged_before_it_began() {
        let acknowledged = Delivery::Acknowledged { at: at(1), tick: 5 };
        assert_eq!(acknowledged.clone().verified(at(2), 5), Err(InvalidStep));
        assert_eq!(acknowledged.verified(at(2), 6), Ok(Delivery::Verified { at: at(2) }));
        assert_eq!(Delivery::Sent { at: at(1) }.verified(at(2), 6), Err(InvalidStep));
    }

    #[test]
    fn what_may_have_arrived_cannot_be_taken_back() {
        let queued = Delivery::Queued { wait: Wait::none(at(0)) };
        assert_eq!(queued.clone().withdrawn(at(1), 0), Ok(Delivery::Withdrawn { at: at(1) }));
        assert_eq!(queued.clone().withdrawn(at(1), 1), Err(InvalidStep));
        assert_eq!(queued.clone().expired(at(1), 0), Ok(Delivery::Expired { at: at(1) }));
        assert_eq!(queued.expired(at(1), 1), Err(InvalidStep));
        assert_eq!(Delivery::Sent { at: at(0) }.withdrawn(at(1), 1), Err(InvalidStep));
    }

    #[test]
    fn an_acknowledgement_counts_whatever_was_thought_meanwhile() {
        for thought in [Delivery::Expired { at: at(1) }, Delivery::Failed { at: at(1), conflict: Conflict::Gone }] {
            assert!(matches!(thought.acknowledged(at(2), 7), Ok(Delivery::Acknowledged { .. })));
        }
        assert_eq!(Delivery::Verified { at: at(1) }.acknowledged(at(2), 7), Err(InvalidStep));
    }

    #[test]
    fn what_is_not_due_does_not_go_out() {
        let queued = Delivery::Queued { wait: Wait { since: at(5), until: at(9) } };
        assert_eq!(queued.clone().sent(at(8)), Err(InvalidStep));
        assert_eq!(queued.sent(at(9)), Ok(Delivery::Sent { at: at(9) }));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_a_wait() {
        let queued = Delivery::Queued { wait: Wait { since: at(5), until: at(9) } };
        assert_eq!(queued.sent(at(4)), Ok(Delivery::Sent { at: at(4) }));
    }
}
