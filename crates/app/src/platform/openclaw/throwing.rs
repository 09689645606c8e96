//! Throwing a device out, and remembering that, so that its coming back is noticed.

use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::returned::{How, ThrownOut};

use super::shared::Shared;
use super::thrown_out::{Remembered, Stand};

/// A device that a gateway is asked to throw out. It is remembered before: the answer may be lost with the connection.
pub(super) struct Throwing<'a> {
    shared: &'a Shared,
    device: DeviceId,
    how: How,
    before: Option<Vec<Remembered>>,
}

impl<'a> Throwing<'a> {
    /// Right before it is asked. What cannot be remembered keeps nobody from being thrown out.
    pub(super) fn begin(shared: &'a Shared, connection: &Connection, device: DeviceId, how: How) -> Self {
        let gone = ThrownOut { device, how: how.clone(), at: connection.gateway_time() };
        let before = kept(shared.memory().is_to_go(&gone));
        Self { shared, device, how, before }
    }

    /// The gateway had acknowledged it at this moment of its clock.
    pub(super) fn done(self, at: Timestamp) {
        kept(self.shared.memory().throw_out(&ThrownOut { device: self.device, how: self.how, at }));
    }

    /// It was not acknowledged. What the gateway has refused was not done; of everything else later looks tell. Says whether that leaves
    /// an attempt before of which nobody heard.
    pub(super) fn failed(self, why: &GatewayError) -> bool {
        let Some(before) = self.before.filter(|_| !why.may_have_arrived()) else { return false };
        kept(self.shared.memory().put_back(&self.device, &before));
        before.iter().any(|known| known.stand == Stand::Unanswered)
    }
}

/// Logs that nothing could be kept.
pub(super) fn kept<T>(done: Result<T, StoreError>) -> Option<T> {
    done.inspect_err(|error| tracing::error!(%error, "that a device was thrown out could not be kept")).ok()
}
