//! The open live channels, so that what changes about a device reaches it, and revoking can cut them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clawpair_core::device::Device;
use clawpair_core::id::DeviceId;
use clawpair_core::permission::Permissions;
use tokio::sync::watch;

/// Channels one device may hold open; a device that reconnects may not have noticed that an old one is dead.
const MAX_PER_DEVICE: usize = 4;

/// Which devices are connected.
#[derive(Default)]
pub(crate) struct LiveConnections(Mutex<Open>);

#[derive(Default)]
struct Open {
    last_number: u64,
    channels: HashMap<DeviceId, Vec<Channel>>,
}

struct Channel {
    number: u64,
    /// What the device was told. Dropping it cuts the channel.
    told: watch::Sender<Told>,
}

/// What a device may do, as of a revision.
pub(crate) struct Told {
    revision: u32,
    pub(crate) permissions: Permissions,
}

impl Told {
    fn of(device: &Device) -> Self {
        Self { revision: device.revision, permissions: device.permissions.clone() }
    }
}

/// Changes when the device's rights do, and ends when the channel is to be cut. A device that does not read piles up nothing:
/// only the newest rights are kept.
pub(crate) type Line = watch::Receiver<Told>;

/// Resolves when a channel is to be cut.
pub(crate) async fn cut(mut line: Line) {
    while line.changed().await.is_ok() {}
}

impl LiveConnections {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a channel; the oldest of too many is cut. The number is for [`Self::leave`].
    pub(crate) fn enter(&self, device: &Device) -> (u64, Line) {
        let mut open = self.open();
        open.last_number += 1;
        let (number, (told, line)) = (open.last_number, watch::channel(Told::of(device)));
        let channels = open.channels.entry(device.id).or_default();
        if channels.len() >= MAX_PER_DEVICE {
            channels.remove(0);
        }
        channels.push(Channel { number, told });
        (number, line)
    }

    /// Forgets a channel that has closed.
    pub(crate) fn leave(&self, device: DeviceId, number: u64) {
        let mut open = self.open();
        if let Some(channels) = open.channels.get_mut(&device) {
            channels.retain(|channel| channel.number != number);
            if channels.is_empty() {
                open.channels.remove(&device);
            }
        }
    }

    /// Tells a device what it may do now, where that is news. Of two changes that arrive the wrong way round the newer counts.
    pub(crate) fn tell_rights(&self, device: &Device) {
        for channel in self.open().channels.get(&device.id).into_iter().flatten() {
            channel.told.send_if_modified(|told| {
                if device.revision <= told.revision {
                    return false;
                }
                let news = told.permissions != device.permissions;
                *told = Told::of(device);
                news
            });
        }
    }

    /// Cuts every channel of a device.
    pub(crate) fn cut(&self, device: DeviceId) {
        self.open().channels.remove(&device);
    }

    /// The devices that are connected.
    pub(crate) fn ids(&self) -> HashSet<DeviceId> {
        self.open().channels.keys().copied().collect()
    }

    /// How many devices are connected.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.open().channels.len()).unwrap_or(u64::MAX)
    }

    pub(crate) fn is_connected(&self, device: DeviceId) -> bool {
        self.open().channels.contains_key(&device)
    }
}
