//! What other programs do on the same database: a second server, or the operator's command line.

use std::sync::{Arc, Weak};
use std::time::Duration;

use clawpair_api as api;
use clawpair_core::device::DeviceState;
use clawpair_core::id::DeviceId;
use clawpair_core::store::StoreError;

use super::Service;
use crate::error::Refusal;

/// How often it is looked whether somebody else has written. A device revoked elsewhere is cut within this and a little.
const LOOK: Duration = Duration::from_millis(250);
/// Entries that are read at once.
const PAGE: usize = 500;

/// How far this platform has seen.
struct Seen {
    entry: i64,
    foreign_writes: i64,
}

impl Service {
    /// From now on acts on what other programs write into the same database: cuts channels, ends streams, and tells listeners
    /// to reload.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn follow_others(self: &Arc<Self>) -> Result<(), StoreError> {
        let seen = self.look().await?;
        tokio::spawn(follow(Arc::downgrade(self), seen));
        Ok(())
    }

    /// The log's end is read first, so that an entry that comes in between is looked at twice and not never.
    async fn look(&self) -> Result<Seen, StoreError> {
        let entry = self.store.activity_head().await?.number;
        Ok(Seen { entry, foreign_writes: self.store.foreign_writes().await? })
    }

    /// Acts on every entry after one; our own among them change nothing.
    async fn catch_up(&self, mut after: i64) -> Result<(), Refusal> {
        loop {
            let entries = self.store.activity(after, PAGE).await?;
            for entry in &entries {
                for device in entry.subject.split(' ').filter_map(|word| word.parse().ok()) {
                    self.look_at_connected(device).await?;
                }
            }
            match entries.last() {
                Some(last) if entries.len() == PAGE => after = last.number,
                _ => break,
            }
        }
        self.access_changes.send_replace(());
        self.emit(api::Event::Resync);
        Ok(())
    }

    /// Does for a device's channels what the program did not that changed the device.
    async fn look_at_connected(&self, id: DeviceId) -> Result<(), Refusal> {
        if !self.live.is_connected(id) {
            return Ok(());
        }
        match self.store.device(id).await? {
            Some(device) if device.state == DeviceState::Active && self.has_tokens(id).await? => self.live.tell_rights(&device),
            _ => self.live.cut(id),
        }
        Ok(())
    }
}

async fn follow(service: Weak<Service>, mut seen: Seen) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(service) = service.upgrade() else { return };
        // A database that cannot be read now is looked at again, from where we were.
        let Ok(now) = service.look().await else { continue };
        if now.foreign_writes != seen.foreign_writes
            && let Err(refusal) = service.catch_up(seen.entry).await
        {
            tracing::error!(?refusal, "what another program wrote could not be read");
            continue;
        }
        seen = now;
    }
}
