//! Ed25519 keys of this installation. Each is made once, when it is first needed, and kept where the other secrets are.

use clawpair_core::rng::{self, Rng};
use clawpair_core::store::StoreError;
use zeroize::Zeroizing;

use crate::secrets::{EntryName, Secrets};
use crate::settings::{KeyOf, Settings};
use crate::view::Refusal;

/// The seed of a key, and whether it was made just now.
pub(crate) struct Handed {
    pub(crate) seed: Zeroizing<[u8; 32]>,
    pub(crate) is_new: bool,
}

/// The key; the first time, and when the one there was is gone, a new one. Whoever asks at the same time, in whichever program, gets the same.
///
/// # Errors
/// When secrets or settings cannot be read or kept. A keyring that is locked is no reason for another key.
pub(crate) async fn key(of: KeyOf, settings: &Settings, secrets: &Secrets, rng: &dyn Rng) -> Result<Handed, Refusal> {
    loop {
        let known = settings.key_entry(of).map_err(|error| unavailable(&error))?;
        if let Some(entry) = known.clone() {
            let kept = secrets.get(&EntryName::checked(entry)).await?;
            if let Some(seed) = kept.and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).map(Zeroizing::new).ok()) {
                return Ok(Handed { seed, is_new: false });
            }
        }
        let entry = format!("{}-{:016x}", of.word(), u64::from_be_bytes(rng::bytes(rng)));
        let seed = Zeroizing::new(rng::bytes::<32>(rng));
        // The key is there before its place is remembered: whatever ends the program in between, none is lost that was used.
        secrets.set(&EntryName::checked(entry.clone()), seed.as_slice()).await?;
        if settings.replace_key_entry(of, known.as_deref(), &entry).map_err(|error| unavailable(&error))? {
            return Ok(Handed { seed, is_new: true });
        }
        // Somebody else has made one meanwhile. This one was used for nothing.
        secrets.remove(&EntryName::checked(entry)).await?;
    }
}

fn unavailable(error: &StoreError) -> Refusal {
    let hint = "Start Clawpair again; if it stays so, put app.db back from a backup.";
    Refusal::new("storage_unavailable", error.to_string(), hint)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use clawpair_core::rng::SystemRng;

    use super::*;
    use crate::keyring::{Keyring, KeyringFailure};

    /// Somebody else makes a key while the first one is kept here.
    #[derive(Default)]
    struct Contended {
        entries: Mutex<HashMap<String, Vec<u8>>>,
        meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    }

    impl Keyring for Contended {
        fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
            self.entries.lock().unwrap().get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing)
        }
        fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
            if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
                meanwhile();
            }
            self.entries.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
            Ok(())
        }
        fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
            self.entries.lock().unwrap().remove(entry).map(drop).ok_or(KeyringFailure::Missing)
        }
    }

    #[tokio::test]
    async fn two_programs_that_need_a_key_at_once_get_the_same() {
        for of in [KeyOf::Gateways, KeyOf::Bundles] {
            let folder = tempfile::tempdir().unwrap();
            let settings = || Settings::open(&folder.path().join("app.db")).unwrap();
            let (one, other, keyring) = (settings(), settings(), Arc::new(Contended::default()));
            let theirs = [7; 32];
            let entries = Arc::clone(&keyring);
            *keyring.meanwhile.lock().unwrap() = Some(Box::new(move || {
                entries.entries.lock().unwrap().insert("theirs".into(), theirs.to_vec());
                assert!(other.replace_key_entry(of, None, "theirs").unwrap());
            }));
            let secrets = Secrets::open(folder.path(), &one, keyring.clone()).unwrap();
            let Handed { seed, is_new } = key(of, &one, &secrets, &SystemRng).await.unwrap();
            assert_eq!((*seed, is_new), (theirs, false));
            assert_eq!(keyring.entries.lock().unwrap().len(), 1, "the other one is gone");
        }
    }

    #[tokio::test]
    async fn of_two_that_replace_a_key_that_is_gone_only_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::open(&folder.path().join("app.db")).unwrap();
        let replace = |before, entry| settings.replace_key_entry(KeyOf::Bundles, before, entry).unwrap();
        assert!(replace(None, "signing-1"));
        assert!(!replace(None, "signing-2"));
        assert!(replace(Some("signing-1"), "signing-3"));
        assert!(!replace(Some("signing-1"), "signing-4"));
        assert_eq!(settings.key_entry(KeyOf::Bundles).unwrap().as_deref(), Some("signing-3"));
        assert_eq!(settings.key_entry(KeyOf::Gateways).unwrap(), None, "each key has a place of its own");
    }
}
