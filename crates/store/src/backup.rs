//! Copies of a platform's database, made while it is in use, and a copy put in its place.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use rusqlite::{Connection, OpenFlags, params};

use crate::migrate::{migrate, unavailable};
use crate::sqlite::commit::Commit;
use crate::sqlite::{MIGRATIONS, activity, make_private, open_private};

fn io(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// `file.db` → `file.db.WORD`.
fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(word);
    path.with_file_name(name)
}

/// Writes what `from` holds at this moment to the new file `to`, which only its owner may read. Either the whole copy is
/// there afterwards, flushed to disk, or none.
///
/// # Errors
/// When there is a file already, or it cannot be written.
pub fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Unavailable(format!("{} exists already; name another file", to.display())));
    }
    let partial = beside(to, "partial");
    // A program that was killed has left these.
    for left in [beside(to, "partial-journal"), partial.clone()] {
        let _ = std::fs::remove_file(left);
    }
    let written = copy(from, &partial).and_then(|()| std::fs::rename(&partial, to).map_err(|error| io(to, &error)));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

/// What a restore has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Codes and requests that were open in the backup and are void now.
    pub voided: usize,
    /// Sessions that were open in it and have ended.
    pub signed_out: usize,
    /// Invitations that were open in it and are withdrawn.
    pub withdrawn: usize,
    /// Where the database that was there lies now, if one was.
    pub replaced: Option<PathBuf>,
}

/// Puts a backup in the place of `database`, which nobody may have open. Whatever could still have let a device or a person in
/// by the backup is void: it may have been used or ended since. The database that was there is kept beside it.
///
/// # Errors
/// When the backup is damaged, not a platform's, or of a newer format, or a file cannot be written; the database that was
/// there is in its place then.
pub fn restore(backup: &Path, database: &Path, at: Timestamp) -> Result<Restored, StoreError> {
    let partial = beside(database, "restoring");
    let _ = std::fs::remove_file(&partial);
    let prepared = check(backup).and_then(|()| copy(backup, &partial)).and_then(|()| void(&partial, at));
    let restored = match prepared {
        Ok(restored) => restored,
        Err(error) => {
            let _ = std::fs::remove_file(&partial);
            return Err(error);
        }
    };
    let replaced = set_aside(database, at)?;
    std::fs::rename(&partial, database).map_err(|error| io(database, &error))?;
    Ok(Restored { replaced, ..restored })
}

fn reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    db.busy_timeout(std::time::Duration::from_secs(5)).map_err(unavailable)?;
    Ok(db)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    make_private(to).map_err(|error| io(to, &error))?;
    let name = to.to_str().ok_or_else(|| StoreError::Unavailable(format!("{} is no text", to.display())))?;
    reading(from)?.execute("VACUUM INTO ?", [name]).map_err(unavailable)?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|error| io(to, &error))
}

fn check(path: &Path) -> Result<(), StoreError> {
    let db = reading(path)?;
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unavailable)?;
    if found != "ok" {
        return Err(StoreError::Unavailable(format!("{} is damaged: {found}", path.display())));
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('pairing', 'device', 'activity')";
    let tables: i64 = db.query_row(tables, [], |row| row.get(0)).map_err(unavailable)?;
    if tables != 3 {
        return Err(StoreError::Unavailable(format!("{} is no platform's database", path.display())));
    }
    Ok(())
}

fn void(path: &Path, at: Timestamp) -> Result<Restored, StoreError> {
    let mut db = open_private(path)?;
    migrate(&mut db, MIGRATIONS)?;
    let transaction = db.transaction().map_err(unavailable)?;
    let keys = RefCell::default();
    let commit = Commit::over(&transaction, &keys);
    let restored = end_what_lets_in(&commit, at).map_err(unavailable)?;
    commit.finish().map_err(unavailable)?;
    transaction.commit().map_err(unavailable)?;
    // One file without a journal is what is moved into place.
    db.pragma_update(None, "journal_mode", "DELETE").map_err(unavailable)?;
    Ok(restored)
}

fn end_what_lets_in(db: &Commit<'_>, at: Timestamp) -> rusqlite::Result<Restored> {
    let moment = params![at.as_millis()];
    let voided = db.execute(
        "UPDATE pairing SET cancelled_at = ?1 WHERE completed_at IS NULL AND denied_at IS NULL AND cancelled_at IS NULL
           AND (expires_at > ?1 OR claimed_by IS NOT NULL)",
        moment,
    )?;
    let signed_out = db.execute("UPDATE session SET ended_at = ?1 WHERE ended_at IS NULL", moment)?;
    let withdrawn = db.execute(
        "UPDATE invitation SET withdrawn_at = ?1 WHERE withdrawn_at IS NULL AND member IS NULL AND expires_at > ?1",
        moment,
    )?;
    // Mail that waits says what is void, or was sent since.
    db.execute("UPDATE address_change SET replaced_at = ?1 WHERE confirmed_at IS NULL AND replaced_at IS NULL", moment)?;
    db.execute("UPDATE mail SET next_at = NULL, fault = 'The platform was restored.' WHERE next_at IS NOT NULL", [])?;
    // A repetition would be given a code that is void.
    db.execute("DELETE FROM idempotency", [])?;
    // Whoever followed what the database was before knows changes that it no longer does.
    db.execute("UPDATE change_epoch SET epoch = abs(random() / 2)", [])?;
    activity::append(db, at, Actor::Operator, Action::Restored)?;
    Ok(Restored { voided, signed_out, withdrawn, replaced: None })
}

/// Keeps the database, with everything in its journal, under a second name. Its own stays until the backup takes it, so that a
/// crash in between leaves one of the two in place.
fn set_aside(database: &Path, at: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    // What is no database any more is set aside as it is.
    if let Ok(db) = Connection::open(database) {
        let _ = db.pragma_update(None, "journal_mode", "DELETE");
    }
    let aside = beside(database, &format!("before-restore-{}", at.as_millis() / 1_000));
    std::fs::hard_link(database, &aside).map_err(|error| io(&aside, &error))?;
    for journal in ["wal", "shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(format!("-{journal}"));
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(database, &error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(Some(aside))
}
