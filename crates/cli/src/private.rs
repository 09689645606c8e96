//! Files that only their owner may read.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;

/// Makes a file that must not be there yet.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = options().create_new(true).open(path).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::file(path, "it is there already").hint("Name another file, or remove that one."),
        _ => Failure::file(path, error),
    })
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
        let path = folder.path().join("code");
        create(&path, b"x").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(create(&path, b"y").unwrap_err().message.contains("it is there already"));
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }
}
