//! Copies of the file, a copy put in its place, and what is done with a damaged one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clawpair_core::Timestamp;
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::backup::check;
use crate::delivery::Delivery;
use crate::error::MirrorError;
use crate::file::{Mirror, beside, reader};
use crate::intent::Conflict;
use crate::journal::{self, Deed};
use crate::outbox::errands;
use crate::presence::{Presence, only_program};
use crate::sending::step;

/// A file that was damaged, and what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it lies now.
    pub to: PathBuf,
    /// Why.
    pub why: String,
    /// Errands that wait and were saved from it.
    pub saved_errands: usize,
    /// Whether all errands, tombstones and the journal could be read.
    pub complete: bool,
}

impl SetAside {
    /// For people.
    pub fn sentence(&self) -> String {
        let saved = match (self.complete, self.saved_errands) {
            (true, 0) => "Nothing waited in it.".to_owned(),
            (true, count) => format!("What waited to be sent was saved: {count}."),
            (false, count) => format!("Not all of what waited could be read; saved were {count}. Ask again for what is missing."),
        };
        format!("The file of devices was damaged and is set aside as {}. Your platforms are read again. {saved}", self.to.display())
    }
}

impl Mirror {
    /// Opens the file; a damaged one is set aside and begun anew, with what waits to be sent saved from it if it can be read.
    ///
    /// # Errors
    /// When no file can be opened or made.
    pub fn open_or_begin_anew(path: &Path, now: Timestamp) -> Result<(Self, Option<SetAside>), MirrorError> {
        match Self::open(path) {
            Ok(mirror) => Ok((mirror, None)),
            Err(MirrorError::Damaged(why)) => {
                let (mirror, aside) = Self::begin_anew(path, &why, now)?;
                Ok((mirror, Some(aside)))
            }
            Err(error) => Err(error),
        }
    }

    /// Sets a file aside that turned out to be damaged, and begins a new one. Nobody may have it open.
    ///
    /// # Errors
    /// When another program has it open, it cannot be moved, or no new one can be made.
    pub fn begin_anew(path: &Path, why: &str, now: Timestamp) -> Result<(Self, SetAside), MirrorError> {
        let presence = alone(path)?;
        let to = aside(path, "damaged", now)?;
        drop(presence);
        let mirror = Self::open(path)?;
        let (complete, saved_errands) = mirror.write(|db| {
            let complete = rescue(db, &to).unwrap_or(false);
            let saved = db.query_row("SELECT count(*) FROM outbox WHERE state IN (0, 1, 2, 4)", [], |row| row.get::<_, i64>(0))?;
            journal::append(db, now, &Deed::by_platform("begun_anew", "file".into(), Some(why.to_owned())))?;
            Ok((complete, usize::try_from(saved).unwrap_or(0)))
        })?;
        Ok((mirror, SetAside { to, why: why.to_owned(), saved_errands, complete }))
    }

    /// Writes what the file holds at this moment to a new one, which only its owner may read: the whole copy or none.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), MirrorError> {
        Ok(clawpair_store::backup(self.path(), to)?)
    }

    /// Puts a backup in the place of the file, which nobody may have open. What waited in it may have been sent or withdrawn since, so a
    /// person is asked about each errand. The file that was there is kept beside it.
    ///
    /// # Errors
    /// When the backup is damaged, none of ours or of a newer format, another program has the file open, or a file cannot be written; the
    /// file that was there is in its place then.
    pub fn restore(backup: &Path, path: &Path, now: Timestamp) -> Result<(Self, PutBack), MirrorError> {
        check(backup)?;
        let partial = named(path, ".restoring");
        remove(&partial);
        let placed = prepare(backup, &partial, now)
            .and_then(|questions| Ok(PutBack { questions, replaced: put_in_place(&partial, path, now)? }));
        remove(&partial);
        let put_back = placed?;
        match Self::open(path) {
            Ok(mirror) => Ok((mirror, put_back)),
            Err(error) => {
                if let Some(replaced) = &put_back.replaced {
                    remove(path);
                    move_all(replaced, path)?;
                }
                Err(error)
            }
        }
    }
}

/// What was done to put a backup in the place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// Where the file lies that was there before, if there was one.
    pub replaced: Option<PathBuf>,
    /// Errands that waited in the backup and that a person is asked about.
    pub questions: usize,
}

