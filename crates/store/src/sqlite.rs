mod accounts;
pub(crate) mod activity;
mod addresses;
mod alerts;
mod api_keys;
mod changes;
mod columns;
pub(crate) mod commit;
mod device_index;
mod device_keys;
mod device_list;
mod devices;
mod health;
mod key_use;
pub(crate) mod known_keys;
mod mail;
mod members;
mod pairing_list;
mod pairings;
mod repeats;
mod requests;
mod retention;
mod tokens;
mod typing;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use clawpair_core::store::StoreError;
use rusqlite::{Connection, OpenFlags};

use crate::migrate::{Migration, migrate, unavailable};
pub use verify::verify_activity;
use writer::Writer;

pub(crate) const MIGRATIONS: &[Migration] = &[
    include_str!("sqlite/schema/0001-pairing.sql"),
    include_str!("sqlite/schema/0002-access.sql"),
    include_str!("sqlite/schema/0003-requests.sql"),
    include_str!("sqlite/schema/0004-key-use.sql"),
    include_str!("sqlite/schema/0005-tokens.sql"),
    include_str!("sqlite/schema/0006-device-edits.sql"),
    include_str!("sqlite/schema/0007-activity.sql"),
    include_str!("sqlite/schema/0008-typed.sql"),
    include_str!("sqlite/schema/0009-device-lists.sql"),
    include_str!("sqlite/schema/0010-idempotency.sql"),
    include_str!("sqlite/schema/0011-device-keys.sql"),
    include_str!("sqlite/schema/0012-members.sql"),
    include_str!("sqlite/schema/0013-places.sql"),
    include_str!("sqlite/schema/0014-alerts.sql"),
    include_str!("sqlite/schema/0015-changes.sql"),
    include_str!("sqlite/schema/0016-retention.sql"),
    include_str!("sqlite/schema/0017-mail.sql"),
    include_str!("sqlite/schema/0018-known-keys.sql"),
    include_str!("sqlite/schema/0019-notices.sql"),
];
/// Reads take microseconds, so a few connections serve many callers.
const READERS: usize = 4;
/// Statements a connection keeps: lists have one for each sort and start, transitions a handful each.
const STATEMENTS: usize = 128;
/// Pages the journal holds before they are copied into the database: the same page changes many times under load, and is copied
/// once; but who waits meanwhile waits for all of them. 2,000 pages are 8 MiB of disk.
const CHECKPOINT_PAGES: i64 = 2_000;
/// Pages the writer keeps in memory: 4 MiB.
const CACHE_PAGES: i64 = 1_000;
/// How long another process may hold the write lock before we give up.
const BUSY: Duration = Duration::from_secs(5);

/// A platform's database in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: Vec<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens or makes the file, readable by its owner only, in the newest format.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = open_private(path)?;
        migrate(&mut connection, MIGRATIONS)?;
        device_index::complete(&mut connection)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(unavailable)?;
        connection.pragma_update(None, "cache_size", CACHE_PAGES).map_err(unavailable)?;
        // Else what a statement with triggers may have to undo goes through a file.
        connection.pragma_update(None, "temp_store", "MEMORY").map_err(unavailable)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let readers = (0..READERS).map(|_| Self::reader(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { writer: Writer::start(connection)?, readers })
    }

    fn reader(path: &Path) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(unavailable)?;
        connection.busy_timeout(BUSY).map_err(unavailable)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    /// Reads in place: a read is shorter than handing it to another thread.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        let connection = free.unwrap_or_else(|| self.readers[0].lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        query(&connection).map_err(unavailable)
    }
}

/// Opens or makes a database file that only its owner may read, with the settings all our databases share: WAL, and
/// a flush to disk before any commit is reported.
///
/// On a full disk no program can make what programs share that have the file open. So that it can be read all the same, this one has it to
/// itself then, until it closes the connection; it may open more of them.
///
/// # Errors
/// When the file cannot be made or opened.
pub fn open_private(path: &Path) -> Result<Connection, StoreError> {
    make_private(path).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    let opened = match Connection::open(path).and_then(set_up) {
        #[cfg(unix)]
        Err(error) if has_no_room_to_share(&error) => open_alone(path).and_then(set_up),
        opened => opened,
    };
    opened.map_err(unavailable)
}

fn set_up(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Whether there is no room on the disk for the index of the journal, which all programs map into their memory.
#[cfg(unix)]
fn has_no_room_to_share(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// With that index in the memory of this program alone.
#[cfg(unix)]
fn open_alone(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags_and_vfs(path, OpenFlags::default(), "unix-excl")
}

/// SQLite gives its journals the mode of the database, so making that one private is enough.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
