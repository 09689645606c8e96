//! What lets this program in at each platform, kept in the system's keyring, or in a private file where there is none.

use std::fs;
use std::io;
use std::path::PathBuf;

use clawpair_app::{Keyring, KeyringFailure};
use clawpair_client::{Credential, SessionToken};
use clawpair_core::api_key::ApiKeySecret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::private;
use crate::secrets::{Reference, Surroundings};

/// What was kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kept {
    /// An API key itself.
    ApiKey { key: Zeroizing<String> },
    /// Where an API key is.
    Reference { reference: String },
    /// A member's session.
    Session { token: Zeroizing<String> },
}

/// Where something was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kept_in", rename_all = "snake_case")]
pub(crate) enum Place {
    Keyring,
    File { path: PathBuf, reason: String },
}

/// The credentials of one user.
pub(crate) struct Credentials<'a> {
    pub(crate) folders: &'a Folders,
    /// None where `CLAWPAIR_KEYRING=off`.
    pub(crate) keyring: Option<&'a dyn Keyring>,
}

impl Credentials<'_> {
    fn file(&self, platform: &str) -> PathBuf {
        let name: String =
            platform.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect();
        self.folders.config.join("credentials").join(format!("{name}.json"))
    }

    /// What is kept for a platform.
    pub(crate) fn get(&self, platform: &str) -> Result<Option<Kept>, Failure> {
        let path = self.file(platform);
        match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => return parsed(&bytes).map(Some).map_err(|why| Failure::file(&path, why)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(&path, error)),
            Err(_) => {}
        }
        let Some(keyring) = self.keyring else { return Ok(None) };
        match keyring.get(&entry(platform)) {
            Ok(bytes) => parsed(&bytes).map(Some).map_err(|why| failed(&why)),
            Err(KeyringFailure::Missing | KeyringFailure::Absent | KeyringFailure::Other(_)) => Ok(None),
            Err(why) => Err(failed(&why)),
        }
    }

    /// Keeps something for a platform in the place of what was kept before.
    pub(crate) fn set(&self, platform: &str, kept: &Kept) -> Result<Place, Failure> {
        let bytes = serde_json::to_vec(kept).map(Zeroizing::new).map_err(|error| failed(&error))?;
        let reason = match self.keyring {
            None => "CLAWPAIR_KEYRING is off".to_owned(),
            Some(keyring) => {
                let entry = entry(platform);
                match keyring.set(&entry, &bytes).and_then(|()| keyring.get(&entry)) {
                    Ok(_) => {
                        self.remove_file(platform)?;
                        return Ok(Place::Keyring);
                    }
                    // There is a keyring, and the person has not opened it: that is no choice for a file.
                    Err(why @ (KeyringFailure::Locked | KeyringFailure::Silent)) => return Err(failed(&why)),
                    Err(why) => why.to_string(),
                }
            }
        };
        let path = self.file(platform);
        private::replace(&path, &bytes)?;
        Ok(Place::File { path, reason })
    }

    /// Forgets what is kept for a platform.
    pub(crate) fn remove(&self, platform: &str) -> Result<(), Failure> {
        self.remove_file(platform)?;
        match self.keyring.map(|keyring| keyring.remove(&entry(platform))) {
            Some(Err(why @ (KeyringFailure::Locked | KeyringFailure::Silent))) => Err(failed(&why)),
            _ => Ok(()),
        }
    }

    fn remove_file(&self, platform: &str) -> Result<(), Failure> {
        let path = self.file(platform);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::file(&path, error)),
            _ => Ok(()),
        }
    }
}

impl Kept {
    /// What can be shown to the platform.
    pub(crate) fn credential(&self, surroundings: &Surroundings<'_>) -> Result<Credential, Failure> {
        match self {
            Self::ApiKey { key } => api_key(key),
            Self::Reference { reference } => {
                let reference: Reference = reference.parse().map_err(Failure::input)?;
                api_key(reference.follow(surroundings)?.reveal())
            }
            Self::Session { token } => {
                SessionToken::kept(token).map(Credential::Session).ok_or_else(|| failed(&"the session that was kept is none"))
            }
        }
    }
}

/// A key, or a reference to one, as a person gives it.
pub(crate) fn given(text: &str) -> Result<Kept, Failure> {
    let text = text.trim();
    if Reference::looks_like_one(text) {
        let reference: Reference = text.parse().map_err(Failure::input)?;
        return Ok(Kept::Reference { reference: reference.wherever().to_string() });
    }
    api_key(text).map(|_| Kept::ApiKey { key: Zeroizing::new(text.to_owned()) })
}

