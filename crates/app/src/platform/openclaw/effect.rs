//! Whether a look shows what was changed. One that was under way when it was made may not show it yet.

use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::supervisor::Snapshot;

use super::shown_request::Waiting;

/// What was changed, of a device or request.
#[derive(Clone, Copy)]
pub(super) enum Effect<'a> {
    Renamed(DeviceId, &'a str),
    Removed(DeviceId),
    /// The token of a role was replaced then.
    Rotated(DeviceId, &'a Role, Timestamp),
    Revoked(DeviceId, &'a Role),
    Approved(Waiting<'a>),
    Denied(Waiting<'a>),
}

impl Effect<'_> {
    /// Whether a look shows it, of a change that the gateway had acknowledged at `at` of its clock: a look that began later shows how
    /// things are whatever has happened since.
    pub(super) fn is_shown(self, at: Timestamp, look: &Snapshot) -> bool {
        look.taken > at || self.is_so(look)
    }

    fn is_so(self, look: &Snapshot) -> bool {
        let of = |id: DeviceId| look.devices.paired.iter().filter(move |device| device.device == id);
        let tokens = |id: DeviceId, role: &Role| {
            let role = role.clone();
            of(id).flat_map(|device| &device.tokens).filter(move |token| token.role == role)
        };
        match self {
            Self::Renamed(id, name) => of(id).all(|device| device.title() == name),
            Self::Removed(id) => of(id).next().is_none(),
            Self::Rotated(id, role, when) => tokens(id, role).all(|token| token.rotated >= Some(when)),
            Self::Revoked(id, role) => tokens(id, role).all(|token| token.revoked.is_some()),
            Self::Approved(waiting) => !waits(waiting, look) && is_let_in(waiting, &look.devices.paired),
            Self::Denied(waiting) => !waits(waiting, look),
        }
    }
}

/// Whether exactly what was decided about waits, by whatever name: a device that asks again gets another.
fn waits(waiting: Waiting<'_>, look: &Snapshot) -> bool {
    match waiting {
        Waiting::Device(seen) => look.devices.pending.iter().any(|now| now.seen() == seen.seen()),
        Waiting::Node(seen) => look.nodes.pending.iter().any(|now| now.seen() == seen.seen()),
    }
}

/// A node was let in before it asks for more.
fn is_let_in(waiting: Waiting<'_>, paired: &[PairedDevice]) -> bool {
    match waiting {
        Waiting::Device(seen) => paired.iter().any(|device| device.key == seen.key),
        Waiting::Node(_) => true,
    }
}
