use std::sync::Weak;
use std::time::Duration;

use clawpair_core::retention::Kept;
use clawpair_core::store::StoreError;

use super::Service;

/// Things that are removed in one transition: few enough that those who wait for the writing thread do not notice.
const BATCH: usize = 250;
/// How long after the start what is too old is looked for first: whoever connects again has gone before.
const FIRST: Duration = Duration::from_mins(1);
/// How often afterwards. Days are counted, so an hour more does not matter.
const EVERY: Duration = Duration::from_hours(1);

/// Removing what is not kept any more.
impl Service {
    /// Removes everything that is too old, and returns how many things that was. The platform does so by itself every hour.
    ///
    /// # Errors
    /// When the store cannot be used; what was removed until then is gone, and repeating is safe.
    pub async fn prune(&self) -> Result<usize, StoreError> {
        let retention = self.store.retention().await?.retention;
        let now = self.now();
        let mut removed = 0;
        for kind in Kept::ALL {
            let Some(before) = retention.before(kind, now) else { continue };
            loop {
                let batch = self.store.prune(kind, before, now, BATCH).await?;
                if batch == 0 {
                    break;
                }
                removed += batch;
            }
        }
        Ok(removed)
    }
}

/// Removes what is too old for as long as the platform lives.
pub(super) async fn prune_hourly(service: Weak<Service>) {
    let mut times = tokio::time::interval_at(tokio::time::Instant::now() + FIRST, EVERY);
    loop {
        times.tick().await;
        let Some(service) = service.upgrade() else { return };
        match service.prune().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "what was too old was removed"),
            Err(error) => tracing::error!(%error, "what is too old could not be removed; it is tried again in an hour"),
        }
    }
}
