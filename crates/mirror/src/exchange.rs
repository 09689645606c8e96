//! Another file in the place of one. Whatever ends the program meanwhile, one of the two is there, whole.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clawpair_core::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::error::MirrorError;
use crate::file::beside;

/// Journals that SQLite keeps beside a file.
const JOURNALS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// What files are called that others have taken the place of.
const FORMER: [&str; 2] = [".damaged-", ".replaced-"];

/// A file that is made to take the place of another. Unless it does, it goes with this.
pub(crate) struct Replacement {
    made: PathBuf,
    path: PathBuf,
}

impl Replacement {
    /// For the file there, which nobody else may have open until this has ended.
    pub(crate) fn of(path: &Path) -> Self {
        let made = named(path, ".new");
        remove(&made);
        Self { made, path: path.to_owned() }
    }

    /// Where it is made. It has to be closed before it takes the place.
    pub(crate) fn made(&self) -> &Path {
        &self.made
    }

    /// Takes the place. The file that was there, if one was, goes by that name from then on.
    ///
    /// # Errors
    /// When this one is still open, or names cannot be given; the file that was there is in its place then.
    pub(crate) fn take_place(self, former: Option<&Path>) -> Result<(), MirrorError> {
        if journal_of(&self.made).exists() {
            return Err(MirrorError::Unavailable("the new file could not be closed; nothing was changed".into()));
        }
        if let Some(former) = former {
            give_second_name(&self.path, former)?;
        }
        if let Err(error) = fs::rename(&self.made, &self.path) {
            if let Some(former) = former {
                move_journals(former, &self.path)?;
                let _ = fs::remove_file(former);
            }
            return Err(MirrorError::io(&self.path, &error));
        }
        sync_folder(&self.path);
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        remove(&self.made);
    }
}

/// Puts a file back that another has taken the place of.
///
/// # Errors
/// When it cannot be moved.
pub(crate) fn put_back(former: &Path, path: &Path) -> Result<(), MirrorError> {
    for journal in JOURNALS {
        let _ = fs::remove_file(named(path, journal));
    }
    fs::rename(former, path).map_err(|error| MirrorError::io(path, &error))?;
    move_journals(former, path)
}

/// An exchange that was broken off has not happened: what was made goes, and so does the second name of the file that is still there.
pub(crate) fn undo_unfinished(path: &Path) {
    remove(&named(path, ".new"));
    for former in second_names(path) {
        let _ = fs::remove_file(former);
    }
}

/// A name that nothing has, for a file that another is to take the place of.
pub(crate) fn free_name(path: &Path, word: &str, now: Timestamp) -> Result<PathBuf, MirrorError> {
    let seconds = now.as_millis() / 1_000;
    let free = (0..1_000).map(|count| named(path, &format!(".{word}-{seconds}-{count}"))).find(|name| !name.exists());
    free.ok_or_else(|| MirrorError::Unavailable("too many files were set aside; remove some of them".into()))
}

/// Gives a file, and all that its journals hold, a second name.
fn give_second_name(path: &Path, second: &Path) -> Result<(), MirrorError> {
    gather(path)?;
    fs::hard_link(path, second).map_err(|error| MirrorError::io(path, &error))?;
    move_journals(path, second)?;
    sync_folder(path);
    Ok(())
}

/// Writes what a file's journal holds into the file. What is no database has none that anybody could read.
fn gather(path: &Path) -> Result<(), MirrorError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let gathered = Connection::open_with_flags(path, flags)
        .and_then(|db| db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0)))
        .map_err(MirrorError::from);
    match gathered {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(MirrorError::Unavailable("another program of yours has it open; end it first".into())),
        Err(MirrorError::Damaged(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn move_journals(from: &Path, to: &Path) -> Result<(), MirrorError> {
    for journal in JOURNALS {
        let (from, to) = (named(from, journal), named(to, journal));
        if from.exists() {
            fs::rename(&from, &to).map_err(|error| MirrorError::io(&from, &error))?;
        }
    }
    Ok(())
}

/// Names beside a file that are this very file's, though another was to take its place.
#[cfg(unix)]
fn second_names(path: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let same = |one: &fs::Metadata, other: &fs::Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    let Some((found, folder)) = fs::metadata(path).ok().zip(path.parent()) else { return Vec::new() };
    if found.nlink() < 2 {
        return Vec::new();
    }
    let former = FORMER.map(|word| named(path, word).file_name().unwrap_or_default().to_string_lossy().into_owned());
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let of_it = entries.filter(|entry| former.iter().any(|begin| entry.file_name().to_string_lossy().starts_with(begin)));
    of_it.filter(|entry| entry.metadata().is_ok_and(|other| same(&found, &other))).map(|entry| entry.path()).collect()
}

/// Elsewhere a name that is too many does no harm.
#[cfg(not(unix))]
fn second_names(_: &Path) -> Vec<PathBuf> {
    let _ = FORMER;
    Vec::new()
}

/// So that names outlast a power cut, where the system can do that.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

/// Removes a file with what belongs to it, and what a copy of it has left that was broken off.
fn remove(path: &Path) {
    for rest in ["", ".partial", ".partial-journal"].into_iter().chain(JOURNALS) {
        let _ = fs::remove_file(named(path, rest));
    }
    let _ = fs::remove_file(beside(path));
}

/// The write-ahead journal that SQLite keeps beside a file.
pub(crate) fn journal_of(path: &Path) -> PathBuf {
    named(path, JOURNALS[0])
}

/// `file.db` → `file.dbREST`.
pub(crate) fn named(path: &Path, rest: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(rest);
    path.with_file_name(name)
}
