//! A gateway's devices, prepared once per look so that pages and searches cost little.

use std::sync::Arc;

use clawpair_api::{DeviceStatus, DeviceSummary};
use clawpair_core::search::parts;
use clawpair_core::store::SortKey;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::shown::Shown;
use clawpair_openclaw::supervisor::Snapshot;

use super::shown_device::{device_type, status};

/// One look, prepared.
pub(super) struct Roster {
    pub(super) snapshot: Arc<Snapshot>,
    /// What was prepared of each device, in the snapshot's order.
    entries: Vec<Entry>,
    /// Places in that order, sorted.
    by_paired: Vec<usize>,
    by_name: Vec<usize>,
    by_seen: Vec<usize>,
    pub(super) summary: DeviceSummary,
}

/// What is prepared of a device.
pub(super) struct Entry {
    /// What it is called, in lower case.
    name: String,
    /// All parts it can be found by, in lower case, a space before each.
    parts: String,
    pub(super) kind: &'static str,
    pub(super) status: DeviceStatus,
}

/// Where a device stands in an order. No two stand at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Moment(i64, DeviceId),
    Name(&'a str, DeviceId),
}

impl Roster {
    pub(super) fn new(snapshot: Arc<Snapshot>) -> Self {
        let paired = &snapshot.devices.paired;
        let entries: Vec<Entry> = paired.iter().map(Entry::of).collect();
        let sorted = |key: SortKey| {
            let mut order: Vec<usize> = (0..paired.len()).collect();
            order.sort_unstable_by(|a, b| entries[*a].key(&paired[*a], key).cmp(&entries[*b].key(&paired[*b], key)));
            order
        };
        let count = |status| entries.iter().filter(|entry| entry.status == status).count() as u64;
        let summary = DeviceSummary {
            active: count(DeviceStatus::Active),
            disabled: count(DeviceStatus::Disabled),
            revoked: 0,
            connected: paired.iter().filter(|device| device.connected).count() as u64,
        };
        let (by_paired, by_name, by_seen) = (sorted(SortKey::Paired), sorted(SortKey::Name), sorted(SortKey::Seen));
        Self { snapshot, entries, by_paired, by_name, by_seen, summary }
    }

    /// A device by its id.
    pub(super) fn find(&self, id: &DeviceId) -> Option<&PairedDevice> {
        self.snapshot.devices.paired.iter().find(|device| device.device == *id)
    }

    /// Devices in an order, from a place on and without what stands there.
    pub(super) fn walk<'a>(
        &'a self,
        key: SortKey,
        descending: bool,
        after: Option<&Key<'_>>,
    ) -> impl Iterator<Item = (&'a PairedDevice, &'a Entry)> + use<'a> {
        let order = match key {
            SortKey::Paired => &self.by_paired,
            SortKey::Name => &self.by_name,
            SortKey::Seen => &self.by_seen,
        };
        let place = |at: &usize| self.entries[*at].key(&self.snapshot.devices.paired[*at], key);
        let rest: Box<dyn Iterator<Item = &'a usize>> = match (descending, after) {
            (false, None) => Box::new(order.iter()),
            (true, None) => Box::new(order.iter().rev()),
            (false, Some(after)) => Box::new(order[order.partition_point(|at| place(at) <= *after)..].iter()),
            (true, Some(after)) => Box::new(order[..order.partition_point(|at| place(at) < *after)].iter().rev()),
        };
        rest.map(|at| (&self.snapshot.devices.paired[*at], &self.entries[*at]))
    }
}

impl Entry {
    fn of(device: &PairedDevice) -> Self {
        let kind = device_type(device.access.roles(), device.family.as_ref());
        let (id, fingerprint) = (device.device.to_string(), device.key.fingerprint());
        let from = device.from.map(|ip| ip.to_string());
        let said = [&device.label, &device.name, &device.platform, &device.family, &device.client].into_iter().flatten();
        let texts = said.map(Shown::as_str).chain([kind, &id, &fingerprint]).chain(from.as_deref());
        let mut known = String::with_capacity(192);
        for text in texts {
            append_parts(&mut known, text);
        }
        Self { name: device.title().to_lowercase(), parts: known, kind, status: status(device) }
    }

    /// Where the device stands in an order.
    pub(super) fn key(&self, device: &PairedDevice, key: SortKey) -> Key<'_> {
        let millis =
            |moment: Option<clawpair_core::clock::Timestamp>| moment.map_or(i64::MIN, clawpair_core::clock::Timestamp::as_millis);
        match key {
            SortKey::Paired => Key::Moment(millis(device.approved), device.device),
            SortKey::Seen => Key::Moment(millis(device.last_seen), device.device),
            SortKey::Name => Key::Name(&self.name, device.device),
        }
    }

    /// Whether some part of what is known begins with each of these, which have a space before them.
    pub(super) fn is_found_by(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|part| self.parts.contains(part.as_str()))
    }
}

/// The same as [`parts`], without a text of its own for each where that is not needed.
fn append_parts(known: &mut String, text: &str) {
    if text.is_ascii() {
        for part in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            known.push(' ');
            known.extend(part.chars().map(|c| c.to_ascii_lowercase()));
        }
        return;
    }
    for part in parts(text) {
        known.push(' ');
        known.push_str(&part);
    }
}
