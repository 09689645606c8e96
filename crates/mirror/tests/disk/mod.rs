//! A disk that is full, cannot be written to, or ends the program, for this very test program started once more.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What can be wrong with it while this is there.
#[allow(dead_code, reason = "not all test programs need each")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Full,
    ReadOnly,
}

/// Stands between a program and its disk.
pub struct Disk {
    /// Where its own files lie.
    beside: PathBuf,
}

impl Disk {
    pub fn new(beside: &Path) -> Self {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../mirror/tests/disk/disk.c");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .arg(beside.join("disk.so"))
            .arg(source)
            .status();
        assert!(made.unwrap().success());
        Self { beside: beside.to_owned() }
    }

    /// One test of this program, whose files in this folder are on this disk. The disk's own files are not.
    pub fn command(&self, test: &str, folder: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture"]).env("LD_PRELOAD", self.beside.join("disk.so"));
        command.env("DISK_FOLDER", folder).env("DISK_SWITCH", self.beside.join("disk"));
        command
    }
}

/// In a program that was started by [`again`]: the folder whose disk can be troubled. Else starts one test of this program so, and sees
/// that it goes well.
#[allow(dead_code, reason = "not all test programs need each")]
pub fn again(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("DISK_FOLDER") {
        return Some(folder.into());
    }
    let beside = tempfile::tempdir().unwrap();
    let folder = beside.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    let ended = Disk::new(beside.path()).command(test, &folder).status().unwrap();
    assert!(ended.success(), "{ended}");
    None
}

/// From now on, for a program that was started by [`Disk::command`].
#[allow(dead_code, reason = "not all test programs need each")]
pub fn is(trouble: Option<Trouble>) {
    let switch = PathBuf::from(std::env::var_os("DISK_SWITCH").expect("a disk of ours"));
    for (word, one) in [("full", Trouble::Full), ("readonly", Trouble::ReadOnly)] {
        let switch = switch.with_extension(word);
        if trouble == Some(one) {
            std::fs::write(switch, "").unwrap();
        } else {
            let _ = std::fs::remove_file(switch);
        }
    }
}
