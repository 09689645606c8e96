//! What a file is that somebody offers as a backup. It may come from anywhere, so nothing in it is believed before it was checked.

use std::path::Path;

use clawpair_core::Timestamp;
use clawpair_core::activity::{Fault, Verified};
use clawpair_core::store::StoreError;
use clawpair_store::migrate;
use rusqlite::Connection;

use crate::asked_since::AskedSince;
use crate::error::MirrorError;
use crate::file::{MIGRATIONS, Mirror, reader};
use crate::journal;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// When a platform in it was last read; nothing if none ever was.
    pub as_of: Option<Timestamp>,
    /// How many devices it knows.
    pub devices: u64,
    /// Errands that wait in it.
    pub waiting: u64,
    /// Errands that are not over in the file whose place it would take, and that were asked for after it was made.
    pub since: u64,
    /// Whether the journal in it is as it was written.
    pub journal: Result<Verified, Fault>,
}

impl Mirror {
    /// What a backup holds, before it is put in the place of the file there.
    ///
    /// # Errors
    /// When it is damaged, none of ours, or of a newer format.
    pub fn look_at_backup(backup: &Path, file: &Path) -> Result<Backup, MirrorError> {
        let db = check(backup)?;
        let count = |sql: &str| -> Result<u64, MirrorError> {
            let count: i64 = db.query_row(sql, [], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        };
        let as_of: Option<i64> = db.query_row("SELECT max(as_of) FROM platform", [], |row| row.get(0))?;
        Ok(Backup {
            as_of: as_of.map(Timestamp::from_millis),
            devices: count("SELECT count(*) FROM device")?,
            waiting: count("SELECT count(*) FROM outbox WHERE state IN (0, 1)")?,
            since: u64::try_from(AskedSince::of(file, &db)?.len()).unwrap_or(u64::MAX),
            journal: journal::verify(&db)?,
        })
    }
}

/// The first format with everything that cannot be read from platforms again.
const FIRST: usize = 3;

/// Opens a backup for reading, if it is one. Not only its tables but all that runs by itself, such as triggers, has to be as this program
/// makes it.
///
/// # Errors
/// When it is damaged, none of ours, or of a newer format.
pub(crate) fn check(path: &Path) -> Result<Connection, MirrorError> {
    let none = |why: &str| MirrorError::Invalid(format!("{} is no backup of a file of devices: {why}.", path.display()));
    // A pipe or a device would have no end.
    if !std::fs::metadata(path).map_err(|error| MirrorError::io(path, &error))?.is_file() {
        return Err(none("it is no file"));
    }
    opened(path)
        .map_err(|error| match error {
            MirrorError::Damaged(why) => none(&why),
            other => other,
        })?
        .ok_or_else(|| none("its tables are not those that this program makes"))
}

/// Nothing if it holds something else.
fn opened(path: &Path) -> Result<Option<Connection>, MirrorError> {
    let db = reader(path)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let format = usize::try_from(found).unwrap_or(0);
    if format > MIGRATIONS.len() {
        return Err(StoreError::NewerFormat { found, known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX) }.into());
    }
    if format < FIRST {
        return Ok(None);
    }
    let mut made = Connection::open_in_memory()?;
    migrate(&mut made, &MIGRATIONS[..format])?;
    if schema(&db)? != schema(&made)? {
        return Ok(None);
    }
    let fault: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if fault == "ok" { Ok(Some(db)) } else { Err(MirrorError::Damaged(fault)) }
}

/// All that is in a database by name, without what SQLite itself adds. What search indexes keep their words in is worded by SQLite, too.
fn schema(db: &Connection) -> rusqlite::Result<Vec<(String, String, String)>> {
    let mut statement = db.prepare(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema
         WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND (type != 'table' OR name LIKE '%!_vocabulary' ESCAPE '!' OR NOT (name LIKE 'device!_search!_%' ESCAPE '!'
             OR name LIKE 'tombstone!_search!_%' ESCAPE '!' OR name LIKE 'journal!_search!_%' ESCAPE '!' OR name LIKE 'activity!_search!_%' ESCAPE '!'))
         ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}
