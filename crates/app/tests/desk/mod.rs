//! A desk for an app: a data folder, and a keyring and a clipboard of the tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use clawpair_app::view::Refusal;
use clawpair_app::{App, Clipboard, Config, Keyring, KeyringFailure};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Says whether to go on.
type Ask = Box<dyn Fn() -> Result<(), KeyringFailure> + Send>;

/// A keyring that can be locked, lose its entries, or not be there.
#[derive(Default)]
pub struct TestKeyring {
    pub entries: Mutex<HashMap<String, Vec<u8>>>,
    pub failure: Mutex<Option<KeyringFailure>>,
    /// Entries that begin so are locked.
    pub locked: Mutex<Option<&'static str>>,
    /// Is asked before an entry is removed.
    pub before_removing: Mutex<Option<Ask>>,
}

impl TestKeyring {
    fn works(&self) -> Result<(), KeyringFailure> {
        self.failure.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn is_open(&self, entry: &str) -> Result<(), KeyringFailure> {
        let locked = self.locked.lock().unwrap().is_some_and(|beginning| entry.starts_with(beginning));
        if locked { Err(KeyringFailure::Locked) } else { self.works() }
    }
}

impl Keyring for TestKeyring {
    fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
        self.is_open(entry)?;
        self.entries.lock().unwrap().get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing)
    }

    fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
        self.is_open(entry)?;
        self.entries.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
        self.is_open(entry)?;
        self.before_removing.lock().unwrap().as_ref().map_or(Ok(()), |ask| ask())?;
        self.entries.lock().unwrap().remove(entry);
        Ok(())
    }
}

#[derive(Default)]
pub struct TestClipboard(Mutex<Option<String>>);

impl Clipboard for TestClipboard {
    fn read(&self) -> Option<String> {
        self.0.lock().unwrap().clone()
    }
    fn write_secret(&self, text: &str) -> Result<(), String> {
        *self.0.lock().unwrap() = Some(text.to_owned());
        Ok(())
    }
    fn clear(&self) {
        *self.0.lock().unwrap() = None;
    }
}

pub struct Desk {
    pub folder: TempDir,
    pub keyring: Arc<TestKeyring>,
    pub clipboard: Arc<TestClipboard>,
}

impl Desk {
    pub fn with(keyring: Arc<TestKeyring>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), keyring, clipboard: Arc::default() }
    }

    pub fn new() -> Self {
        Self::with(Arc::default())
    }

    pub async fn start(&self) -> Result<App, Refusal> {
        let data_dir = self.folder.path().join("data");
        let (clipboard, keyring) = (self.clipboard.clone(), self.keyring.clone());
        App::start(Config { data_dir, clipboard, keyring, first_port: 0 }).await
    }
}
