//! A look at a gateway as a copy keeps it.

use std::cmp::Ordering;
use std::collections::HashSet;

use clawpair_core::clock::Timestamp;
use clawpair_mirror::{DeviceRecord, Extent, RequestRecord, Thing, Whole};
use clawpair_openclaw::access::{Access, Scope};
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::{PairedDevice, RoleToken};
use clawpair_openclaw::supervisor::Snapshot;
use serde_json::json;

use super::roster::Roster;
use super::shown_device::shown;
use super::shown_request::{Waiting, ability_words};
use crate::platform::reading::Brought;
use crate::view::platform::PlatformDevice;

/// The words by which a look is told from the one before: when its asking began, by this computer's clock, which is the same for all
/// programs here and does not change with each connection.
fn cursor(snapshot: &Snapshot) -> String {
    snapshot.here(snapshot.taken).as_millis().to_string()
}

/// How a look stands to what was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// It began later.
    Later,
    /// It is what was read.
    Known,
    /// It began before that, or the clock was set back: entered now, it would undo what is known since.
    Earlier,
}

impl Age {
    /// By the cursor of what was read, if something was.
    pub(super) fn of(look: &Snapshot, read: Option<&str>) -> Self {
        let Some(read) = read.and_then(|read| read.parse().ok()) else { return Self::Later };
        match look.here(look.taken).as_millis().cmp(&read) {
            Ordering::Greater => Self::Later,
            Ordering::Equal => Self::Known,
            Ordering::Less => Self::Earlier,
        }
    }
}

/// All that a look has seen, without the devices that were `removed` since it began; `own` is this app. Of what is left out on our own
/// word nothing is said, so that only a later look can confirm it.
pub(super) fn everything(roster: &Roster, own: &DeviceId, removed: &HashSet<DeviceId>, now: Timestamp) -> Brought {
    let snapshot = &roster.snapshot;
    let listed = snapshot.devices.paired.iter().filter(|device| !removed.contains(&device.device));
    let devices = listed.map(|device| Thing::Device(Box::new(record(device, snapshot, own))));
    let requests = Waiting::all(snapshot, now).into_iter().map(|waiting| {
        let shown = waiting.shown(roster, now);
        Thing::Request(Box::new(RequestRecord { request: shown.request, details: json!(shown.gateway) }))
    });
    let cursor = Some(cursor(snapshot));
    let leaves_out = snapshot.devices.paired.iter().any(|device| removed.contains(&device.device));
    let all = whole(snapshot);
    let extent = Extent::Look { cursor, whole: Whole { devices: all.devices && !leaves_out, ..all } };
    let things = devices.chain(requests).collect();
    Brought { extent, things, more: false, asked: false, as_of: Some(snapshot.here(snapshot.taken)), ahead_millis: None }
}

/// A look that was read before: how things stand is known as of then, and nothing keeps it from being known.
pub(super) fn nothing_new(snapshot: &Snapshot) -> Brought {
    let (extent, as_of) = (Extent::Some { cursor: Some(cursor(snapshot)) }, Some(snapshot.here(snapshot.taken)));
    Brought { extent, things: Vec::new(), more: false, asked: false, as_of, ahead_millis: None }
}

/// What could not be read or may not be seen is not gone. A request that cannot be read keeps no device from being missed.
fn whole(snapshot: &Snapshot) -> Whole {
    let Snapshot { devices, nodes, .. } = snapshot;
    let sees = Access::new(Vec::new(), snapshot.scopes.clone()).allows(&Scope::Pairing);
    let (devices, others) = (devices.unreadable_paired, devices.unreadable_pending + nodes.unreadable);
    Whole { devices: sees && devices == 0, others: sees && others == 0 }
}

pub(super) fn record(paired: &PairedDevice, snapshot: &Snapshot, own: &DeviceId) -> DeviceRecord {
    let PlatformDevice { device, gateway, .. } = shown(paired, snapshot, own);
    let looks = |scope: &Scope| matches!(scope, Scope::Read | Scope::SessionsRead);
    let rotated = |token: &RoleToken| (token.role.to_string(), token.rotated.map_or(0, Timestamp::as_millis));
    DeviceRecord {
        // Whatever it lends, the gateway's agents act with it.
        broad: !paired.access.scopes().iter().all(looks) || paired.lends.offers_anything(),
        // What it is follows from its roles and its machine.
        known_type: true,
        expires_at: None,
        rotations: paired.tokens.iter().map(rotated).collect(),
        let_in_at: paired.approved.map(Timestamp::as_millis),
        lends: ability_words(&paired.lends),
        details: json!(gateway),
        device,
    }
}
