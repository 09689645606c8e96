//! Copies of the file, a copy put in its place, and what is done with a damaged one.

use std::path::{Path, PathBuf};

use clawpair_core::Timestamp;
use clawpair_core::activity::hex;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::asked_since::AskedSince;
use crate::backup::check;
use crate::delivery::Delivery;
use crate::error::MirrorError;
use crate::exchange::{self, Replacement};
use crate::file::{Mirror, beside, opened_alone, reader};
use crate::intent::Conflict;
use crate::journal::{self, Deed};
use crate::left_in::unless_over;
use crate::outbox::errands;
use crate::over_since;
use crate::presence::{Presence, only_program};
use crate::rescue::rescue;
use crate::sending::step;
use crate::suspicion;

/// A file that was damaged, and what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Where it lies now.
    pub to: PathBuf,
    /// Why.
    pub why: String,
    /// Errands that wait and were saved from it.
    pub saved_errands: usize,
    /// Whether all errands could be read.
    pub all_errands: bool,
    /// Whether all groups, tombstones and alarms and the journal could be read.
    pub all_else: bool,
}

impl SetAside {
    /// For people.
    pub fn sentence(&self) -> String {
        let saved = match (self.all_errands, self.saved_errands) {
            (true, 0) => "Nothing waited in it.".to_owned(),
            (true, count) => format!("What waited to be sent was saved: {count}."),
            (false, count) => format!("Not all of what waited could be read; saved were {count}. Ask again for what is missing."),
        };
        let lost = if self.all_else { "" } else { " Not all groups, revoked devices and entries of the journal could be read." };
        format!(
            "The file of devices was damaged and is set aside as {}. Your platforms are read again, and the review lists every device as \
             new. {saved}{lost}",
            self.to.display()
        )
    }
}

impl Mirror {
    /// Opens the file; a damaged one is set aside and begun anew, with what no platform can tell again saved from it as far as it can be
    /// read. That is told once, by whichever call comes first to its end. What turned out to be damaged only while the file was in use is
    /// damaged for the first program that opens it alone.
    ///
    /// # Errors
    /// When no file can be opened or made.
    pub fn open_or_begin_anew(path: &Path, now: Timestamp) -> Result<(Self, Option<SetAside>), MirrorError> {
        let whole = match Self::open(path) {
            Err(MirrorError::Damaged(_)) => None,
            opened => Some(opened?).filter(|_| suspicion::of(path).is_none()),
        };
        let mirror = if let Some(mirror) = whole {
            mirror
        } else {
            let begun = begin_anew(path, now);
            // One that can be opened is better than none.
            Self::open(path).map_err(|still| begun.err().unwrap_or(still))?
        };
        Ok((mirror, suspicion::take_news(path)))
    }

