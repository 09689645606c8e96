use async_trait::async_trait;

use super::StoreError;

/// What has been written since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Flushes to disk.
    pub commits: u64,
    /// Changes that were made in them; several share one under load.
    pub transitions: u64,
}

/// Whether the store works.
#[async_trait]
pub trait Health: Send + Sync {
    /// Reads, and writes something that leaves no trace: neither an entry nor a sign for other programs that anything changed.
    ///
    /// # Errors
    /// Why it cannot.
    async fn probe(&self) -> Result<(), StoreError>;
    /// What has been written so far.
    fn written(&self) -> Written;
}
