//! How often API keys were used.

use clawpair_core::api_key::{KeyUsage, KeyUses};
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn record(db: &Connection, uses: &KeyUses) -> rusqlite::Result<()> {
    let count: u64 = uses.days.values().sum();
    let known = db
        .prepare_cached(
            "UPDATE api_key SET uses = uses + ?2,
                 last_address = CASE WHEN ?3 >= coalesce(last_used_at, ?3) THEN coalesce(?4, last_address) ELSE last_address END,
                 last_used_at = max(coalesce(last_used_at, ?3), ?3)
             WHERE id = ?1",
        )?
        .execute(params![uses.id.as_bytes(), count.cast_signed(), uses.last_at.as_millis(), uses.last_address])?;
    if known == 0 {
        return Ok(());
    }
    for (day, count) in &uses.days {
        db.prepare_cached(
            "INSERT INTO api_key_day (api_key, day, uses) VALUES (?, ?, ?)
             ON CONFLICT (api_key, day) DO UPDATE SET uses = uses + excluded.uses",
        )?
        .execute(params![uses.id.as_bytes(), day.number(), count.cast_signed()])?;
    }
    Ok(())
}

pub(super) fn usage(db: &Connection, id: ApiKeyId, since: Day) -> rusqlite::Result<KeyUsage> {
    let totals = db
        .prepare_cached("SELECT uses, last_address FROM api_key WHERE id = ?")?
        .query_row([id.as_bytes()], |row| Ok((count(row, 0)?, row.get(1)?)))
        .optional()?;
    let Some((total, last_address)) = totals else { return Ok(KeyUsage::default()) };
    let days = db
        .prepare_cached("SELECT day, uses FROM api_key_day WHERE api_key = ? AND day >= ?")?
        .query_map(params![id.as_bytes(), since.number()], |row| Ok((Day::from_number(row.get(0)?), count(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(KeyUsage { total, days, last_address })
}

/// A count, which never goes below zero.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}
