use async_trait::async_trait;
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::store::{Change, ChangeCursor, ChangeLog, Changes, StoreError};
use rusqlite::{Connection, params};

use super::{SqliteStore, devices, pairings, requests};

#[async_trait]
impl ChangeLog for SqliteStore {
    async fn changes(&self, since: Option<ChangeCursor>, limit: usize) -> Result<Option<Changes>, StoreError> {
        self.read(|db| since_cursor(db, since, limit))
    }

    async fn newest_change(&self) -> Result<ChangeCursor, StoreError> {
        self.read(newest)
    }
}

fn newest(db: &Connection) -> rusqlite::Result<ChangeCursor> {
    db.prepare_cached("SELECT epoch, (SELECT coalesce(max(cursor), 0) FROM change) FROM change_epoch")?
        .query_row([], |row| Ok(ChangeCursor { epoch: row.get(0)?, number: row.get(1)? }))
}

fn since_cursor(db: &Connection, since: Option<ChangeCursor>, limit: usize) -> rusqlite::Result<Option<Changes>> {
    let newest = newest(db)?;
    let since = since.unwrap_or(ChangeCursor { number: 0, ..newest });
    if since.epoch != newest.epoch || since.number > newest.number {
        return Ok(None);
    }
    let mut rows: Vec<(String, [u8; 16], i64)> = db
        .prepare_cached("SELECT kind, id, cursor FROM change WHERE cursor > ? ORDER BY cursor LIMIT ?")?
        .query_map(params![since.number, i64::try_from(limit + 1).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let mut changes = Vec::new();
    let mut cursor = since;
    for (kind, id, number) in rows {
        cursor.number = number;
        changes.extend(now(db, &kind, id)?.map(|change| (cursor, change)));
    }
    Ok(Some(Changes { changes, cursor, more }))
}

/// The thing as it is now. Another kind that is followed is one more line here, and its triggers.
fn now(db: &Connection, kind: &str, id: [u8; 16]) -> rusqlite::Result<Option<Change>> {
    if kind == "device" {
        return Ok(devices::find(db, DeviceId::from_bytes(id))?.map(Change::Device));
    }
    let id = PairingId::from_bytes(id);
    match requests::find(db, id)? {
        Some(request) => Ok(Some(Change::Request(request))),
        None => Ok(pairings::find(db, id)?.map(Change::Pairing)),
    }
}
