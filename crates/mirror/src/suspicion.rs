//! That a file turned out to be damaged while it was in use, and that one was set aside: noted beside it until the next program that opens
//! it acts on the one and tells the other.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::exchange::named;
use crate::keeping::SetAside;

fn suspicion(path: &Path) -> PathBuf {
    named(path, ".suspect")
}

fn news(path: &Path) -> PathBuf {
    named(path, ".set-aside")
}

/// Notes that something in a file is damaged. Where nothing can be written this is noted when somebody meets it again.
pub(crate) fn raise(path: &Path, why: &str) {
    let note = suspicion(path);
    if !note.exists() {
        let _ = write(&note, why.as_bytes());
    }
}

/// What was noted of the file that is there, and not of one that was set aside.
pub(crate) fn of(path: &Path) -> Option<String> {
    let why = fs::read(suspicion(path)).ok()?;
    read_news(path).is_none().then(|| String::from_utf8_lossy(&why).into_owned())
}

pub(crate) fn drop_it(path: &Path) {
    let _ = fs::remove_file(suspicion(path));
}

/// Notes that a file was set aside, before it is, so that it is told whatever ends this program.
pub(crate) fn announce(path: &Path, aside: &SetAside) -> io::Result<()> {
    write(&news(path), &serde_json::to_vec(aside)?)
}

/// What nobody was told yet. What was announced and broken off has not happened.
fn read_news(path: &Path) -> Option<SetAside> {
    let told: SetAside = serde_json::from_slice(&fs::read(news(path)).ok()?).ok()?;
    told.to.exists().then_some(told)
}

/// Likewise, and it counts as told. What was noted of the file that was set aside says nothing of the one that is there.
pub(crate) fn take_news(path: &Path) -> Option<SetAside> {
    let told = read_news(path);
    if told.is_some() {
        drop_it(path);
    }
    let _ = fs::remove_file(news(path));
    told
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
