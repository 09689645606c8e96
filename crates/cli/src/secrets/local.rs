//! Secrets on this computer.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use clawpair_core::secret::Secret;
use zeroize::Zeroizing;

use super::{MAX_SECRET, Stuck, Surroundings};

pub(super) fn variable(name: &str, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    let value = surroundings.set(name).ok_or_else(|| Stuck::at("Reading the environment", format!("{name} is not set")))?;
    Ok(Secret::new(value))
}

pub(super) fn file(path: &Path) -> Result<Secret, Stuck> {
    let mut text = Zeroizing::new(String::new());
    // A little more than is allowed, so that too much is noticed.
    let read = File::open(path).and_then(|file| file.take(MAX_SECRET as u64 * 2).read_to_string(&mut text));
    read.map_err(|error| Stuck::at("Reading the file", error))?;
    Ok(Secret::new(text.to_string()))
}

pub(super) fn keyring(entry: &str, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    const STEP: &str = "Reading the keyring";
    let bytes = surroundings.keyring.get(entry).map_err(|error| Stuck::at(STEP, error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Stuck::at(STEP, "what is there is no text"))?;
    Ok(Secret::new(text.to_owned()))
}
