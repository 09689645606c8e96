//! The [`Store`](clawpair_core::store::Store) port over SQLite.
//!
//! One thread writes; it commits every transition that waits together, so that durability (`synchronous=FULL`) costs one
//! flush for all of them. Readers have connections of their own and, thanks to WAL, never wait for it.

mod backup;
mod migrate;
mod sqlite;

pub use backup::{Restored, backup, restore};
pub use migrate::{Migration, migrate};
pub use sqlite::{SqliteStore, open_private, verify_activity};
