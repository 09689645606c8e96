//! The file, its connections, and how it is opened.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clawpair_core::Timestamp;
use clawpair_store::{Migration, migrate, open_private};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::MirrorError;
use crate::presence::{self, Presence};
use crate::reading::Reading;
use crate::{exchange, suspicion, words};

pub(crate) const MIGRATIONS: &[Migration] = &[
    include_str!("schema/0001-mirror.sql"),
    include_str!("schema/0002-outbox.sql"),
    include_str!("schema/0003-review.sql"),
    include_str!("schema/0004-forgotten.sql"),
    include_str!("schema/0005-programs.sql"),
    include_str!("schema/0006-readings.sql"),
    include_str!("schema/0007-expiry.sql"),
    include_str!("schema/0008-kept-groups.sql"),
    include_str!("schema/0009-waits.sql"),
    include_str!("schema/0010-over.sql"),
    include_str!("schema/0011-search.sql"),
    include_str!("schema/0012-capabilities.sql"),
    include_str!("schema/0013-vocabulary.sql"),
    include_str!("schema/0014-overtaken.sql"),
    include_str!("schema/0015-labels.sql"),
];
/// Lists are read from the window only, and take a millisecond.
const READERS: usize = 2;
/// Statements a connection keeps.
const STATEMENTS: usize = 128;
/// Pages a reader keeps in memory: 8 MiB.
const CACHE_PAGES: i64 = 2_000;
/// Pages of SQLite's journal from which on a commit copies them into the file: few, so that none waits long for it.
const CHECKPOINT_PAGES: i64 = 250;
/// Bytes of that journal that are kept to be written over. To cut it each time costs more than all else that a commit does.
const KEPT_JOURNAL: i64 = 16 * 1_024 * 1_024;
/// How long another program may hold the file before we give up.
const BUSY: Duration = Duration::from_secs(5);

/// What this person's platforms had when they were last heard. Reading never waits for a write, nor for any network.
pub struct Mirror {
    path: PathBuf,
    readers: Vec<Mutex<Connection>>,
    writer: Mutex<Connection>,
    _presence: Presence,
    closing: Closing,
}

/// Tells once no connection is open any more, since it is dropped last.
#[derive(Default)]
struct Closing(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(tell) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            tell();
        }
    }
}

impl Mirror {
    /// Opens or makes the file, readable by its owner only. Several programs of the owner may have it open at once.
    ///
    /// # Errors
    /// When it cannot be opened or written, is damaged, or a newer program wrote it; it is left as it is then.
    pub fn open(path: &Path) -> Result<Self, MirrorError> {
        // Asked first, because what cannot be made says less about why.
        if std::fs::metadata(path).is_ok_and(|found| found.permissions().readonly()) {
            return Err(MirrorError::ReadOnly);
        }
        let mut presence = Presence::enter(&beside(path)).map_err(|error| MirrorError::io(path, &error))?;
        if presence.is_alone() {
            exchange::undo_unfinished(path);
        }
        let writer = if presence.is_alone() { opened_alone(path)? } else { opened(path)? };
        presence.let_others_in().map_err(|error| MirrorError::io(path, &error))?;
        writer.set_prepared_statement_cache_capacity(STATEMENTS);
        writer.pragma_update(None, "temp_store", "MEMORY")?;
        writer.pragma_update(None, "cache_size", CACHE_PAGES)?;
        writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        writer.pragma_update(None, "journal_size_limit", KEPT_JOURNAL)?;
        let readers = (0..READERS).map(|_| reader(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        let (writer, closing) = (Mutex::new(writer), Closing::default());
        Ok(Self { path: path.to_owned(), readers, writer, _presence: presence, closing })
    }

    /// Calls this once the file is closed: it may be moved then. Only the last call of this counts.
    pub fn when_closed(&self, tell: impl FnOnce() + Send + 'static) {
        *self.closing.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(tell));
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// To be called right before a platform is asked for what it has: only what was asked for after an answer can confirm it.
    ///
    /// # Errors
    /// When it cannot be numbered, as on a full disk or while another program holds the file: nothing may be asked then.
    pub fn reading(&self, now: Timestamp) -> Result<Reading, MirrorError> {
        // What is numbered by it is written later, and nothing written later outlasts a power cut that this does not.
        Ok(Reading::new(self.write_unsynced(next_tick)?, now))
    }

    /// Changes whenever another program has written to the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn written_elsewhere(&self) -> Result<i64, MirrorError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writer.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// One whole change: on disk when this returns, or not at all.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, MirrorError>) -> Result<T, MirrorError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let changed =
            writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(MirrorError::from).and_then(|transaction| {
                let changed = change(&transaction)?;
                transaction.commit()?;
                Ok(changed)
            });
        self.heed(changed).map_err(|error| match error {
            // SQLite has one word for all that a disk refuses.
            MirrorError::Unavailable(_) => {
                presence::written(&beside(&self.path)).map_or_else(|why| MirrorError::io(&self.path, &why), |()| error)
            }
            error => error,
        })
    }

    /// A change of one row that waits for no disk, unless it is the one that SQLite's journal is copied with, and that a power cut may take back.
    pub(crate) fn write_unsynced<T>(&self, change: impl FnOnce(&Connection) -> Result<T, MirrorError>) -> Result<T, MirrorError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let unsynced = writer.pragma_update(None, "synchronous", "NORMAL");
        let changed = unsynced.map_err(MirrorError::from).and_then(|()| change(&writer));
        let synced = writer.pragma_update(None, "synchronous", "FULL");
        drop(writer);
        self.heed(synced.map_err(MirrorError::from).and(changed))
    }

