//! What opens other platforms: this installation's key, tokens and API keys. Each is an entry of the system's keyring, or a private
//! file where the platform's own keys are in one, too.

mod of_platform;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use clawpair_core::store::StoreError;
use clawpair_server::private_file;
use zeroize::Zeroizing;

pub(crate) use self::of_platform::PlatformSecrets;
use crate::files;
use crate::keyring::{Keyring, KeyringFailure, PATIENCE, patiently};
use crate::settings::{SecretsPlace, Settings};
use crate::view::Refusal;

/// Secrets by name.
#[derive(Clone)]
pub(crate) struct Secrets {
    place: Place,
    lock: Arc<Path>,
}

#[derive(Clone)]
enum Place {
    Keyring(Arc<dyn Keyring>),
    Folder(Arc<Path>),
}

/// The name of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryName(String);

impl EntryName {
    /// One secret of a platform, whose id is none of another data folder's.
    pub(crate) fn of_platform(id: &str, what: &str) -> Self {
        Self::checked(format!("{id}-{what}"))
    }

    /// As it was made and remembered.
    pub(crate) fn checked(name: String) -> Self {
        debug_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{name} would be no file's name");
        Self(name)
    }
}

impl Secrets {
    /// Where the platform's own keys were put on first start, these go, too.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub(crate) fn open(data_dir: &Path, settings: &Settings, keyring: Arc<dyn Keyring>) -> Result<Self, StoreError> {
        let place = match settings.secrets_place()? {
            Some(SecretsPlace::File { .. }) => Place::Folder(data_dir.join(files::OTHER_SECRETS).into()),
            Some(SecretsPlace::Keyring { .. }) | None => Place::Keyring(keyring),
        };
        Ok(Self::at(data_dir, place))
    }

    fn at(data_dir: &Path, place: Place) -> Self {
        Self { place, lock: data_dir.join(files::SECRETS_LOCK).into() }
    }

    /// Waits until no other program of this data folder changes secrets. None does until what this answers is dropped. A disk that does
    /// not give the lock keeps nothing from being changed in a keyring.
    ///
    /// # Errors
    /// When another one takes too long.
    async fn alone(&self) -> Result<Option<File>, Refusal> {
        let path = Arc::clone(&self.lock);
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::create(&path)?;
            file.lock().map(|()| file)
        });
        match tokio::time::timeout(PATIENCE, locked).await {
            Ok(Ok(locked)) => Ok(locked
                .inspect_err(|error| tracing::warn!(%error, "a secret is changed without waiting for other programs"))
                .ok()),
            Ok(Err(_)) | Err(_) => Err(keyring_fails(&KeyringFailure::Silent)),
        }
    }

    /// A secret; nothing if there is none of this name.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) async fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        match &self.place {
            Place::Keyring(keyring) => {
                let (keyring, name) = (Arc::clone(keyring), entry.0.clone());
                match patiently(move || keyring.get(&name)).await {
                    Ok(secret) => Ok(Some(secret)),
                    Err(KeyringFailure::Missing) => Ok(None),
                    Err(why) => Err(keyring_fails(&why)),
                }
            }
            Place::Folder(folder) => {
                let path = folder.join(&entry.0);
                match std::fs::read(&path) {
                    Ok(secret) => Ok(Some(Zeroizing::new(secret))),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(file_fails(&path, &error)),
                }
            }
        }
    }

    /// Keeps a secret, in place of the one before.
    ///
    /// # Errors
    /// When it was not kept.
    pub(crate) async fn set(&self, entry: &EntryName, secret: &[u8]) -> Result<(), Refusal> {
        self.set_holding(entry, secret, ()).await
    }

    /// Likewise, and holds something until that is done, also where nobody waits for it any more.
    async fn set_holding(&self, entry: &EntryName, secret: &[u8], held: impl Send + 'static) -> Result<(), Refusal> {
        match &self.place {
            Place::Keyring(keyring) => {
                let (keyring, name, secret) = (Arc::clone(keyring), entry.0.clone(), Zeroizing::new(secret.to_owned()));
                let kept = patiently(move || {
                    let _held = held;
                    keyring.set(&name, &secret)
                });
                kept.await.map_err(|why| keyring_fails(&why))
            }
            Place::Folder(folder) => {
                let path = folder.join(&entry.0);
                private_folder(folder).and_then(|()| private_file::write(&path, secret)).map_err(|why| file_fails(&path, &why))
            }
        }
    }

    /// Forgets a secret, if it is there.
    ///
    /// # Errors
    /// When it was not forgotten.
    pub(crate) async fn remove(&self, entry: &EntryName) -> Result<(), Refusal> {
        self.remove_holding(entry, ()).await
    }

    /// Likewise, and holds something until that is done, also where nobody waits for it any more.
    ///
    /// # Errors
    /// When it was not forgotten.
    async fn remove_holding(&self, entry: &EntryName, held: impl Send + 'static) -> Result<(), Refusal> {
        match &self.place {
            Place::Keyring(keyring) => {
                let (keyring, name) = (Arc::clone(keyring), entry.0.clone());
                let removed = patiently(move || {
                    let _held = held;
                    keyring.remove(&name)
                });
                match removed.await {
                    Ok(()) | Err(KeyringFailure::Missing) => Ok(()),
                    Err(why) => Err(keyring_fails(&why)),
                }
            }
            Place::Folder(folder) => {
                let path = folder.join(&entry.0);
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_fails(&path, &error)),
                    Ok(()) | Err(_) => Ok(()),
                }
            }
        }
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn keyring_fails(why: &KeyringFailure) -> Refusal {
    let help = match why {
        KeyringFailure::Absent => "Start the system's keyring service (log in to the desktop), then try again.",
        KeyringFailure::Missing | KeyringFailure::Locked | KeyringFailure::Silent | KeyringFailure::Other(_) => {
            "Unlock the system's keyring, then try again."
        }
    };
    Refusal::new("storage_unavailable", format!("A secret cannot be read or kept: {why}."), help)
}

