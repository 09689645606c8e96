//! How things stand with a gateway.

use clawpair_core::clock::Timestamp;

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
    /// When it was asked, by the gateway's clock, to which all its times belong.
    pub taken: Timestamp,
}
