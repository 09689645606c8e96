use async_trait::async_trait;

use super::{Page, StoreError};
use crate::activity::{Entry, Head};
use crate::clock::Timestamp;

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// With this action's word.
    pub action: Option<String>,
    /// With this id among their subjects.
    pub subject: Option<String>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// An entry with what the things in it are called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEntry {
    /// The entry.
    pub entry: Entry,
    /// What the actor is called, if it has a name and is still known.
    pub actor_name: Option<String>,
    /// Each subject's id, and what it is called if it is still known.
    pub subjects: Vec<(String, Option<String>)>,
}

/// What has happened.
#[async_trait]
pub trait Activity: Send + Sync {
    /// The latest moment anything was written, so that a clock set back revives nothing. `None` when nothing was.
    async fn latest(&self) -> Result<Option<Timestamp>, StoreError>;
    /// The last entry.
    async fn activity_head(&self) -> Result<Head, StoreError>;
    /// A number that is another whenever somebody else than this store has written since it was last asked: a second program on
    /// the same database.
    async fn foreign_writes(&self) -> Result<i64, StoreError>;
    /// Entries after a number, oldest first.
    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError>;
    /// Entries before a number, newest first. A page that looked at many entries to find few is shorter than `limit` and
    /// still names the next.
    async fn find_activity(
        &self,
        filter: ActivityFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page<NamedEntry, i64>, StoreError>;
}
