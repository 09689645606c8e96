use async_trait::async_trait;

use super::StoreError;
use crate::activity::Entry;
use crate::clock::Timestamp;

/// What has happened.
#[async_trait]
pub trait Activity: Send + Sync {
    /// The latest moment anything was written, so that a clock set back revives nothing. `None` when nothing was.
    async fn latest(&self) -> Result<Option<Timestamp>, StoreError>;
    /// Activity entries after a number, oldest first.
    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError>;
}
