//! A look at a gateway as a copy keeps it.

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
use super::shown_request::Waiting;
use crate::platform::reading::Brought;
use crate::view::platform::PlatformDevice;

/// The words by which a look is told from the one before.
pub(super) fn cursor(snapshot: &Snapshot) -> String {
    snapshot.taken.as_millis().to_string()
}

/// All that a look has seen, without the devices that were `removed` since it began; `own` is this app.
pub(super) fn everything(roster: &Roster, own: &DeviceId, removed: &HashSet<DeviceId>, now: Timestamp) -> Brought {
    let snapshot = &roster.snapshot;
    let listed = snapshot.devices.paired.iter().filter(|device| !removed.contains(&device.device));
    let devices = listed.map(|device| Thing::Device(Box::new(record(device, snapshot, own))));
    let requests = Waiting::all(snapshot, now).into_iter().map(|waiting| {
        let shown = waiting.shown(roster, now);
        Thing::Request(Box::new(RequestRecord { request: shown.request, details: json!(shown.gateway) }))
    });
    let cursor = Some(cursor(snapshot));
    let extent = Extent::Look { cursor, whole: whole(snapshot) };
    Brought { extent, things: devices.chain(requests).collect(), more: false, asked: false, ahead_millis: None }
}

/// What could not be read or may not be seen is not gone. A request that cannot be read keeps no device from being missed.
fn whole(snapshot: &Snapshot) -> Whole {
    let Snapshot { devices, nodes, .. } = snapshot;
    let sees = Access::new(Vec::new(), snapshot.scopes.clone()).allows(&Scope::Pairing);
    let (devices, others) = (devices.unreadable_paired, devices.unreadable_pending + nodes.unreadable);
    Whole { devices: sees && devices == 0, others: sees && others == 0 }
}

fn record(paired: &PairedDevice, snapshot: &Snapshot, own: &DeviceId) -> DeviceRecord {
    let PlatformDevice { device, gateway, .. } = shown(paired, snapshot, own);
    let looks = |scope: &Scope| matches!(scope, Scope::Read | Scope::SessionsRead);
    let rotated = |token: &RoleToken| (token.role.to_string(), token.rotated.map_or(0, Timestamp::as_millis));
    DeviceRecord {
        broad: !paired.access.scopes().iter().all(looks),
        // What it is follows from its roles and its machine.
        known_type: true,
        expires_at: None,
        rotations: paired.tokens.iter().map(rotated).collect(),
        details: json!(gateway),
        device,
    }
}
