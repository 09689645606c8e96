//! Remembering what was already done, by the content of the files it was done with.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A hash of all files below `paths`, but for folders named in `leave_out`.
pub(crate) fn of(paths: &[PathBuf], leave_out: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, leave_out, &mut hasher).with_context(|| format!("{} cannot be read", path.display()))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, leave_out: &[&str], hasher: &mut DefaultHasher) -> io::Result<()> {
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        let keep = |path: &&PathBuf| !path.file_name().is_some_and(|name| leave_out.iter().any(|left| name == *left));
        entries.iter().filter(keep).try_for_each(|entry| add(entry, leave_out, hasher))
    } else {
        path.hash(hasher);
        fs::read(path)?.hash(hasher);
        Ok(())
    }
}

/// Where the fingerprint of finished work is kept.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
    fingerprint: String,
}

impl Stamp {
    /// The work that `file` vouches for, to be done with what `fingerprint` names.
    pub(crate) const fn new(file: PathBuf, fingerprint: String) -> Self {
        Self { file, fingerprint }
    }

    /// Whether the work was done with the same input.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.fingerprint)
    }

    /// Remembers that it was.
    pub(crate) fn set(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.fingerprint).with_context(|| format!("{} cannot be written", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_change_addition_and_removal_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let now = || of(&[folder.path().to_owned()], &["made"]).unwrap();
        write("a", "1");
        let first = now();
        write("made/x", "left out");
        assert_eq!(now(), first);
        write("b/c", "");
        let second = now();
        assert_ne!(second, first);
        write("a", "2");
        assert_ne!(now(), second);
        write("a", "1");
        assert_eq!(now(), second);
        fs::remove_file(folder.path().join("b/c")).unwrap();
        assert_eq!(now(), first);
    }

    #[test]
    fn a_stamp_holds_for_the_same_input_only() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = |print: &str| Stamp::new(folder.path().join("deep/stamp"), print.to_owned());
        assert!(!stamp("one").holds());
        stamp("one").set().unwrap();
        assert!(stamp("one").holds());
        assert!(!stamp("two").holds());
    }
}
