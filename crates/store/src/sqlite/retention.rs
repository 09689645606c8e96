use async_trait::async_trait;
use clawpair_core::account::Session;
use clawpair_core::activity::{Action, Actor, Checkpoint};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::PairingId;
use clawpair_core::pairing::{DECISION_MINUTES, MAX_MINUTES};
use clawpair_core::retention::{Days, Kept, Retention};
use clawpair_core::store::{Keeping, RetentionEdition, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::damaged;
use super::commit::Commit;
use super::{SqliteStore, activity};

#[async_trait]
impl Keeping for SqliteStore {
    async fn retention(&self) -> Result<RetentionEdition, StoreError> {
        self.read(current)
    }

    async fn set_retention(
        &self,
        retention: Retention,
        expected: Option<u32>,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<RetentionEdition>, StoreError> {
        self.writer.run(move |db| set(db, retention, expected, by, at)).await
    }

    async fn prune(&self, kind: Kept, before: Timestamp, at: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.run(move |db| prune(db, kind, before, at, limit)).await
    }
}

fn current(db: &Connection) -> rusqlite::Result<RetentionEdition> {
    let row = db.prepare_cached("SELECT * FROM retention")?.query_row([], read).optional()?;
    Ok(row.unwrap_or_default())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RetentionEdition> {
    let days = |column| {
        let number: Option<u32> = row.get(column)?;
        number.map(|number| Days::try_from(number).map_err(|error| damaged(column, error))).transpose()
    };
    let retention = Retention {
        activity: days("activity_days")?,
        pairings: days("pairing_days")?,
        alerts: days("alert_days")?,
        sign_ins: days("sign_in_days")?,
    };
    Ok(RetentionEdition { retention, revision: row.get("revision")? })
}

fn set(
    db: &Commit<'_>,
    retention: Retention,
    expected: Option<u32>,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<Option<RetentionEdition>> {
    let before = current(db)?;
    if expected.is_some_and(|expected| expected != before.revision) {
        return Ok(None);
    }
    if before.retention == retention {
        return Ok(Some(before));
    }
    let days = |days: Option<Days>| days.map(Days::number);
    let after = RetentionEdition { retention, revision: before.revision + 1 };
    db.prepare_cached("INSERT OR REPLACE INTO retention VALUES (1, ?, ?, ?, ?, ?)")?.execute(params![
        after.revision,
        days(retention.activity),
        days(retention.pairings),
        days(retention.alerts),
        days(retention.sign_ins),
    ])?;
    activity::append(db, at, by, Action::RetentionChanged(retention))?;
    Ok(Some(after))
}

fn prune(db: &Commit<'_>, kind: Kept, before: Timestamp, at: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let limit_rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let removed = match kind {
        Kept::Activity => return prune_activity(db, before, at, limit),
        Kept::Pairings => prune_pairings(db, before, limit_rows)?,
        Kept::Alerts => prune_alerts(db, before, limit_rows)?,
        Kept::SignIns => {
            let sessions = prune_sessions(db, before, limit_rows)?;
            sessions + prune_invitations(db, before, limit_rows)? + prune_address_changes(db, before, limit_rows)?
        }
    };
    if removed > 0 {
        activity::append_saying(db, at, Actor::Platform, Action::Pruned(kind), Some(&said(removed, before)))?;
    }
    Ok(removed)
}

fn said(removed: usize, before: Timestamp) -> String {
    format!("removed {removed} from before {before}")
}

/// The log goes on without gaps, so what is removed is its beginning up to the first entry that is new enough.
fn prune_activity(db: &Commit<'_>, before: Timestamp, at: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let head = activity::head(db)?;
    let oldest = activity::list(db, 0, limit)?;
    let old: Vec<_> = oldest.iter().take_while(|entry| entry.at < before && entry.number < head.number).collect();
    let Some(last) = old.last() else { return Ok(0) };
    let checkpoint = Checkpoint { first: last.number + 1, previous: last.hash };
    let details = format!("{}; {}", checkpoint.to_details(), said(old.len(), before));
    activity::append_saying(db, at, Actor::Platform, Action::ActivityPruned(checkpoint), Some(&details))?;
    db.prepare_cached("DELETE FROM activity WHERE number < ?")?.execute([checkpoint.first])
}

/// Every pairing made a day before has ended before: none lives longer, decision and all. So the oldest are at the beginning of the
/// table, and no index is needed to find them.
fn prune_pairings(db: &Connection, before: Timestamp, limit: i64) -> rusqlite::Result<usize> {
    let made = before.plus_seconds(-60 * i64::from(MAX_MINUTES + 2 * DECISION_MINUTES));
    let removed: Vec<[u8; 16]> = db
        .prepare_cached(
            "DELETE FROM pairing WHERE id IN (SELECT id FROM pairing WHERE id < ? AND created_at < ? ORDER BY id LIMIT ?)
             RETURNING id",
        )?
        .query_map(params![PairingId::floor(made).as_bytes(), made.as_millis(), limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in &removed {
        // The last change stays, so that no cursor is ever given twice.
        db.prepare_cached("DELETE FROM change WHERE kind = 'pairing' AND id = ? AND cursor < (SELECT max(cursor) FROM change)")?
            .execute([id])?;
    }
    Ok(removed.len())
}

fn prune_alerts(db: &Connection, before: Timestamp, limit: i64) -> rusqlite::Result<usize> {
    db.prepare_cached("DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE acknowledged_at < ? ORDER BY id LIMIT ?)")?
        .execute(params![before.as_millis(), limit])
}

fn prune_sessions(db: &Connection, before: Timestamp, limit: i64) -> rusqlite::Result<usize> {
    let begun = before.plus_seconds(-3_600 * i64::from(Session::HOURS));
    db.prepare_cached(
        "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ended_at < ? OR created_at < ? ORDER BY id LIMIT ?)",
    )?
    .execute(params![before.as_millis(), begun.as_millis(), limit])
}

fn prune_invitations(db: &Connection, before: Timestamp, limit: i64) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "DELETE FROM invitation WHERE id IN
           (SELECT id FROM invitation WHERE withdrawn_at < ?1 OR expires_at < ?1 ORDER BY id LIMIT ?2)",
    )?
    .execute(params![before.as_millis(), limit])
}

fn prune_address_changes(db: &Connection, before: Timestamp, limit: i64) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "DELETE FROM address_change WHERE id IN (SELECT id FROM address_change WHERE expires_at < ? ORDER BY id LIMIT ?)",
    )?
    .execute(params![before.as_millis(), limit])
}
