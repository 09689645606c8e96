//! Who was shut out after a backup was made, which keys came back, and which are to be shut out once they join. Putting the backup in the
//! place of the file must not forget it.

use std::path::Path;

use clawpair_api::DeviceStatus;
use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::counts::Counts;
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::file::reader;
use crate::record::Standing;
use crate::rescue::{Read, columns, each_row};
use crate::{review, words};

/// Takes it over from the file there, if one is, into a copy of the backup; whether all of it could be read.
///
/// # Errors
/// When it cannot be kept.
pub(crate) fn take_over(db: &Connection, file: &Path, now: Timestamp) -> Result<bool, MirrorError> {
    if !file.exists() {
        return Ok(true);
    }
    let Ok(file) = reader(file) else { return Ok(false) };
    Ok(tombstones(db, &file, now)? & alarms(db, &file)? & lost(db, &file)?)
}

/// A tombstone as it is known in every file.
struct Grave {
    platform: String,
    device: String,
    standing: i64,
    at: i64,
}

impl Grave {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { platform: row.get(0)?, device: row.get(1)?, standing: row.get(2)?, at: row.get(3)? })
    }

    fn number(&self, db: &Connection) -> Result<Option<i64>, MirrorError> {
        let sql = "SELECT tombstone.number FROM tombstone JOIN platform ON platform.number = tombstone.platform
                   WHERE platform.id = ? AND device = ? AND standing = ? AND at = ?";
        let values = params![self.platform, self.device, self.standing, self.at];
        Ok(db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?)
    }
}

/// What else a file says of who is over.
struct Buried {
    grave: Grave,
    platform_name: String,
    forgotten: bool,
    key: String,
    name: String,
    who: Option<String>,
    why: Option<String>,
    /// How the device stands there, where it is listed at all.
    standing: Option<i64>,
}

const BURIED: &str = "SELECT dead.id, tombstone.device, tombstone.standing, tombstone.at, dead.name, forgotten, tombstone.key, \
     tombstone.name, who, why, (SELECT device.standing FROM device WHERE device.platform = tombstone.platform AND device.id = tombstone.device)
     FROM tombstone JOIN platform AS dead ON dead.number = tombstone.platform";

fn tombstones(db: &Connection, file: &Connection, now: Timestamp) -> Result<bool, MirrorError> {
    let read: Read<Buried> = |row| {
        Ok(Some(Buried {
            grave: Grave::read(row)?,
            platform_name: row.get(4)?,
            forgotten: row.get(5)?,
            key: row.get(6)?,
            name: row.get(7)?,
            who: row.get(8)?,
            why: row.get(9)?,
            standing: row.get(10)?,
        }))
    };
    let mut counts = Counts::default();
    let all = each_row(file, BURIED, "tombstone.number", read, |buried| {
        let Buried { grave, platform_name, forgotten, key, name, who, why, standing } = &buried;
        if grave.number(db)?.is_some() {
            return Ok(true);
        }
        let platform = platform(db, &grave.platform, platform_name, *forgotten)?;
        db.prepare_cached(
            "INSERT INTO tombstone (platform, device, key, name, standing, at, who, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![platform, grave.device, key, name, grave.standing, grave.at, who, why])?;
        words::enter_tombstones(db, platform, &grave.device)?;
        // One that was let in again since is listed as it is by the next reading; where the file lists none, as after it has forgotten the
        // platform, nothing else is known.
        if standing.is_none_or(|standing| Standing::from_number(standing).is_over()) {
            end(db, &mut counts, platform, grave, now)?;
        }
        Ok(true)
    })?;
    counts.write(db)?;
    Ok(all)
}

/// A device that is let in by the backup was shut out since. If it is listed again, its key has come back.
fn end(db: &Connection, counts: &mut Counts, platform: i64, grave: &Grave, now: Timestamp) -> Result<(), MirrorError> {
    let row = device_row::find(db, platform, &grave.device)?;
    let Some(before) = row.filter(|row| !row.standing.is_over()) else { return Ok(()) };
    let mut after = DeviceRow { standing: Standing::from_number(grave.standing), ..before.clone() };
    after.record.device.status = DeviceStatus::Revoked;
    after.record.device.connected = false;
    device_row::update(db, counts, platform, &before, &after)?;
    review::note(db, platform, now, Some(&before), &after)
}

/// A key that came back.
struct Rung {
    grave: Grave,
    platform: String,
    platform_name: String,
    subject: String,
    asks: bool,
    at: i64,
    acknowledged_at: Option<i64>,
}

const RUNG: &str =
    "SELECT dead.id, tombstone.device, tombstone.standing, tombstone.at, here.id, here.name, subject, asks, alarm.at, \
     acknowledged_at FROM alarm JOIN tombstone ON tombstone.number = alarm.tombstone
     JOIN platform AS dead ON dead.number = tombstone.platform JOIN platform AS here ON here.number = alarm.platform";

fn alarms(db: &Connection, file: &Connection) -> Result<bool, MirrorError> {
    let read: Read<Rung> = |row| {
        Ok(Some(Rung {
            grave: Grave::read(row)?,
            platform: row.get(4)?,
            platform_name: row.get(5)?,
            subject: row.get(6)?,
            asks: row.get(7)?,
            at: row.get(8)?,
            acknowledged_at: row.get(9)?,
        }))
    };
    each_row(file, RUNG, "alarm.number", read, |rung| {
        let Some(tombstone) = rung.grave.number(db)? else { return Ok(false) };
        let platform = platform(db, &rung.platform, &rung.platform_name, false)?;
        db.prepare_cached(
            "INSERT INTO alarm (tombstone, platform, subject, asks, at, acknowledged_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET at = excluded.at, acknowledged_at = excluded.acknowledged_at",
        )?
        .execute(params![tombstone, platform, rung.subject, rung.asks, rung.at, rung.acknowledged_at])?;
        Ok(true)
    })
}

/// A key that is to be shut out once it joins.
struct Awaited {
    platform: String,
    platform_name: String,
    key: String,
    until: i64,
    idempotency_key: String,
    reason: Option<String>,
}

fn lost(db: &Connection, file: &Connection) -> Result<bool, MirrorError> {
    if columns(file, "lost").is_ok_and(|columns| columns.is_empty()) {
        // A file of an older format.
        return Ok(true);
    }
    let read: Read<Awaited> = |row| {
        Ok(Some(Awaited {
            platform: row.get(0)?,
            platform_name: row.get(1)?,
            key: row.get(2)?,
            until: row.get(3)?,
            idempotency_key: row.get(4)?,
            reason: row.get(5)?,
        }))
    };
    let select = "SELECT platform.id, platform.name, key, until, idempotency_key, reason FROM lost
                  JOIN platform ON platform.number = lost.platform";
    each_row(file, select, "lost.rowid", read, |awaited| {
        let platform = platform(db, &awaited.platform, &awaited.platform_name, false)?;
        db.prepare_cached(
            "INSERT INTO lost (platform, key, until, idempotency_key, reason) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET until = max(until, excluded.until), reason = excluded.reason",
        )?
        .execute(params![platform, awaited.key, awaited.until, awaited.idempotency_key, awaited.reason])?;
        Ok(true)
    })
}

/// A platform's number in the copy; one that was added since is entered.
fn platform(db: &Connection, id: &str, name: &str, forgotten: bool) -> Result<i64, MirrorError> {
    db.prepare_cached("INSERT INTO platform (id, name, forgotten) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING")?
        .execute(params![id, name, forgotten])?;
    Ok(db.prepare_cached("SELECT number FROM platform WHERE id = ?")?.query_row([id], |row| row.get(0))?)
}