    /// Reads what was on disk at one moment.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T, MirrorError>) -> Result<T, MirrorError> {
        let mut reader = self.free_reader();
        self.heed(reader.transaction().map_err(MirrorError::from).and_then(|transaction| query(&transaction)))
    }

    /// What is damaged may be met long after the file was opened without a fault, so whoever opens it next has to know.
    fn heed<T>(&self, done: Result<T, MirrorError>) -> Result<T, MirrorError> {
        if let Err(MirrorError::Damaged(why)) = &done {
            suspicion::raise(&self.path, why);
        }
        done
    }

    fn free_reader(&self) -> MutexGuard<'_, Connection> {
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        free.unwrap_or_else(|| self.readers[0].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The next in the order of readings and acknowledgements.
pub(crate) fn next_tick(db: &Connection) -> Result<i64, MirrorError> {
    Ok(db.prepare_cached("UPDATE state SET tick = tick + 1 RETURNING tick")?.query_row([], |row| row.get(0))?)
}

/// `file.db` → `file.db.lock`.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    path.with_file_name(name)
}

/// For a program that is alone: whatever was on its way when the last one ended may have arrived or not. On a full disk it counts as lost
/// two minutes later.
pub(crate) fn opened_alone(path: &Path) -> Result<Connection, MirrorError> {
    let writer = opened(path)?;
    match writer.execute("UPDATE outbox SET state = 0, due_at = 0 WHERE state IN (0, 1) AND state = 1", []).map_err(Into::into) {
        Ok(_) | Err(MirrorError::DiskFull) => Ok(writer),
        Err(error) => Err(error),
    }
}

fn opened(path: &Path) -> Result<Connection, MirrorError> {
    let mut connection = open_private(path).map_err(|error| named(path, error.into()))?;
    migrate(&mut connection, MIGRATIONS).map_err(|error| named(path, error.into()))?;
    words::catch_up(&mut connection)?;
    Ok(connection)
}

/// A storage error that only has words, told apart by looking at the file again.
fn named(path: &Path, error: MirrorError) -> MirrorError {
    let MirrorError::Unavailable(_) = error else { return error };
    let looked = reader(path).and_then(|db| Ok(db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?));
    match looked {
        Err(found @ (MirrorError::Damaged(_) | MirrorError::ReadOnly)) => found,
        Ok(fault) if fault != "ok" => MirrorError::Damaged(fault),
        _ => error,
    }
}

