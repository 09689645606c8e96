//! How long what is over is kept.

use std::fmt;

use crate::clock::Timestamp;

/// Longest time that can be set, in days: ten years. Longer is for ever.
pub const MAX_DAYS: u16 = 3_650;

/// A kind of thing that is removed some time after it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Entries of the activity log.
    Activity,
    /// Pairings of which nothing more can come. The devices that joined stay.
    Pairings,
    /// Alerts that somebody has acknowledged. Open ones stay.
    Alerts,
    /// Sessions and invitations that are over.
    SignIns,
}

impl Kept {
    /// All.
    pub const ALL: [Self; 4] = [Self::Activity, Self::Pairings, Self::Alerts, Self::SignIns];

    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Pairings => "pairings",
            Self::Alerts => "alerts",
            Self::SignIns => "sign_ins",
        }
    }
}

/// How long: so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u16);

/// A number of days out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Things are kept 1 to {MAX_DAYS} days, not {days}; null keeps them for ever.")]
pub struct DaysError {
    days: u32,
}

impl TryFrom<u32> for Days {
    type Error = DaysError;

    fn try_from(days: u32) -> Result<Self, DaysError> {
        let short = u16::try_from(days).ok().filter(|short| (1..=MAX_DAYS).contains(short));
        short.map(Self).ok_or(DaysError { days })
    }
}

impl Days {
    /// How many.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// How long each kind is kept after it is over; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Entries of the activity log.
    pub activity: Option<Days>,
    /// Pairings.
    pub pairings: Option<Days>,
    /// Acknowledged alerts.
    pub alerts: Option<Days>,
    /// Sessions and invitations.
    pub sign_ins: Option<Days>,
}

/// A year of activity, so that whoever audits once a year finds all of it and last year's season can be compared; alerts while somebody
/// may ask about the last quarter; the rest for a month, because the log says everything that matters of it.
impl Default for Retention {
    fn default() -> Self {
        Self { activity: Some(Days(365)), pairings: Some(Days(30)), alerts: Some(Days(90)), sign_ins: Some(Days(30)) }
    }
}

impl Retention {
    /// How long one kind is kept.
    pub const fn of(&self, kind: Kept) -> Option<Days> {
        match kind {
            Kept::Activity => self.activity,
            Kept::Pairings => self.pairings,
            Kept::Alerts => self.alerts,
            Kept::SignIns => self.sign_ins,
        }
    }

    /// What was over before this moment is not kept any more at `now`.
    pub fn before(&self, kind: Kept, now: Timestamp) -> Option<Timestamp> {
        self.of(kind).map(|days| now.plus_seconds(-86_400 * i64::from(days.number())))
    }
}

/// As the activity log writes it.
impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, kind) in Kept::ALL.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match self.of(kind) {
                Some(days) => write!(f, "{comma}{}: {} days", kind.word(), days.number())?,
                None => write!(f, "{comma}{}: for ever", kind.word())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_bounds_and_for_ever_is_none() {
        for days in [0, 3_651, u32::MAX] {
            assert_eq!(Days::try_from(days), Err(DaysError { days }));
        }
        let retention = Retention { activity: None, pairings: Days::try_from(1).ok(), ..Retention::default() };
        let now = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(retention.before(Kept::Activity, now), None);
        assert_eq!(retention.before(Kept::Pairings, now), Some(now.plus_minutes(0).plus_seconds(-86_400)));
        assert_eq!(retention.to_string(), "activity: for ever, pairings: 1 days, alerts: 90 days, sign_ins: 30 days");
    }
}
