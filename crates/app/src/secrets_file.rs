//! The file that holds the platform's keys where there is no keyring: mode 0600, replaced whole, flushed to disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file that only its owner may read. After a crash either the old or the new content is there.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

/// Moves the file into another folder and returns its new place. The old one is removed last.
pub(crate) fn move_to(path: &Path, folder: &Path) -> io::Result<std::path::PathBuf> {
    let target = folder.join(path.file_name().unwrap_or_default());
    if target == path {
        return Ok(target);
    }
    if target.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists already", target.display())));
    }
    write(&target, &zeroize::Zeroizing::new(fs::read(path)?))?;
    fs::remove_file(path)?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn is_readable_by_its_owner_only_also_after_moving() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = from.path().join("secrets.json");
        write(&path, b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let moved = move_to(&path, to.path()).unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read(&moved).unwrap(), b"secret");
        assert_eq!(fs::metadata(&moved).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn moving_never_overwrites() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = from.path().join("secrets.json");
        write(&path, b"ours").unwrap();
        write(&to.path().join("secrets.json"), b"theirs").unwrap();
        assert_eq!(move_to(&path, to.path()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(path.exists());
    }
}