    /// Writes what the file holds at this moment to a new one, which only its owner may read: the whole copy or none.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), MirrorError> {
        Ok(clawpair_store::backup(self.path(), to)?)
    }

    /// Puts a backup in the place of the file, which nobody may have open. What waited in it may have been sent or withdrawn since, so a
    /// person is asked about each errand; and about what was asked for since and is not known to be done. Who was shut out since stays so, with
    /// alarms and keys that are to be shut out once they join. The file that was there is kept beside it.
    ///
    /// # Errors
    /// When the backup is damaged, none of ours or of a newer format, another program has the file open, or a file cannot be written; the
    /// file that was there is in its place then.
    pub fn restore(backup: &Path, path: &Path, now: Timestamp) -> Result<(Self, PutBack), MirrorError> {
        check(backup)?;
        let presence = alone(path)?;
        let replacement = Replacement::of(path);
        let mut put_back = prepare(backup, replacement.made(), path, now)?;
        put_back.replaced = if path.exists() { Some(exchange::free_name(path, "replaced", now)?) } else { None };
        // It is of the file that goes.
        suspicion::drop_it(path);
        replacement.take_place(put_back.replaced.as_deref())?;
        drop(presence);
        match Self::open(path) {
            Ok(mirror) => Ok((mirror, put_back)),
            Err(error) => {
                if let Some(replaced) = &put_back.replaced {
                    exchange::put_back(replaced, path)?;
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
    /// Errands that a person is asked about: they waited in the backup, or were asked for after it was made.
    pub questions: usize,
    /// Whether all could be read that was asked for since, and who was shut out since.
    pub whole: bool,
}

/// Sets a damaged file aside and begins a new one. Whoever has it open goes on with it; the next one that is alone does this.
fn begin_anew(path: &Path, now: Timestamp) -> Result<(), MirrorError> {
    let presence = Presence::enter(&beside(path)).map_err(|error| MirrorError::io(path, &error))?;
    if !presence.is_alone() {
        return Ok(());
    }
    // Another program may have done it since.
    let Some(why) = damage(path)? else { return Ok(()) };
    let (replacement, to) = (Replacement::of(path), exchange::free_name(path, "damaged", now)?);
    let aside = Mirror::open(replacement.made())?.write(|db| {
        let rescued = rescue(db, path)?;
        let saved = db.query_row("SELECT count(*) FROM outbox WHERE state IN (0, 1, 2, 4)", [], |row| row.get::<_, i64>(0))?;
        journal::append(db, now, &Deed::by_platform("begun_anew", "file".into(), Some(why.clone())))?;
        let saved_errands = usize::try_from(saved).unwrap_or(0);
        Ok(SetAside { to, why, saved_errands, all_errands: rescued.errands, all_else: rescued.all_else })
    })?;
    suspicion::announce(path, &aside).map_err(|error| MirrorError::io(path, &error))?;
    replacement.take_place(Some(&aside.to)).inspect_err(|_| drop(suspicion::take_news(path)))?;
    suspicion::drop_it(path);
    Ok(())
}

/// What is known to be wrong with a file.
fn damage(path: &Path) -> Result<Option<String>, MirrorError> {
    match (suspicion::of(path), opened_alone(path)) {
        (Some(why), _) | (None, Err(MirrorError::Damaged(why))) => Ok(Some(why)),
        (None, opened) => opened.map(|_| None),
    }
}

/// A copy of the backup that asks about what waits in it, and about what was asked for since in the file that is there.
fn prepare(backup: &Path, made: &Path, path: &Path, now: Timestamp) -> Result<PutBack, MirrorError> {
    clawpair_store::backup(backup, made)?;
    Mirror::open(made)?.write(|db| {
        let since = AskedSince::of(path, db)?;
        let whole = over_since::take_over(db, path, now)? && since.whole;
        let waiting = ask_about_all(db, now)?;
        journal::append(db, now, &Deed::by_person("restored", "file".into(), end_of_journal(path)))?;
        let questions = waiting + since.enter(db, now)?;
        // Its key had joined since the backup was made, and is asked about.
        db.execute("DELETE FROM lost WHERE idempotency_key IN (SELECT idempotency_key FROM outbox)", [])?;
        Ok(PutBack { replaced: None, questions, whole })
    })
}

/// How the journal of the file there ends, if one is that can be read: the file is kept, and nobody can shorten it unseen.
fn end_of_journal(path: &Path) -> Option<String> {
    let head = reader(path).and_then(|db| journal::head(&db)).ok().filter(|head| head.number > 0)?;
    Some(format!("The journal before it ended with entry {}, {}.", head.number, hex(&head.hash)))
}

/// How much it is.
fn ask_about_all(db: &Connection, now: Timestamp) -> Result<usize, MirrorError> {
    let waiting = errands(db, "WHERE state IN (0, 1) ORDER BY outbox.id", [])?;
    for errand in &waiting {
        // It may have gone out since.
        let delivery = Delivery::Sent { at: now }.failed(now, unless_over(db, errand, Conflict::Restored)?)?;
        step(db, errand, delivery)?;
    }
    Ok(waiting.len())
}

fn alone(path: &Path) -> Result<Presence, MirrorError> {
    let presence = Presence::enter(&beside(path)).map_err(|error| MirrorError::io(path, &error))?;
    only_program(&presence)?;
    Ok(presence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_second_leaves_the_new_file_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        std::fs::write(&path, "This is no database any more, and long enough to be looked at as one.").unwrap();
        let now = Timestamp::from_millis(0);
        begin_anew(&path, now).unwrap();
        let ours = std::fs::read(&path).unwrap();
        begin_anew(&path, now).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), ours);
        let (mirror, aside) = Mirror::open_or_begin_anew(&path, now).unwrap();
        assert!(aside.unwrap().to.exists());
        drop(mirror);
        assert_eq!(Mirror::open_or_begin_anew(&path, now).unwrap().1, None, "told once");
        let asides = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(asides.filter(|name| name.contains("damaged-")).count(), 1);
    }
}
