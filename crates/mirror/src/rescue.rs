//! What is taken over from a damaged file: all that no platform can tell again, row by row as far as it can be read.

use std::path::Path;

use clawpair_core::text::{Name, Tag};
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, Row, params, params_from_iter, types::Value};

use crate::error::MirrorError;
use crate::file::reader;
use crate::platform::PlatformId;
use crate::{journal, outbox, tombstone, words};

/// What could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rescued {
    /// All errands.
    pub(crate) errands: bool,
    /// All groups, tombstones and alarms, and a journal that is whole.
    pub(crate) all_else: bool,
}

/// Takes over what can be read.
///
/// # Errors
/// When it cannot be kept.
pub(crate) fn rescue(db: &Connection, from: &Path) -> Result<Rescued, MirrorError> {
    let Ok(from) = reader(from) else { return Ok(Rescued { errands: false, all_else: false }) };
    let platforms = copy_platforms(db, &from)?;
    let sql = format!("SELECT {} FROM {}", outbox::COLUMNS, outbox::TABLES);
    let errands = platforms
        & copy(db, &from, "outbox")?
        & keep_readable(db, &sql, outbox::errand, |id| Ok(db.execute("DELETE FROM outbox WHERE id = ?", [id])?))?;
    // Whatever was on its way may have arrived, and no reading of this file is later than what it acknowledged.
    db.execute("UPDATE outbox SET state = 0, due_at = 0 WHERE state = 1", [])?;
    db.execute("UPDATE outbox SET tick = 0 WHERE state = 2", [])?;
    // A file of an older format has none.
    let _ = copy(db, &from, "lost")?;
    let sql = format!("SELECT {} FROM {}", tombstone::COLUMNS, tombstone::TABLES);
    let all_else = platforms
        & copy(db, &from, "tombstone")?
        & keep_readable(db, &sql, tombstone::tombstone, |number| {
            Ok(db.execute("DELETE FROM tombstone WHERE number = ?", [number])?)
        })?
        & copy(db, &from, "alarm")?
        & copy_groups(db, &from)?
        & copy_journal(db, &from)?;
    words::enter_all(db)?;
    Ok(Rescued { errands, all_else })
}

/// What is read of a row, if it is of the form that was written.
pub(crate) type Read<T> = fn(&Row<'_>) -> rusqlite::Result<Option<T>>;

/// Calls this with every row that can be read, in the order of a column; whether all could be. What lies behind a damaged place is come to
/// from the other end, so a row may come twice.
pub(crate) fn each_row<T>(
    from: &Connection,
    select: &str,
    column: &str,
    read: Read<T>,
    mut keep: impl FnMut(T) -> Result<bool, MirrorError>,
) -> Result<bool, MirrorError> {
    let mut all = true;
    for order in ["ASC", "DESC"] {
        let Ok(mut statement) = from.prepare(&format!("{select} ORDER BY {column} {order}")) else { return Ok(false) };
        let mut rows = statement.raw_query();
        loop {
            match rows.next() {
                Ok(Some(row)) => all &= read(row).ok().flatten().map_or(Ok(false), &mut keep)?,
                Ok(None) => return Ok(all),
                Err(_) => break,
            }
        }
        all = false;
    }
    Ok(false)
}

/// Whether a row that was read can be kept: one may not fit to what else could be read.
fn kept(written: rusqlite::Result<usize>) -> Result<bool, MirrorError> {
    match written {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(false),
        written => Ok(written.map(|_| true)?),
    }
}

/// All columns of a table that the file has, which may be of an older format.
fn copy(db: &Connection, from: &Connection, table: &str) -> Result<bool, MirrorError> {
    let Ok(found) = columns(from, table) else { return Ok(false) };
    let shared: Vec<String> = columns(db, table)?.into_iter().filter(|column| found.contains(column)).collect();
    if shared.is_empty() {
        return Ok(false);
    }
    let (names, places) = (shared.join(", "), vec!["?"; shared.len()].join(", "));
    let mut write = db.prepare(&format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"))?;
    let read: Read<Vec<Value>> =
        |row| (0..row.as_ref().column_count()).map(|column| row.get(column)).collect::<Result<_, _>>().map(Some);
    each_row(from, &format!("SELECT {names} FROM {table}"), "rowid", read, |values| kept(write.execute(params_from_iter(values))))
}

/// The columns of a table, none if there is none.
pub(crate) fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT name FROM pragma_table_info(?)")?.query_map([table], |row| row.get(0))?.collect()
}

/// Their numbers, which all else names them by. One whose name cannot be read is called by its id.
fn copy_platforms(db: &Connection, from: &Connection) -> Result<bool, MirrorError> {
    let mut write = db.prepare("INSERT OR IGNORE INTO platform (number, id, name, forgotten) VALUES (?, ?, ?, ?)")?;
    let read: Read<(i64, PlatformId, Option<Name>, bool)> = |row| {
        let (id, name): (String, String) = (row.get(1)?, row.get(2)?);
        let (number, forgotten) = (row.get(0)?, row.get(3)?);
        Ok(id.parse().ok().map(|id| (number, id, name.parse().ok(), forgotten)))
    };
    each_row(from, "SELECT number, id, name, forgotten FROM platform", "number", read, |(number, id, name, forgotten)| {
        let name = name.as_ref().map_or(id.as_str(), Name::as_str);
        kept(write.execute(params![number, id.as_str(), name, forgotten]))
    })
}

/// Groups wait until their devices are listed again.
fn copy_groups(db: &Connection, from: &Connection) -> Result<bool, MirrorError> {
    let mut write = db.prepare("INSERT OR IGNORE INTO group_kept (platform, device, local_group) VALUES (?, ?, ?)")?;
    let read: Read<(i64, String, Tag)> = |row| {
        let (platform, device, group): (_, _, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(group.parse().ok().map(|group| (platform, device, group)))
    };
    let mut all = true;
    let of_devices = ("SELECT platform, id, local_group FROM device WHERE local_group IS NOT NULL", "rowid");
    let waiting = ("SELECT platform, device, local_group FROM group_kept", "platform");
    let has_waiting = columns(from, "group_kept").is_ok_and(|columns| !columns.is_empty());
    for (select, column) in std::iter::once(of_devices).chain(has_waiting.then_some(waiting)) {
        all &= each_row(from, select, column, read, |(platform, device, group)| {
            kept(write.execute(params![platform, device, group.as_str()]))
        })?;
    }
    Ok(all)
}

/// Removes what was taken over and is not of the form that this program writes: it would be met again and again.
fn keep_readable<T>(
    db: &Connection,
    select: &str,
    read: fn(&Row<'_>) -> Result<T, MirrorError>,
    remove: impl Fn(i64) -> Result<usize, MirrorError>,
) -> Result<bool, MirrorError> {
    let mut statement = db.prepare(select)?;
    let (mut rows, mut unreadable) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        if read(row).is_err() {
            unreadable.push(row.get(0)?);
        }
    }
    for id in &unreadable {
        remove(*id)?;
    }
    Ok(unreadable.is_empty())
}

/// A journal that is not whole is left where it is: what it says could not be told from what somebody has put in.
fn copy_journal(db: &Connection, from: &Connection) -> Result<bool, MirrorError> {
    let (Ok(Ok(_)), Ok(head)) = (journal::verify(from), journal::head(from)) else { return Ok(false) };
    let all = copy(db, from, "journal")?;
    db.execute("UPDATE state SET journal_number = ?, journal_hash = ?", (head.number, head.hash))?;
    Ok(all)
}
