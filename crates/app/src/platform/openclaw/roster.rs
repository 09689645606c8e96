//! A gateway's devices in the orders they are listed in. Each order is made when somebody lists by it: most looks are listed by none.

use std::sync::{Arc, OnceLock};

use clawpair_api::{DeviceStatus, DeviceSummary};
use clawpair_core::clock::Timestamp;
use clawpair_core::store::SortKey;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::supervisor::Snapshot;

use super::shown_device::status;

/// One look, prepared.
pub(super) struct Roster {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) summary: DeviceSummary,
    /// What each device is called, in lower case.
    names: OnceLock<Vec<String>>,
    /// Places in the snapshot's order, sorted.
    by_paired: OnceLock<Vec<usize>>,
    by_name: OnceLock<Vec<usize>>,
    by_seen: OnceLock<Vec<usize>>,
}

/// Where a device stands in an order. No two stand at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Moment(i64, DeviceId),
    Name(&'a str, DeviceId),
}

impl Roster {
    pub(super) fn new(snapshot: Arc<Snapshot>) -> Self {
        let mut summary = DeviceSummary { active: 0, disabled: 0, revoked: 0, connected: 0 };
        for device in &snapshot.devices.paired {
            match status(device) {
                DeviceStatus::Active => summary.active += 1,
                DeviceStatus::Disabled => summary.disabled += 1,
                DeviceStatus::Revoked => summary.revoked += 1,
            }
            summary.connected += u64::from(device.connected);
        }
        let (by_paired, by_name, by_seen) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { snapshot, summary, names: OnceLock::new(), by_paired, by_name, by_seen }
    }

    fn paired(&self) -> &[PairedDevice] {
        &self.snapshot.devices.paired
    }

    /// A device by its id.
    pub(super) fn find(&self, id: &DeviceId) -> Option<&PairedDevice> {
        self.paired().iter().find(|device| device.device == *id)
    }

    /// Devices in an order, from a place on and without what stands there; each with its place.
    pub(super) fn walk<'a>(
        &'a self,
        by: SortKey,
        descending: bool,
        after: Option<&Key<'_>>,
    ) -> impl Iterator<Item = (&'a PairedDevice, usize)> + use<'a> {
        let order = self.order(by);
        let rest: Box<dyn Iterator<Item = &'a usize>> = match (descending, after) {
            (false, None) => Box::new(order.iter()),
            (true, None) => Box::new(order.iter().rev()),
            (false, Some(after)) => Box::new(order[order.partition_point(|at| self.key(*at, by) <= *after)..].iter()),
            (true, Some(after)) => Box::new(order[..order.partition_point(|at| self.key(*at, by) < *after)].iter().rev()),
        };
        rest.map(|at| (&self.paired()[*at], *at))
    }

    fn order(&self, by: SortKey) -> &[usize] {
        let order = match by {
            SortKey::Paired => &self.by_paired,
            SortKey::Name => &self.by_name,
            SortKey::Seen => &self.by_seen,
        };
        order.get_or_init(|| {
            let mut order: Vec<usize> = (0..self.paired().len()).collect();
            order.sort_by_cached_key(|at| self.key(*at, by));
            order
        })
    }

    /// Where the device at a place of the snapshot stands in an order.
    pub(super) fn key(&self, at: usize, by: SortKey) -> Key<'_> {
        let device = &self.paired()[at];
        let millis = |moment: Option<Timestamp>| moment.map_or(i64::MIN, Timestamp::as_millis);
        match by {
            SortKey::Paired => Key::Moment(millis(device.approved), device.device),
            SortKey::Seen => Key::Moment(millis(device.last_seen), device.device),
            SortKey::Name => Key::Name(&self.names()[at], device.device),
        }
    }

    fn names(&self) -> &[String] {
        self.names.get_or_init(|| self.paired().iter().map(|device| device.title().to_lowercase()).collect())
    }
}
