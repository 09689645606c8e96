use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor, Entry, Format, Head};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::{ApiKeyId, DeviceId, InvitationId, MemberId, PairingId};
use clawpair_core::store::{Activity, ActivityFilter, NamedEntry, Page, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::columns::time;
use super::commit::Commit;

/// Entries one page looks at: what is rare is found in several short reads, and no index slows down every write.
const MAX_LOOKED_AT: i64 = 20_000;

#[async_trait]
impl Activity for SqliteStore {
    async fn latest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(latest)
    }

    async fn activity_head(&self) -> Result<Head, StoreError> {
        self.read(head)
    }

    /// The writing connection alone writes here, so what SQLite counts on it is what others wrote.
    async fn foreign_writes(&self) -> Result<i64, StoreError> {
        self.writer.run(|db| db.query_row("PRAGMA data_version", [], |row| row.get(0))).await
    }

    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|db| list(db, after, limit))
    }

    async fn find_activity(
        &self,
        filter: ActivityFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page<NamedEntry, i64>, StoreError> {
        self.read(|db| find(db, &filter, before, limit))
    }
}

/// Appends an entry inside the transition it belongs to.
pub(crate) fn append(db: &Commit<'_>, at: Timestamp, actor: Actor, action: Action) -> rusqlite::Result<()> {
    append_saying(db, at, actor, action, None)
}

/// The same with details of its own: a word or a sentence, never a secret.
pub(super) fn append_saying(
    db: &Commit<'_>,
    at: Timestamp,
    actor: Actor,
    action: Action,
    details: Option<&str>,
) -> rusqlite::Result<()> {
    let entry = Entry::after(&db.head()?, at, actor, &action, details);
    db.prepare_cached(
        "INSERT INTO activity (number, at, actor, action, subject, address, details, format, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        entry.number,
        entry.at.as_millis(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.address,
        entry.details,
        entry.format.number(),
        entry.hash,
    ])?;
    db.appended(Head { number: entry.number, hash: entry.hash });
    Ok(())
}

pub(super) fn write_head(db: &Connection, head: Head) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE activity_head SET number = ?, hash = ?")?.execute(params![head.number, head.hash])?;
    Ok(())
}

pub(super) fn head(db: &Connection) -> rusqlite::Result<Head> {
    db.prepare_cached("SELECT number, hash FROM activity_head")?
        .query_row([], |row| Ok(Head { number: row.get("number")?, hash: row.get("hash")? }))
}

/// The clock's high-water mark: every transition that matters to time has an entry.
pub(super) fn latest(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    db.prepare_cached("SELECT at FROM activity ORDER BY number DESC LIMIT 1")?.query_row([], |row| time(row, "at")).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: row.get("number")?,
        at: time(row, "at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        address: row.get("address")?,
        details: row.get("details")?,
        format: Format::from_number(row.get("format")?),
        hash: row.get("hash")?,
    })
}

pub(super) fn list(db: &Connection, after: i64, limit: usize) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached("SELECT * FROM activity WHERE number > ? ORDER BY number LIMIT ?")?
        .query_map(params![after, i64::try_from(limit).unwrap_or(i64::MAX)], read)?
        .collect()
}

fn find(db: &Connection, filter: &ActivityFilter, before: Option<i64>, limit: usize) -> rusqlite::Result<Page<NamedEntry, i64>> {
    let first: i64 = db
        .prepare_cached("SELECT number FROM activity ORDER BY number LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?
        .unwrap_or(1);
    let before = before.unwrap_or(i64::MAX).min(head(db)?.number.saturating_add(1));
    let lowest = before.saturating_sub(MAX_LOOKED_AT);
    let mut found: Vec<Entry> = db
        .prepare_cached(
            "SELECT * FROM activity
             WHERE number < ?1 AND number >= ?2
               AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR action = ?4)
               AND (?5 IS NULL OR instr(' ' || subject || ' ', ' ' || ?5 || ' '))
               AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7)
             ORDER BY number DESC LIMIT ?8",
        )?
        .query_map(
            params![
                before,
                lowest,
                filter.actor,
                filter.action,
                filter.subject,
                filter.from.map(Timestamp::as_millis),
                filter.to.map(Timestamp::as_millis),
                i64::try_from(limit + 1).unwrap_or(i64::MAX),
            ],
            read,
        )?
        .collect::<rusqlite::Result<_>>()?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = match found.last() {
        Some(last) if more => Some(last.number),
        _ => (lowest > first).then_some(lowest),
    };
    let items = found.into_iter().map(|entry| named(db, entry)).collect::<rusqlite::Result<_>>()?;
    Ok(Page { items, next })
}

fn named(db: &Connection, entry: Entry) -> rusqlite::Result<NamedEntry> {
    let actor_name = name(db, &entry.actor)?;
    let subjects = entry.subject.split_whitespace().map(|id| Ok((id.to_owned(), name(db, id)?)));
    Ok(NamedEntry { subjects: subjects.collect::<rusqlite::Result<_>>()?, actor_name, entry })
}

/// What the thing with this id is called now.
fn name(db: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    let by_id = |query: &str, id: &[u8; 16]| db.prepare_cached(query)?.query_row([id], |row| row.get(0)).optional();
    if let Ok(id) = id.parse::<PairingId>() {
        by_id("SELECT name FROM pairing WHERE id = ?", id.as_bytes())
    } else if let Ok(id) = id.parse::<DeviceId>() {
        by_id("SELECT name FROM device WHERE id = ?", id.as_bytes())
    } else if let Ok(id) = id.parse::<ApiKeyId>() {
        by_id("SELECT name FROM api_key WHERE id = ?", id.as_bytes())
    } else if let Ok(id) = id.parse::<MemberId>() {
        by_id("SELECT name FROM member WHERE id = ?", id.as_bytes())
    } else if let Ok(id) = id.parse::<InvitationId>() {
        by_id("SELECT name FROM invitation WHERE id = ?", id.as_bytes())
    } else {
        Ok(None)
    }
}
