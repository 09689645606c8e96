//! Whether the platform can do its work.

use clawpair_core::Timestamp;
use clawpair_core::store::StoreError;
use tokio::sync::Mutex;

use super::Service;
use crate::error::Refusal;

/// How long an answer holds, in seconds. Anybody may ask, and each look costs a flush to disk.
const HOLDS_SECONDS: i64 = 1;

/// The last look. Whoever asks during one waits for it.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Timestamp, Result<(), StoreError>)>>);

impl Service {
    /// Whether the store can be read and written.
    pub(crate) async fn ready(&self) -> Result<(), Refusal> {
        let mut last = self.readiness.0.lock().await;
        let now = self.now();
        let found = match &*last {
            Some((at, found)) if now < at.plus_seconds(HOLDS_SECONDS) => found.clone(),
            _ => last.insert((now, self.store.probe().await)).1.clone(),
        };
        Ok(found?)
    }
}
