//! Secrets that were seen, and the search for them where they must not be.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clawpair_core::code::PairingCode;
use clawpair_core::link::PairingLink;

/// Shorter ones would be found by chance.
const SHORTEST: usize = 12;

/// Texts that may be in no file, each with what it is.
#[derive(Debug, Default)]
pub struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    /// A code, by its symbols.
    pub fn saw_code(&mut self, code: &PairingCode) {
        self.saw("pairing code", &code.symbols());
    }

    /// A link, by its secret part.
    pub fn saw_link(&mut self, link: &PairingLink) {
        self.saw("link secret", &link.secret().symbols());
    }

    /// An API key, by its secret part.
    ///
    /// # Errors
    /// When the text is none.
    pub fn saw_api_key(&mut self, key: &str) -> Result<()> {
        let (_, secret) = key.rsplit_once('_').with_context(|| format!("an API key of {} characters without a _", key.len()))?;
        self.saw("API key", secret);
        Ok(())
    }

    /// Anything else that is secret.
    ///
    /// # Panics
    /// On a text so short that it would be found by chance.
    pub fn saw(&mut self, what: &'static str, text: &str) {
        assert!(text.len() >= SHORTEST, "a {what} of {} characters is no secret", text.len());
        self.0.push((what, text.to_owned()));
    }

    /// Searches all files below the folders, whatever the letters' case, in UTF-8 and in the UTF-16 that browsers store.
    ///
    /// # Errors
    /// Naming what was found where, without repeating it; also when there was nothing to search.
    pub fn ensure_absent_from(&self, folders: &[PathBuf]) -> Result<()> {
        let needles = self.needles();
        let mut searched = 0;
        for folder in folders {
            searched += search(folder, &needles)?;
        }
        ensure!(searched > 0, "There is no file to search.");
        Ok(())
    }

    fn needles(&self) -> Needles {
        let mut needles = Needles::new();
        for (what, text) in &self.0 {
            let text = text.to_ascii_lowercase();
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let grouped = text.as_bytes().chunks(4).collect::<Vec<_>>().join(&b' ');
            for shape in [text.into_bytes(), wide, grouped] {
                needles.entry([shape[0], shape[1]]).or_default().push((what, shape));
            }
        }
        needles
    }
}

/// What to look for, by its first two bytes: there are hundreds of secrets, and databases to search.
type Needles = HashMap<[u8; 2], Vec<(&'static str, Vec<u8>)>>;

/// Searches a file, or all files of a folder; returns how many.
fn search(path: &Path, needles: &Needles) -> Result<usize> {
    let kind = fs::symlink_metadata(path).with_context(|| format!("{} cannot be searched", path.display()))?.file_type();
    if kind.is_dir() {
        let mut searched = 0;
        for entry in fs::read_dir(path)? {
            searched += search(&entry?.path(), needles)?;
        }
        return Ok(searched);
    }
    if !kind.is_file() {
        return Ok(0);
    }
    let content = fs::read(path)?.to_ascii_lowercase();
    for (position, start) in content.windows(2).enumerate() {
        let mut candidates = needles.get(&[start[0], start[1]]).into_iter().flatten();
        if let Some((what, _)) = candidates.find(|(_, needle)| content[position..].starts_with(needle)) {
            bail!("A {what} is in {}.", path.display());
        }
    }
    Ok(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_secret_in_any_shape_and_does_not_repeat_it() {
        let mut secrets = Secrets::default();
        secrets.saw("pairing code", "J4K2T8P7N1RG");
        let wide: Vec<u8> = "xJ4K2T8P7N1RG".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for content in [b"..OCL-J4K2T8P7N1RG..".to_vec(), b"j4k2t8p7n1rg".to_vec(), b"J4K2 T8P7 N1RG".to_vec(), wide] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("deep")).unwrap();
            fs::write(folder.path().join("deep/file"), content).unwrap();
            let found = secrets.ensure_absent_from(&[folder.path().to_owned()]).unwrap_err().to_string();
            assert!(found.contains("deep/file") && !found.contains("J4K2"), "{found}");
        }
    }

    #[test]
    fn accepts_files_without_secrets_and_refuses_to_search_nothing() {
        let mut secrets = Secrets::default();
        secrets.saw("pairing code", "J4K2T8P7N1RG");
        let folder = tempfile::tempdir().unwrap();
        assert!(secrets.ensure_absent_from(&[folder.path().to_owned()]).is_err());
        fs::write(folder.path().join("file"), "J4K2T8P7N1R").unwrap();
        secrets.ensure_absent_from(&[folder.path().to_owned()]).unwrap();
    }
}
