//! What lists and searches of devices stand on, kept in the transition that changes the device.

use std::cell::RefCell;

use clawpair_core::device::Device;
use clawpair_core::search::device_parts;
use clawpair_core::store::{DeviceCounts, Standing, StoreError};
use rusqlite::{Connection, TransactionBehavior, params};

use super::columns::to_json;
use super::commit::Commit;
use super::devices::{self, device_columns};
use crate::migrate::unavailable;

/// Characters of a part that are in the index.
pub(super) const INDEXED_CHARS: usize = 6;
/// Devices of an older format that are indexed in one transaction.
const BATCH: usize = 1_000;

pub(super) const fn standing_number(standing: Standing) -> i64 {
    match standing {
        Standing::Active => 0,
        Standing::Disabled => 1,
        Standing::Revoked => 2,
    }
}

/// The beginning of a part that is in the index.
pub(super) fn indexed(part: &str) -> String {
    part.chars().take(INDEXED_CHARS).collect()
}

fn labels(device: &Device) -> Vec<String> {
    let permissions = device.permissions.iter().map(|permission| format!("p{permission}"));
    let tags = device.tags.iter().map(|tag| format!("#{tag}"));
    permissions.chain(tags).chain([format!("t{}", device.device_type)]).collect()
}

fn searched(device: &Device) -> String {
    let mut parts: Vec<String> = device_parts(device).iter().map(|part| indexed(part)).collect();
    parts.dedup();
    parts.join(" ")
}

/// What names are sorted by.
pub(super) fn sort_name(device: &Device) -> String {
    device.name.as_str().to_lowercase()
}

/// A device's entry in the search index.
pub(super) struct SearchEntry {
    number: i64,
    /// Whether it has one already.
    known: bool,
    parts: String,
}

pub(super) fn write_search(db: &Connection, entry: &SearchEntry) -> rusqlite::Result<()> {
    if entry.known {
        db.prepare_cached("DELETE FROM device_search WHERE rowid = ?")?.execute([entry.number])?;
    }
    db.prepare_cached("INSERT INTO device_search (rowid, parts) VALUES (?, ?)")?.execute(params![entry.number, entry.parts])?;
    Ok(())
}

/// Enters a device that has just been inserted with this number.
pub(super) fn enter(db: &Commit<'_>, device: &Device, number: i64) -> rusqlite::Result<()> {
    label(db, number, &labels(device))?;
    db.search(SearchEntry { number, known: false, parts: searched(device) });
    db.count(Standing::of(device), 1);
    Ok(())
}

fn label(db: &Connection, number: i64, labels: &[String]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO device_label (label, number) SELECT value, ?2 FROM json_each(?1)")?
        .execute(params![to_json(&labels)?, number])?;
    Ok(())
}

/// Follows a change that is in the row already.
pub(super) fn follow(db: &Commit<'_>, before: &Device, after: &Device) -> rusqlite::Result<()> {
    let number: i64 = db
        .prepare_cached("UPDATE device SET sort_name = ? WHERE id = ? RETURNING number")?
        .query_row(params![sort_name(after), after.id.as_bytes()], |row| row.get(0))?;
    let (old, new) = (labels(before), labels(after));
    for label in old.iter().filter(|label| !new.contains(label)) {
        db.prepare_cached("DELETE FROM device_label WHERE label = ? AND number = ?")?.execute(params![label, number])?;
    }
    label(db, number, &new.into_iter().filter(|label| !old.contains(label)).collect::<Vec<_>>())?;
    if searched(before) != searched(after) {
        db.search(SearchEntry { number, known: true, parts: searched(after) });
    }
    if Standing::of(before) != Standing::of(after) {
        db.count(Standing::of(before), -1);
        db.count(Standing::of(after), 1);
    }
    Ok(())
}

pub(super) fn write_count(db: &Connection, standing: Standing, more: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device_count SET devices = devices + ? WHERE standing = ?")?
        .execute(params![more, standing_number(standing)])?;
    Ok(())
}

pub(super) fn counts(db: &Connection) -> rusqlite::Result<DeviceCounts> {
    let mut statement = db.prepare_cached("SELECT devices FROM device_count WHERE standing = ?")?;
    let mut of = |standing| statement.query_row([standing_number(standing)], |row| row.get::<_, u32>(0)).map(u64::from);
    Ok(DeviceCounts { active: of(Standing::Active)?, disabled: of(Standing::Disabled)?, revoked: of(Standing::Revoked)? })
}

/// Enters the devices that an older format left without an index, in the order they joined.
pub(super) fn complete(connection: &mut Connection) -> Result<(), StoreError> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
        let missing = missing(&transaction).map_err(unavailable)?;
        enter_all(&transaction, &missing).map_err(unavailable)?;
        transaction.commit().map_err(unavailable)?;
        if missing.len() < BATCH {
            return Ok(());
        }
    }
}

fn enter_all(db: &Connection, missing: &[Device]) -> rusqlite::Result<()> {
    let keys = RefCell::default();
    let commit = Commit::over(db, &keys);
    for device in missing {
        let number = commit
            .prepare_cached(
                "UPDATE device SET sort_name = ?, number = (SELECT coalesce(max(number), 0) + 1 FROM device) WHERE id = ?
                 RETURNING number",
            )?
            .query_row(params![sort_name(device), device.id.as_bytes()], |row| row.get(0))?;
        enter(&commit, device, number)?;
    }
    commit.finish()
}

fn missing(db: &Connection) -> rusqlite::Result<Vec<Device>> {
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    db.prepare(concat!("SELECT ", device_columns!(), " FROM device WHERE number IS NULL ORDER BY paired_at, id LIMIT ?"))?
        .query_map([limit], devices::read)?
        .collect()
}
