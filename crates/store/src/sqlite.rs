mod activity;
mod api_keys;
mod columns;
mod devices;
mod pairings;
mod writer;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use clawpair_core::activity::{Actor, Entry};
use clawpair_core::api_key::ApiKey;
use clawpair_core::clock::Timestamp;
use clawpair_core::device::Device;
use clawpair_core::id::{ApiKeyId, DeviceId, PairingId};
use clawpair_core::pairing::{InvalidTransition, Pairing};
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{Claim, ClaimOutcome, NewPairing, Page, PairingFilter, Store, StoreError};
use rusqlite::{Connection, OpenFlags};

use crate::migrate::{Migration, migrate, unavailable};
use writer::Writer;

const MIGRATIONS: &[Migration] = &[include_str!("sqlite/schema.sql")];
/// Reads take microseconds, so a few connections serve many callers.
const READERS: usize = 4;
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
        let readers = (0..READERS).map(|_| Self::reader(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { writer: Writer::start(connection)?, readers })
    }

    fn reader(path: &Path) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(unavailable)?;
        connection.busy_timeout(BUSY).map_err(unavailable)?;
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
/// # Errors
/// When the file cannot be made or opened.
pub fn open_private(path: &Path) -> Result<Connection, StoreError> {
    make_private(path).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    let connection = Connection::open(path).map_err(unavailable)?;
    connection.busy_timeout(BUSY).map_err(unavailable)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(unavailable)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(unavailable)?;
    Ok(connection)
}

/// SQLite gives its journals the mode of the database, so making that one private is enough.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_pairing(&self, new: NewPairing) -> Result<(), StoreError> {
        self.writer.run(move |db| pairings::open(db, &new)).await
    }

    async fn claim(&self, claim: Claim) -> Result<ClaimOutcome, StoreError> {
        self.writer.run(move |db| pairings::claim(db, &claim)).await
    }

    async fn cancel_pairing(
        &self,
        id: PairingId,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Pairing, InvalidTransition>>, StoreError> {
        self.writer.run(move |db| pairings::cancel(db, id, by, at)).await
    }

    async fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError> {
        self.read(|db| pairings::find(db, id))
    }

    async fn pairings(
        &self,
        filter: PairingFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Pairing, PairingId>, StoreError> {
        self.read(|db| pairings::list(db, filter, after, limit))
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(|db| devices::find(db, id))
    }

    async fn devices(&self, after: Option<DeviceId>, limit: usize) -> Result<Page<Device, DeviceId>, StoreError> {
        self.read(|db| devices::list(db, after, limit))
    }

    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError> {
        self.writer.run(move |db| devices::touch(db, id, &address, at)).await
    }

    async fn revoke_device(&self, id: DeviceId, by: Actor, at: Timestamp) -> Result<Option<Device>, StoreError> {
        self.writer.run(move |db| devices::revoke(db, id, by, at)).await
    }

    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash, by: Actor) -> Result<(), StoreError> {
        self.writer.run(move |db| api_keys::create(db, &key, secret, by)).await
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.read(api_keys::list)
    }

    async fn use_api_key(&self, prefix: &str, secret: KeyedHash, at: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        let Some(key) = self.read(|db| api_keys::find(db, prefix, secret))? else { return Ok(None) };
        if key.revoked_at.is_some() || key.last_used_at.is_some_and(|last| at < last.plus_minutes(1)) {
            return Ok(Some(key));
        }
        self.writer.run(move |db| api_keys::touch(db, key.id, at)).await
    }

    async fn revoke_api_key(&self, id: ApiKeyId, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        self.writer.run(move |db| api_keys::revoke(db, id, by, at)).await
    }

    async fn latest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(activity::latest)
    }

    async fn activity(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|db| activity::list(db, after, limit))
    }
}
