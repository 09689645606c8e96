//! Copying the journal into the file beside the writing, which would otherwise wait for it whenever the journal is long.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::{Connection, OpenFlags};

use crate::error::MirrorError;

/// From so many pages on the journal is copied, as SQLite would do it.
const FROM: i64 = 1_000;
/// Pages of a journal that the writer copies itself, since nobody else did.
const AT_LAST: i64 = 16_000;
/// A journal that begins anew is written over, which is far quicker than to cut it and let it grow again, and cut only to so many bytes.
const KEPT_BYTES: i64 = 16 * 1_024 * 1_024;

/// A thread that copies the journal, until this is dropped.
pub(crate) struct Checkpoints {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Takes over from a file's writer.
    ///
    /// # Errors
    /// When the file or a thread cannot be had.
    pub(crate) fn of(writer: &Connection, path: &Path) -> Result<Self, MirrorError> {
        let copier = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        writer.pragma_update(None, "wal_autocheckpoint", AT_LAST)?;
        writer.pragma_update(None, "journal_size_limit", KEPT_BYTES)?;
        let (wake, woken) = sync_channel(1);
        let work = move || {
            while woken.recv().is_ok() {
                if uncopied(&copier).is_ok_and(|pages| pages >= FROM) {
                    // What cannot be copied stays in the journal, where it is as safe.
                    let _ = copier.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
            }
        };
        let thread = Builder::new().name("mirror-checkpoints".into()).spawn(work).map_err(|error| MirrorError::io(path, &error))?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Something was written.
    pub(crate) fn written(&self) {
        // Full means that it is about to look anyway.
        let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Pages of the journal that are not in the file.
fn uncopied(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exchange::journal_of;

    #[test]
    fn a_long_journal_is_copied_beside_the_writing_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let writer = clawpair_store::open_private(&path).unwrap();
        writer.execute_batch("CREATE TABLE thing (text TEXT) STRICT").unwrap();
        let checkpoints = Checkpoints::of(&writer, &path).unwrap();
        let write = |pages: i64| {
            let text = "x".repeat(usize::try_from(pages * 4_096).unwrap());
            writer.execute("INSERT INTO thing VALUES (?)", [text]).unwrap();
            checkpoints.written();
        };
        let length = |path: &Path| fs::metadata(path).unwrap().len();
        write(FROM / 2);
        write(FROM / 2);
        while uncopied(&writer).unwrap() > 0 {
            std::thread::yield_now();
        }
        assert!(length(&path) >= u64::try_from(FROM * 4_096).unwrap(), "the journal is not in the file");
        let before = length(&journal_of(&path));
        write(FROM / 2);
        assert_eq!(length(&journal_of(&path)), before, "the journal did not begin anew");
        assert!((1..FROM).contains(&uncopied(&writer).unwrap()), "so little is not copied yet");
    }
}
