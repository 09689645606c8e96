use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor, Entry, GENESIS, entry_hash};
use clawpair_core::clock::Timestamp;
use clawpair_core::store::{Activity, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteStore;
use super::columns::time;

#[async_trait]
impl Activity for SqliteStore {
    async fn latest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(latest)
    }

    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|db| list(db, after, limit))
    }
}

/// Appends an entry inside the transition it belongs to.
pub(super) fn append(db: &Connection, at: Timestamp, actor: Actor, action: Action) -> rusqlite::Result<()> {
    let last = db
        .prepare_cached("SELECT number, hash FROM activity ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))
        .optional()?;
    let (number, previous) = last.map_or((1, GENESIS), |(number, hash)| (number + 1, hash));
    let (actor, subject) = (actor.to_string(), action.subject());
    let hash = entry_hash(&previous, number, at, &actor, action.word(), &subject);
    db.prepare_cached("INSERT INTO activity (number, at, actor, action, subject, hash) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![number, at.as_millis(), actor, action.word(), subject, hash])?;
    Ok(())
}

/// The clock's high-water mark: every transition that matters to time has an entry.
pub(super) fn latest(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    db.prepare_cached("SELECT at FROM activity ORDER BY number DESC LIMIT 1")?.query_row([], |row| time(row, "at")).optional()
}

pub(super) fn list(db: &Connection, after: i64, limit: usize) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached("SELECT * FROM activity WHERE number > ? ORDER BY number LIMIT ?")?
        .query_map(params![after, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Entry {
                number: row.get("number")?,
                at: time(row, "at")?,
                actor: row.get("actor")?,
                action: row.get("action")?,
                subject: row.get("subject")?,
                hash: row.get("hash")?,
            })
        })?
        .collect()
}