pub(crate) fn reader(path: &Path) -> Result<Connection, MirrorError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", CACHE_PAGES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::PlatformId;

    #[test]
    fn a_reading_that_cannot_be_numbered_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
        let first = mirror.reading(Timestamp::from_millis(0)).unwrap();
        mirror.writer.lock().unwrap().pragma_update(None, "query_only", true).unwrap();
        assert_eq!(mirror.reading(Timestamp::from_millis(0)).unwrap_err(), MirrorError::ReadOnly);
        mirror.writer.lock().unwrap().pragma_update(None, "query_only", false).unwrap();
        assert_eq!(mirror.reading(Timestamp::from_millis(0)).unwrap().tick(), first.tick() + 1);
    }

    #[test]
    fn a_file_of_the_format_before_keeps_what_waits_and_sends_it_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut before = open_private(&path).unwrap();
        migrate(&mut before, &MIGRATIONS[..6]).unwrap();
        before
            .execute_batch(
                r#"INSERT INTO platform (number, id, name) VALUES (1, 'p', 'Platform');
                   INSERT INTO outbox (id, idempotency_key, platform, subject, device_key, intent, revokes, queued_at, attempts, state, due_at,
                     sent_at, ended_at) VALUES
                     (1, 'a', 1, 'a', 'k', '{"kind":"revoke"}', 1, 5000, 2, 0, 9000000, 6000, NULL),
                     (2, 'b', 1, 'b', 'k', '{"kind":"enable"}', 0, 5000, 1, 1, NULL, 6000, NULL),
                     (3, 'c', 1, 'c', 'k', '{"kind":"enable"}', 0, 5000, 0, 6, NULL, NULL, 7000);"#,
            )
            .unwrap();
        drop(before);
        let mirror = Mirror::open(&path).unwrap();
        let (platform, now) = ("p".parse().unwrap(), Timestamp::from_millis(8_000));
        let taken = mirror.take_several(&platform, 9, now).unwrap();
        assert_eq!(taken.iter().map(|errand| (errand.id, errand.attempts)).collect::<Vec<_>>(), [(1, 3), (2, 2)]);
        let withdrawn = mirror.errand(3).unwrap().delivery;
        assert_eq!(withdrawn, crate::delivery::Delivery::Withdrawn { at: Timestamp::from_millis(7_000) });
    }

    #[test]
    fn what_failed_in_the_format_before_counts_no_more_where_its_device_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut before = open_private(&path).unwrap();
        migrate(&mut before, &MIGRATIONS[..9]).unwrap();
        before
            .execute_batch(
                r#"INSERT INTO platform (number, id, name) VALUES (1, 'p', 'Platform');
                   INSERT INTO device (platform, id, key, standing, signature, sort_name, paired_at, seen_at, revision, tick, words, record)
                     VALUES (1, 'over', 'k', 2, 0, '', 0, 0, 1, 1, '', '{}'), (1, 'in', 'k', 0, 0, '', 0, 0, 1, 1, '', '{}');
                   INSERT INTO outbox (idempotency_key, platform, subject, device_key, intent, revokes, queued_at, attempts, state, ended_at,
                     conflict) VALUES
                     ('a', 1, 'over', 'k', '{"kind":"revoke"}', 1, 5000, 1, 4, 6000, '{"kind":"not_shown"}'),
                     ('b', 1, 'over', 'k', '{"kind":"revoke"}', 1, 5000, 1, 4, 6000, '{"kind":"paired_again","id":"in"}'),
                     ('c', 1, 'in', 'k', '{"kind":"revoke"}', 1, 5000, 1, 4, 6000, '{"kind":"not_shown"}');"#,
            )
            .unwrap();
        drop(before);
        let counts = Mirror::open(&path).unwrap().outbox_counts().unwrap();
        assert_eq!((counts.not_yet_revoked, counts.conflicts), (2, 3));
    }

    #[test]
    fn what_a_file_of_the_format_before_tells_is_found_by_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut before = open_private(&path).unwrap();
        migrate(&mut before, &MIGRATIONS[..10]).unwrap();
        let entry = |number: i64| {
            format!(
                r#"(1, {number}, {number}000, '{{"number":{number},"at":"2026-10-01T12:00:00Z","actor":{{"kind":"owner","id":null,"name":null}},
                "action":"device_edited","subjects":[{{"id":"dev-1","name":"Lamp {number}"}}],"address":null,"details":null,"hash":""}}')"#
            )
        };
        before
            .execute_batch(&format!(
                "INSERT INTO platform (number, id, name) VALUES (1, 'p', 'Platform');
                 INSERT INTO tombstone (platform, device, key, name, standing, at) VALUES (1, 'a', 'KEY0', 'Old lamp', 2, 5000);
                 INSERT INTO activity (platform, number, at, record) VALUES {}, {};",
                entry(8),
                entry(7)
            ))
            .unwrap();
        drop(before);
        let mirror = Mirror::open(&path).unwrap();
        let lamp = "lamp platform".parse().unwrap();
        assert_eq!(mirror.tombstones(Some(&lamp), None, 9).unwrap().len(), 1);
        let found = mirror.search_activity(&lamp, None, 9).unwrap();
        assert_eq!(found.iter().map(|found| found.entry.number).collect::<Vec<_>>(), [8, 7], "in the order of time");
    }

    #[test]
    fn no_commit_copies_much_of_a_long_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mirror = Mirror::open(&path).unwrap();
        let id: PlatformId = "p".parse().unwrap();
        mirror.enter_platform(&id, &"Platform".parse().unwrap()).unwrap();
        let why = clawpair_api::ErrorBody::new(clawpair_api::ErrorCode::Internal, "x".repeat(400_000));
        for second in 0..20 {
            mirror.mark_stale(&id, Timestamp::from_millis(second), &why).unwrap();
        }
        let journal = std::fs::metadata(exchange::journal_of(&path)).unwrap().len();
        assert!(journal < 3 * 4_096 * u64::try_from(CHECKPOINT_PAGES).unwrap(), "{journal} bytes");
    }

    #[test]
    fn a_full_disk_is_a_sentence_and_what_is_there_stays_readable() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
        let id: PlatformId = "p".parse().unwrap();
        mirror.enter_platform(&id, &"Platform".parse().unwrap()).unwrap();
        mirror.writer.lock().unwrap().pragma_update(None, "max_page_count", 1).unwrap();
        let why = clawpair_api::ErrorBody::new(clawpair_api::ErrorCode::Internal, "x".repeat(1_000_000));
        let refused = mirror.mark_stale(&id, Timestamp::from_millis(0), &why).unwrap_err();
        assert_eq!(refused, MirrorError::DiskFull);
        assert!(refused.body().to_string().contains("Free some space"));
        assert_eq!(mirror.platforms().unwrap().len(), 1);
    }
}