fn api_key(text: &str) -> Result<Credential, Failure> {
    let key: Result<ApiKeySecret, _> = text.parse();
    key.map(Credential::ApiKey).map_err(|error| {
        Failure::new(Exit::BadInput, "api_key_invalid", error.to_string())
            .hint("Give the key, or a reference such as env:NAME, file:PATH or vault:MOUNT/PATH#FIELD.")
    })
}

fn entry(platform: &str) -> String {
    format!("cli-{platform}")
}

fn parsed(bytes: &[u8]) -> Result<Kept, &'static str> {
    // The parser's words could quote what it reads.
    serde_json::from_slice(bytes).map_err(|_| "it is not what this program keeps there")
}

fn failed(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::LocalFile, "keyring_failed", format!("The keyring cannot be used: {why}."))
        .hint("Unlock it and try again, or set CLAWPAIR_KEYRING=off to keep keys in a private file.")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    use super::*;

    #[derive(Default)]
    struct Fake {
        entries: Mutex<HashMap<String, Vec<u8>>>,
        refuses: Option<KeyringFailure>,
    }

    impl Keyring for Fake {
        fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
            let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            self.refuses.clone().map_or_else(|| entries.get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing), Err)
        }

        fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
            self.refuses.clone().map_or(Ok(()), Err)?;
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.into(), secret.into());
            Ok(())
        }

        fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
            self.refuses.clone().map_or(Ok(()), Err)?;
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(entry);
            Ok(())
        }
    }

    const HUB: &str = "https://hub.example.org:21327";

    fn key() -> Kept {
        given(&ApiKeySecret::generate(&clawpair_core::rng::SystemRng).reveal()).unwrap()
    }

    fn in_folder(check: impl FnOnce(&Folders)) {
        let folder = tempfile::tempdir().unwrap();
        check(&Folders { config: folder.path().into(), state: folder.path().into() });
    }

    fn text(kept: &Kept) -> String {
        serde_json::to_string(kept).unwrap()
    }

    #[test]
    fn it_is_kept_in_the_keyring_and_forgotten() {
        in_folder(|folders| {
            let keyring = Fake::default();
            let credentials = Credentials { folders, keyring: Some(&keyring) };
            let key = key();
            assert_eq!(credentials.set(HUB, &key).unwrap(), Place::Keyring);
            assert_eq!(text(&credentials.get(HUB).unwrap().unwrap()), text(&key));
            assert!(!credentials.file(HUB).exists() && credentials.get("local").unwrap().is_none());
            credentials.remove(HUB).unwrap();
            assert!(credentials.get(HUB).unwrap().is_none());
        });
    }

    #[test]
    fn where_there_is_no_keyring_it_is_a_private_file() {
        in_folder(|folders| {
            let absent = Fake { refuses: Some(KeyringFailure::Absent), ..Fake::default() };
            for keyring in [None, Some(&absent as &dyn Keyring)] {
                let credentials = Credentials { folders, keyring };
                let key = key();
                assert!(matches!(credentials.set(HUB, &key).unwrap(), Place::File { .. }));
                assert_eq!(text(&credentials.get(HUB).unwrap().unwrap()), text(&key));
                credentials.remove(HUB).unwrap();
                assert!(credentials.get(HUB).unwrap().is_none());
            }
        });
    }

    #[test]
    fn a_locked_keyring_is_no_reason_for_a_file() {
        in_folder(|folders| {
            let locked = Fake { refuses: Some(KeyringFailure::Locked), ..Fake::default() };
            let credentials = Credentials { folders, keyring: Some(&locked) };
            assert_eq!(credentials.set(HUB, &key()).unwrap_err().code, "keyring_failed");
            assert!(!credentials.file(HUB).exists());
        });
    }

    #[test]
    fn a_reference_is_kept_as_one_and_nonsense_is_refused() {
        assert!(matches!(given("vault:secret/x#key"), Ok(Kept::Reference { .. })));
        // It is followed from other folders, too.
        let here = std::env::current_dir().unwrap().join("key.txt");
        assert!(
            matches!(given("file:key.txt"), Ok(Kept::Reference { reference }) if reference == format!("file:{}", here.display()))
        );
        assert_eq!(given("vault:secret").err().unwrap().exit, Exit::BadInput);
        let refused = given("tulipfield").err().unwrap();
        assert!(!refused.message.contains("tulip") && refused.code == "api_key_invalid");
    }
}
