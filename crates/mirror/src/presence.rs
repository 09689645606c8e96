//! That a program has the file open, known to the others by a lock beside it. A program that is killed holds no lock.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::MirrorError;

/// Held by a program as long as it has the file open.
pub(crate) struct Presence {
    lock: Option<File>,
    alone: bool,
}

impl Presence {
    /// Comes beside the others, or as the only one: then whoever comes next waits until [`Self::let_others_in`].
    pub(crate) fn enter(beside: &Path) -> io::Result<Self> {
        let lock = options().open(beside)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { lock: Some(lock), alone: true }),
            Err(TryLockError::WouldBlock) => {
                lock.lock_shared()?;
                Ok(Self { lock: Some(lock), alone: false })
            }
            // A file system without locks: nobody knows who else is there.
            Err(TryLockError::Error(_)) => Ok(Self { lock: None, alone: false }),
        }
    }

    /// Whether no other program has the file open.
    pub(crate) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Stays, beside whoever comes.
    pub(crate) fn let_others_in(&mut self) -> io::Result<()> {
        let Some(lock) = self.lock.as_ref().filter(|_| self.alone) else { return Ok(()) };
        self.alone = false;
        // Not every system turns one kind of lock into the other.
        lock.unlock()?;
        lock.lock_shared()
    }
}

/// Whether files can be written there. The lock is what can be opened and closed without an end of SQLite's own locks.
pub(crate) fn written(beside: &Path) -> io::Result<()> {
    options().open(beside).map(drop)
}

/// Refused while another program has the file open, which would go on with the one that was moved away.
pub(crate) fn only_program(presence: &Presence) -> Result<(), MirrorError> {
    if presence.is_alone() {
        return Ok(());
    }
    Err(MirrorError::Unavailable("another program of yours has it open; end it first".into()))
}

fn options() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_alone_until_another_comes_and_after_it_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.lock");
        let mut first = Presence::enter(&path).unwrap();
        assert!(first.is_alone() && only_program(&first).is_ok());
        first.let_others_in().unwrap();
        let second = Presence::enter(&path).unwrap();
        assert!(!second.is_alone() && only_program(&second).is_err());
        drop(first);
        drop(second);
        assert!(Presence::enter(&path).unwrap().is_alone());
    }
}
