//! Devices that were thrown out and are back.

use clawpair_core::clock::Timestamp;

use crate::access::Role;
use crate::ids::DeviceId;
use crate::operations::DeviceList;

/// A device that somebody threw out. The gateway does not remember it; who asks does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrownOut {
    /// Which.
    pub device: DeviceId,
    /// How.
    pub how: How,
    /// When the gateway had acknowledged it, by the gateway's clock.
    pub at: Timestamp,
}

impl ThrownOut {
    /// Whether a look whose asking began at this moment of the gateway says anything of the device. One that began before the end was
    /// acknowledged, or in the same millisecond, may still show how it was.
    pub fn is_judged_by(&self, asked: Timestamp) -> bool {
        asked > self.at
    }
}

/// How a device was thrown out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It was removed altogether.
    Removed,
    /// Its token for one role was revoked.
    Revoked(Role),
}

/// How a device came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// It asks to be let in.
    Asking,
    /// It is in again.
    In,
}

/// Those of `thrown_out` that are back, by a list whose asking began at `asked` of the gateway's clock.
pub fn returned<'a>(list: &DeviceList, asked: Timestamp, thrown_out: &'a [ThrownOut]) -> Vec<(&'a ThrownOut, Back)> {
    let back = |gone: &ThrownOut| {
        let paired = list.paired.iter().find(|device| device.device == gone.device);
        let is_in = paired.is_some_and(|device| match &gone.how {
            How::Removed => true,
            How::Revoked(role) => device.tokens.iter().any(|token| token.role == *role && token.revoked.is_none()),
        });
        let asks = || list.pending.iter().any(|pending| pending.device == gone.device && pending.asked >= gone.at);
        if is_in { Some(Back::In) } else { asks().then_some(Back::Asking) }
    };
    thrown_out.iter().filter(|gone| gone.is_judged_by(asked)).filter_map(|gone| Some((gone, back(gone)?))).collect()
}
