//! A file that is written as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use clawpair_api::{ErrorBody, ErrorCode};

/// A file while it is written. What was there before is replaced once all is on the disk; if that never comes, nothing is left.
pub(crate) struct WholeFile {
    path: PathBuf,
    unfinished: PathBuf,
    file: File,
    finished: bool,
}

impl WholeFile {
    /// Begins to write.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn begin(path: &Path) -> Result<Self, ErrorBody> {
        let unfinished = path.with_added_extension("part");
        let begun = match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            // Ours alone: what somebody puts there meanwhile, a link included, is an error.
            Ok(()) | Err(_) => OpenOptions::new().write(true).create_new(true).open(&unfinished),
        };
        let file = begun.map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), unfinished, file, finished: false })
    }

    /// The file so far.
    pub(crate) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it cannot be; what was there is as it was then.
    pub(crate) fn finish(mut self) -> Result<(), ErrorBody> {
        let placed = self.file.sync_all().and_then(|()| fs::rename(&self.unfinished, &self.path));
        self.finished = placed.is_ok();
        placed.map_err(|error| unwritable(&self.path, &error))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

/// That a file could not be written, and what to do.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, format!("{} could not be written: {error}.", path.display()));
    body.hint = Some("Choose another folder, or free some space, and try again.".into());
    body
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn nothing_is_replaced_or_left_until_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("devices.csv");
        fs::write(&path, "before").unwrap();
        let mut given_up = WholeFile::begin(&path).unwrap();
        given_up.file().write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read(&path).unwrap(), b"before");
        let mut whole = WholeFile::begin(&path).unwrap();
        whole.file().write_all(b"after").unwrap();
        whole.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"after");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_lies_in_the_way_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("theirs");
        fs::write(&theirs, "theirs").unwrap();
        std::os::unix::fs::symlink(&theirs, folder.path().join("devices.csv.part")).unwrap();
        let mut whole = WholeFile::begin(&folder.path().join("devices.csv")).unwrap();
        whole.file().write_all(b"ours").unwrap();
        whole.finish().unwrap();
        assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_sentence() {
        let Err(refused) = WholeFile::begin(Path::new("/nowhere/devices.csv")) else { panic!("begun") };
        assert!(refused.message.contains("/nowhere/devices.csv") && refused.hint.is_some());
    }
}
