//! Files that only their owner may read: mode 0600, replaced whole, flushed to disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file that only its owner may read. After a crash either the old or the new content is there.
///
/// # Errors
/// When the folder cannot be written, or cannot keep a file private.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = folder.join(name);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    // Ours alone: what somebody put there meanwhile, a link included, is an error.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
        fs::remove_file(&temporary)?;
        return Err(io::Error::new(io::ErrorKind::Unsupported, "this folder cannot keep a file from being read by others"));
    }
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

/// Copies the file into another folder and returns the copy's place; nothing that is there is overwritten.
///
/// # Errors
/// When one is there, or it cannot be written.
pub fn copy_to(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    let target = folder.join(path.file_name().unwrap_or_default());
    if target.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists already", target.display())));
    }
    write(&target, &zeroize::Zeroizing::new(fs::read(path)?))?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn is_readable_by_its_owner_only_whatever_lay_there_before() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("secrets.json");
        let planted = folder.path().join("secrets.json.new");
        fs::write(&planted, "open to all").unwrap();
        fs::set_permissions(&planted, fs::Permissions::from_mode(0o666)).unwrap();
        write(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        symlink(elsewhere.path().join("theirs"), &planted).unwrap();
        write(&path, b"two").unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (b"two".as_slice(), 0o600));
        assert!(!elsewhere.path().join("theirs").exists());
    }

    #[test]
    fn copying_keeps_both_and_never_overwrites() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = from.path().join("secrets.json");
        write(&path, b"ours").unwrap();
        let copy = copy_to(&path, to.path()).unwrap();
        assert_eq!((fs::read(&copy).unwrap(), mode(&copy)), (b"ours".to_vec(), 0o600));
        assert!(path.exists());
        assert_eq!(copy_to(&path, to.path()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
