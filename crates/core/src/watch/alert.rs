use super::{RuleId, Severity};
use crate::clock::Timestamp;
use crate::id::{AlertId, DeviceId};
use crate::text::Reason;

/// Hits of one rule about one subject that come within so many minutes of the last one are one alert.
pub const SAME_ALERT_MINUTES: u32 = 60;

/// Whether somebody has looked at an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Nobody has.
    Open,
    /// Somebody has.
    Acknowledged {
        /// Who, as the activity log names it.
        by: String,
        /// When.
        at: Timestamp,
        /// What was found, if somebody said.
        note: Option<Reason>,
    },
}

/// A rule was hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Which rule.
    pub rule: RuleId,
    /// How bad that is.
    pub severity: Severity,
    /// What it is about: an id, an address, or nothing.
    pub subject: String,
    /// Who did it, as the activity log names it, if that is known.
    pub actor: Option<String>,
    /// The address it was done from last.
    pub address: Option<String>,
    /// Why, in a sentence.
    pub sentence: String,
    /// How often the rule was hit.
    pub count: u32,
    /// When it was first.
    pub first_at: Timestamp,
    /// When it was last.
    pub last_at: Timestamp,
    /// The device that was disabled because of it.
    pub quarantined: Option<DeviceId>,
    /// Whether somebody has looked.
    pub state: AlertState,
}
