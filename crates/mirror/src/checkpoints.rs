//! Copying the journal into the file beside the writing, which would otherwise wait for it whenever the journal is long.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::{Connection, OpenFlags};

use crate::error::MirrorError;
use crate::exchange::journal_of;

/// From so many bytes on the journal is copied: a thousand pages, as SQLite would do it.
const FROM: u64 = 4 * 1_024 * 1_024;
/// Pages of a journal that the writer copies itself, since nobody else did.
const AT_LAST: i64 = 16_000;

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
        // A journal that begins anew is cut, so that its length says how much of it there is.
        writer.pragma_update(None, "journal_size_limit", 0)?;
        let (wake, woken) = sync_channel(1);
        let journal = journal_of(path);
        let work = move || {
            while woken.recv().is_ok() {
                if fs::metadata(&journal).is_ok_and(|found| found.len() >= FROM) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_journal_is_copied_beside_the_writing_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let writer = clawpair_store::open_private(&path).unwrap();
        writer.execute_batch("CREATE TABLE thing (text TEXT) STRICT").unwrap();
        let checkpoints = Checkpoints::of(&writer, &path).unwrap();
        let write =
            |bytes: u64| writer.execute("INSERT INTO thing VALUES (?)", ["x".repeat(usize::try_from(bytes).unwrap())]).unwrap();
        let length = |path: &Path| fs::metadata(path).unwrap().len();
        write(1_000);
        let before = length(&path);
        write(FROM);
        checkpoints.written();
        drop(checkpoints);
        assert!(length(&path) >= before + FROM, "the journal is not in the file");
        write(1_000);
        assert!(length(&journal_of(&path)) < 100_000, "the journal did not begin anew");
    }
}
