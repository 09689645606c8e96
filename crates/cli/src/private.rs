//! Files and folders that only their owner may read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;

/// Makes a file that must not be there yet.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = options().create_new(true).open(path).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        _ => Failure::file(path, error),
    })
}

/// Nothing is there yet, and its folder is.
pub(crate) fn is_free(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_ok() {
        return Err(taken(path));
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => Err(Failure::file(path, "its folder is not there")),
        _ => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::file(path, "it is there already").hint("Name another file, or remove that one.")
}

/// Replaces a file whole, and makes its folder. After a crash either the old or the new content is there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    clawpair_server::private_file::write(path, content).map_err(|error| Failure::file(path, error))
}

/// Makes a folder, if it is not there.
pub(crate) fn make(folder: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Failure::file(folder, error))
}

/// For writing, and readable by nobody else if the file is made.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it_and_nothing_is_overwritten() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/code");
        replace(&path, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(create(&path, b"y").unwrap_err().message.contains("it is there already"));
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        let other = folder.path().join("other");
        create(&other, b"z").unwrap();
        assert_eq!(mode(&other), 0o600);
    }
}