/// A copy of the backup that asks about what waits in it; how much that is.
fn prepare(backup: &Path, partial: &Path, now: Timestamp) -> Result<usize, MirrorError> {
    clawpair_store::backup(backup, partial)?;
    let prepared = Mirror::open(partial)?;
    let questions = prepared.write(|db| {
        let waiting = errands(db, "WHERE state IN (0, 1) ORDER BY outbox.id", [])?;
        for errand in &waiting {
            // It may have gone out since.
            let delivery = Delivery::Sent { at: now }.failed(now, Conflict::Restored)?;
            step(db, errand, delivery)?;
        }
        journal::append(db, now, &Deed::by_person("restored", "file".into(), None))?;
        Ok(waiting.len())
    })?;
    drop(prepared);
    if named(partial, "-wal").exists() {
        return Err(MirrorError::Unavailable("the backup could not be closed; nothing was changed".into()));
    }
    Ok(questions)
}

/// Where the file lies that was there before.
fn put_in_place(partial: &Path, path: &Path, now: Timestamp) -> Result<Option<PathBuf>, MirrorError> {
    let _presence = alone(path)?;
    let replaced = if path.exists() { Some(aside(path, "replaced", now)?) } else { None };
    if let Err(error) = std::fs::rename(partial, path) {
        if let Some(replaced) = &replaced {
            move_all(replaced, path)?;
        }
        return Err(MirrorError::io(path, &error));
    }
    Ok(replaced)
}

/// Removes a file with what belongs to it.
fn remove(path: &Path) {
    for rest in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(named(path, rest));
    }
    let _ = std::fs::remove_file(beside(path));
}

/// Moves a file with its journals; all of it or, when this fails, nothing.
fn move_all(from: &Path, to: &Path) -> Result<(), MirrorError> {
    let mut moved = Vec::new();
    for rest in ["-wal", "-shm", ""] {
        let (from, to) = (named(from, rest), named(to, rest));
        if !from.exists() {
            continue;
        }
        if let Err(error) = std::fs::rename(&from, &to) {
            for (from, to) in moved {
                let _ = std::fs::rename::<&PathBuf, &PathBuf>(&to, &from);
            }
            return Err(MirrorError::io(&from, &error));
        }
        moved.push((from, to));
    }
    Ok(())
}

fn alone(path: &Path) -> Result<Presence, MirrorError> {
    let presence = Presence::enter(&beside(path)).map_err(|error| MirrorError::io(path, &error))?;
    only_program(&presence)?;
    Ok(presence)
}

/// `file.db` → `file.dbREST`.
fn named(path: &Path, rest: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(rest);
    path.with_file_name(name)
}

/// Moves a file with its journals to a name that nothing has.
fn aside(path: &Path, word: &str, now: Timestamp) -> Result<PathBuf, MirrorError> {
    let free =
        (0..1_000).map(|count| named(path, &format!(".{word}-{}-{count}", now.as_millis() / 1_000))).find(|name| !name.exists());
    let to = free.ok_or_else(|| MirrorError::Unavailable("too many files were set aside; remove some of them".into()))?;
    move_all(path, &to)?;
    Ok(to)
}

/// Takes over what no platform can tell again, row by row as far as it can be read. Whether all of it could.
fn rescue(db: &Connection, from: &Path) -> Result<bool, MirrorError> {
    let from = reader(from)?;
    let mut complete = true;
    for (table, columns) in [
        ("platform", "number, id, name, forgotten"),
        (
            "outbox",
            "id, idempotency_key, platform, subject, device_key, paired_at, intent, revokes, revision, queued_at, expires_at, attempts, \
             state, due_at, sent_at, acknowledged_at, tick, ended_at, conflict",
        ),
        ("tombstone", "number, platform, device, key, name, standing, at, who, why"),
        ("alarm", "number, tombstone, platform, subject, asks, at, acknowledged_at"),
    ] {
        complete &= copy(db, &from, table, columns).is_ok();
    }
    // Whatever was on its way may have arrived, and no reading of this file is later than what it acknowledged.
    db.execute("UPDATE outbox SET state = 0, due_at = 0 WHERE state = 1", [])?;
    db.execute("UPDATE outbox SET tick = 0 WHERE state = 2", [])?;
    Ok(complete && rescue_journal(db, &from).unwrap_or(false))
}

fn copy(db: &Connection, from: &Connection, table: &str, columns: &str) -> Result<(), MirrorError> {
    let mut read = from.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let count = read.column_count();
    let places = vec!["?"; count].join(", ");
    let mut write = db.prepare(&format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"))?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..count).map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>()?;
        write.execute(params_from_iter(values))?;
    }
    Ok(())
}

/// A journal that is not whole is left where it is: what it says could not be told from what somebody has put in.
fn rescue_journal(db: &Connection, from: &Connection) -> Result<bool, MirrorError> {
    if journal::verify(from)?.is_err() {
        return Ok(false);
    }
    copy(db, from, "journal", "number, at, actor, action, subject, details, hash")?;
    let head = journal::head(from)?;
    db.execute("UPDATE state SET journal_number = ?, journal_hash = ?", (head.number, head.hash))?;
    Ok(true)
}
