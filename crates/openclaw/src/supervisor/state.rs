//! How things stand with a gateway.

use clawpair_core::clock::Timestamp;

use crate::access::Scope;
use crate::error::{ApprovalReason, GatewayError};
use crate::ids::RequestId;
use crate::operations::{DeviceList, NodeRequests};
use crate::shown::Shown;

/// What this program is doing about one gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is on its way.
    Connecting,
    /// It is signed in, and the snapshot is kept fresh.
    Connected {
        /// The gateway's version.
        version: Option<Shown>,
    },
    /// A person has to approve this program at the gateway. It knocks until then.
    WaitingForApproval {
        /// What to approve.
        request: Option<RequestId>,
        /// Why.
        why: ApprovalReason,
    },
    /// Trying again by itself would not help: somebody has to do what [`GatewayError::next_step`] says.
    Refused {
        /// Why.
        why: GatewayError,
    },
    /// It did not work, and is tried again.
    Retrying {
        /// When, by this computer's clock.
        at: Timestamp,
        /// Why it did not work.
        why: GatewayError,
    },
    /// It was told to stop.
    Stopped,
}

/// What a gateway had when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Devices and device requests.
    pub devices: DeviceList,
    /// Requests of nodes.
    pub nodes: NodeRequests,
    /// When the asking began, by the gateway's clock, to which all its times belong. What was done later need not be shown yet.
    pub taken: Timestamp,
    /// How far the gateway's clock is ahead of this computer's, in milliseconds.
    pub ahead_millis: i64,
    /// What this program may do there.
    pub scopes: Vec<Scope>,
}

impl Snapshot {
    /// A moment of the gateway by this computer's clock.
    pub const fn here(&self, moment: Timestamp) -> Timestamp {
        Timestamp::from_millis(moment.as_millis().saturating_sub(self.ahead_millis))
    }

    /// Whether the other shows the same things, however old they are.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        self.devices == other.devices && self.nodes == other.nodes && self.scopes == other.scopes
    }
}