fn file_fails(path: &Path, why: &io::Error) -> Refusal {
    let message = format!("A secret cannot be read or kept: {}: {why}.", path.display());
    Refusal::new("storage_unavailable", message, "Give yourself the right to read and write there, then try again.")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct InMemory(Mutex<HashMap<String, Vec<u8>>>);

    impl Keyring for InMemory {
        fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
            self.0.lock().unwrap().get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing)
        }
        fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
            self.0.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
            Ok(())
        }
        fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
            self.0.lock().unwrap().remove(entry).map(drop).ok_or(KeyringFailure::Missing)
        }
    }

    /// Locked, whatever is asked.
    struct Locked;

    impl Keyring for Locked {
        fn get(&self, _entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
            Err(KeyringFailure::Locked)
        }
        fn set(&self, _entry: &str, _secret: &[u8]) -> Result<(), KeyringFailure> {
            Err(KeyringFailure::Locked)
        }
        fn remove(&self, _entry: &str) -> Result<(), KeyringFailure> {
            Err(KeyringFailure::Locked)
        }
    }

    async fn keeps_and_forgets(secrets: &Secrets) {
        let (one, other) = (EntryName::of_platform("plat-1", "own"), EntryName::of_platform("plat-2", "own"));
        assert!(secrets.get(&one).await.unwrap().is_none());
        secrets.set(&one, b"first").await.unwrap();
        secrets.set(&one, b"second").await.unwrap();
        secrets.set(&other, b"other").await.unwrap();
        assert_eq!(secrets.get(&one).await.unwrap().unwrap().as_slice(), b"second");
        secrets.remove_holding(&one, ()).await.unwrap();
        secrets.remove_holding(&one, ()).await.expect("forgetting twice is forgetting");
        assert!(secrets.get(&one).await.unwrap().is_none());
        assert_eq!(secrets.get(&other).await.unwrap().unwrap().as_slice(), b"other");
    }

    #[tokio::test]
    async fn are_kept_in_the_keyring_by_name() {
        let folder = tempfile::tempdir().unwrap();
        keeps_and_forgets(&Secrets::at(folder.path(), Place::Keyring(Arc::new(InMemory::default())))).await;
    }

    #[tokio::test]
    async fn a_keyring_works_without_the_disk() {
        let gone = tempfile::tempdir().unwrap().path().join("gone");
        let kept = PlatformSecrets::new(Secrets::at(&gone, Place::Keyring(Arc::new(InMemory::default()))), "plat-1");
        let own = kept.entry("own");
        kept.set(&own, b"token").await.unwrap();
        assert_eq!(kept.get(&own).await.unwrap().unwrap().as_slice(), b"token");
    }

    #[tokio::test]
    async fn are_private_files_where_there_is_no_keyring() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("secrets");
        let secrets = Secrets::at(folder.path(), Place::Folder(place.clone().into()));
        keeps_and_forgets(&secrets).await;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&place), mode(&place.join("plat-2-own"))), (0o700, 0o600));
    }

    #[tokio::test]
    async fn follow_where_the_platforms_own_keys_are() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::open(&folder.path().join("app.db")).unwrap();
        settings.set_secrets_place(&SecretsPlace::File { path: "/somewhere".into(), reason: "no keyring".into() }).unwrap();
        let secrets = Secrets::open(folder.path(), &settings, Arc::new(Locked)).unwrap();
        keeps_and_forgets(&secrets).await;
        assert!(folder.path().join("secrets/plat-2-own").exists());
    }

    #[tokio::test]
    async fn a_locked_keyring_is_a_sentence_and_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::at(folder.path(), Place::Keyring(Arc::new(Locked)));
        let refused = secrets.get(&EntryName::of_platform("plat-1", "own")).await.unwrap_err();
        assert_eq!(refused.code, "storage_unavailable");
        assert!(refused.message.contains("locked") && refused.hint.unwrap().contains("Unlock"));
    }
}
