//! The open live channels, so that revoking can cut them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clawpair_core::id::DeviceId;
use tokio::sync::oneshot;

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
    /// Dropping it cuts the channel.
    _cut: oneshot::Sender<()>,
}

/// Resolves when a channel is to be cut.
pub(crate) type Cut = oneshot::Receiver<()>;

impl LiveConnections {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a channel; the oldest of too many is cut. The number is for [`Self::leave`].
    pub(crate) fn enter(&self, device: DeviceId) -> (u64, Cut) {
        let mut open = self.open();
        open.last_number += 1;
        let (number, (sender, cut)) = (open.last_number, oneshot::channel());
        let channels = open.channels.entry(device).or_default();
        if channels.len() >= MAX_PER_DEVICE {
            channels.remove(0);
        }
        channels.push(Channel { number, _cut: sender });
        (number, cut)
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

    /// Cuts every channel of a device.
    pub(crate) fn cut(&self, device: DeviceId) {
        self.open().channels.remove(&device);
    }

    pub(crate) fn is_connected(&self, device: DeviceId) -> bool {
        self.open().channels.contains_key(&device)
    }
}
