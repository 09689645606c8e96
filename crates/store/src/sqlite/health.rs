use std::fs::{self, File};
use std::io::{self, Write};

use async_trait::async_trait;
use clawpair_core::store::{Health, StoreError, Written};
use rusqlite::Connection;

use super::SqliteStore;

/// What a probe writes: a page of the database.
const PROBE_BYTES: usize = 4_096;

#[async_trait]
impl Health for SqliteStore {
    /// A change that is rolled back shows that the database can be written, and a file beside it that the disk has room: to
    /// SQLite itself a disk is full only at a commit, and a commit is what other programs on the database look for.
    async fn probe(&self) -> Result<(), StoreError> {
        self.read(|db| db.query_row("SELECT number FROM activity_head", [], |_| Ok(())))?;
        let room = self.writer.run(|db| {
            db.execute_batch("SAVEPOINT probe; UPDATE activity_head SET number = number; ROLLBACK TO probe; RELEASE probe")?;
            Ok(room_beside(db))
        });
        room.await?.map_err(|error| StoreError::Unavailable(format!("nothing can be written beside it: {error}")))
    }

    fn written(&self) -> Written {
        self.writer.written()
    }
}

fn room_beside(db: &Connection) -> io::Result<()> {
    let Some(path) = db.path().map(|path| format!("{path}-probe")) else { return Ok(()) };
    let mut file = File::create(&path)?;
    let written = file.write_all(&[0; PROBE_BYTES]).and_then(|()| file.sync_all());
    drop(file);
    // Another program on the same database may have taken its own away in the meantime, which is the same file.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use clawpair_core::store::Activity;

    use super::*;

    #[tokio::test]
    async fn a_probe_leaves_nothing_that_another_program_sees() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platform.db");
        let (store, other) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
        let before = other.foreign_writes().await.unwrap();
        store.probe().await.unwrap();
        assert_eq!(other.foreign_writes().await.unwrap(), before);
        assert!(!folder.path().join("platform.db-probe").exists());
    }

    #[tokio::test]
    async fn a_table_that_is_gone_and_a_folder_without_room_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platform.db");
        let store = SqliteStore::open(&path).unwrap();
        fs::create_dir(folder.path().join("platform.db-probe")).unwrap();
        let error = store.probe().await.unwrap_err().to_string();
        assert!(error.contains("nothing can be written beside it"), "{error}");
        Connection::open(&path).unwrap().execute_batch("DROP TABLE activity_head").unwrap();
        let error = store.probe().await.unwrap_err().to_string();
        assert!(error.contains("activity_head"), "{error}");
    }
}
