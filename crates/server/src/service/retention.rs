use std::sync::Weak;
use std::time::Duration;

use clawpair_core::retention::Kept;
use clawpair_core::store::StoreError;

use super::Service;

/// Things that are removed in one transition: few enough that those who wait for the writing thread do not notice.
const BATCH: usize = 250;
/// When what is too old is looked for.
#[derive(Clone, Copy)]
pub(super) struct Times {
    first: Duration,
    every: Duration,
}

impl Times {
    /// A minute after the start, when whoever connects again has done so and a machine that has just been switched on knows the
    /// time; then once an hour. Days are counted, so an hour more does not matter.
    pub(super) const HOURLY: Self = Self { first: Duration::from_mins(1), every: Duration::from_hours(1) };
}

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
pub(super) async fn prune_at(times: Times, service: Weak<Service>) {
    let mut times = tokio::time::interval_at(tokio::time::Instant::now() + times.first, times.every);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use clawpair_core::activity::Actor;
    use clawpair_core::pin::ServerPin;
    use clawpair_core::retention::Retention;
    use clawpair_core::rng::SystemRng;
    use clawpair_core::secret::Pepper;
    use clawpair_core::{Clock, Timestamp};
    use clawpair_store::SqliteStore;

    use super::*;
    use crate::Ports;

    struct Stepped(AtomicI64);

    impl Clock for Stepped {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }
    }

    #[tokio::test]
    async fn the_platform_removes_what_is_too_old_by_itself_as_long_as_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Stepped(AtomicI64::new(1_700_000_000_000)));
        let service = Service::start(Ports {
            store: Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap()),
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
            pepper: Pepper::generate(&SystemRng),
            pin: ServerPin::of_spki(b"key"),
        })
        .await
        .unwrap();
        for alerts in [None, Retention::default().alerts] {
            let retention = Retention { alerts, ..Retention::default() };
            service.store.set_retention(retention, None, Actor::Owner, service.now()).await.unwrap();
        }
        clock.0.fetch_add(366 * 86_400_000, Ordering::SeqCst);
        let often = Times { first: Duration::ZERO, every: Duration::from_millis(1) };
        let task = tokio::spawn(prune_at(often, Arc::downgrade(&service)));
        while service.store.activity(0, 1).await.unwrap().first().is_none_or(|entry| entry.number == 1) {
            tokio::task::yield_now().await;
        }
        drop(service);
        task.await.unwrap();
    }
}
