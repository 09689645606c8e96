//! Watching for what should not happen: observations come in, rules judge them, hits become alerts.
//!
//! Rules are data: a switch, an action and numbers. What each looks at is code, free of I/O, so that every rule is a table of
//! tests.

mod alert;
mod history;
mod judge;
mod rule;

use std::net::IpAddr;

pub use alert::{Alert, AlertState, SAME_ALERT_MINUTES};
pub use history::History;
pub use judge::{Hit, Watcher};
pub use rule::{InvalidRule, Parameter, Rule, RuleAction, RuleError, RuleId, Rules, Severity};

use crate::activity::Actor;
use crate::id::{DeviceId, PairingId};

/// Something that was seen and may matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A claim was refused.
    ClaimFailed {
        /// The pairing whose secret it was, or that was charged for a wrong code.
        pairing: Option<PairingId>,
        /// Where it came from.
        address: Option<IpAddr>,
    },
    /// Somebody showed a credential that is unknown, revoked or expired.
    SignInFailed {
        /// Where it came from.
        address: Option<IpAddr>,
    },
    /// Somebody who manages the platform changed something.
    Managed {
        /// Who, and from where.
        by: Actor,
    },
    /// A device joined.
    DeviceJoined {
        /// Which.
        device: DeviceId,
        /// What its code was made for.
        expected_type: String,
        /// What it says it is; nothing when empty.
        said_type: String,
        /// Where it came from.
        address: Option<IpAddr>,
    },
    /// A device called from another address than the last time.
    DeviceMoved {
        /// Which.
        device: DeviceId,
        /// Where it called from before.
        before: IpAddr,
        /// Where it called from now.
        now: IpAddr,
    },
    /// A refresh token came back after its successor was used.
    RefreshTokenReused {
        /// Whose.
        device: DeviceId,
        /// Where it came from.
        address: Option<IpAddr>,
    },
    /// A device that is revoked or disabled called with its own key, or somebody with a key that a device has replaced.
    Knocked {
        /// Which.
        device: DeviceId,
        /// Where it came from.
        address: Option<IpAddr>,
    },
}
