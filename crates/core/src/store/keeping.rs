use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::retention::{Kept, Retention};

/// How long things are kept, as it was last set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionEdition {
    /// How long.
    pub retention: Retention,
    /// Counts how often that was changed; nought where it never was.
    pub revision: u32,
}

/// How long things are kept, and their removal.
#[async_trait]
pub trait Keeping: Send + Sync {
    /// How long things are kept.
    async fn retention(&self) -> Result<RetentionEdition, StoreError>;
    /// Sets that. `None` when it is no longer at the expected revision; nothing is changed then.
    async fn set_retention(
        &self,
        retention: Retention,
        expected: Option<u32>,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<RetentionEdition>, StoreError>;
    /// Removes things that were over before a moment, the oldest first and at most so many, and writes down that it did. Of the
    /// activity log the last entry always stays, and where the kept part begins is in what is written. How many were removed.
    async fn prune(&self, kind: Kept, before: Timestamp, at: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
