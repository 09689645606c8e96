//! The secrets of one platform, which a person may remove while something is on its way into them.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};
use zeroize::Zeroizing;

use super::{EntryName, Secrets, keyring_fails};
use crate::keyring::{KeyringFailure, PATIENCE};
use crate::view::Refusal;

/// The secrets of one platform. They are written one after the other, whichever program does, and not any more once they are to be
/// forgotten.
pub(crate) struct PlatformSecrets {
    secrets: Secrets,
    platform: String,
    /// Held until a keyring is done, which may take longer than whoever has asked it waits, or lives.
    turn: Arc<Mutex<()>>,
    closed: AtomicBool,
}

impl PlatformSecrets {
    /// Of the platform with this id.
    pub(crate) fn new(secrets: Secrets, platform: &str) -> Self {
        Self { secrets, platform: platform.to_owned(), turn: Arc::default(), closed: AtomicBool::new(false) }
    }

    /// The place of one of them.
    pub(crate) fn entry(&self, what: &str) -> EntryName {
        EntryName::of_platform(&self.platform, what)
    }

    /// A secret; nothing if there is none in this place.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) async fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        self.secrets.get(entry).await
    }

    /// Keeps a secret, in place of the one before.
    ///
    /// # Errors
    /// When it was not kept, or these secrets are forgotten.
    pub(crate) async fn set(&self, entry: &EntryName, secret: &[u8]) -> Result<(), Refusal> {
        let turn = self.turn().await?;
        if self.closed.load(Ordering::SeqCst) {
            return Err(Refusal::new("platform_unknown", "This platform was removed.", "Add it again to sign in there."));
        }
        self.secrets.set_holding(entry, secret, turn).await
    }

    /// Forgets a secret, if it is there.
    ///
    /// # Errors
    /// When it was not forgotten.
    pub(crate) async fn remove(&self, entry: &EntryName) -> Result<(), Refusal> {
        let turn = self.turn().await?;
        self.secrets.remove_holding(entry, turn).await
    }

    /// Forgets a secret if it is over; answers what is there instead.
    ///
    /// # Errors
    /// When that cannot be told, or it was not forgotten.
    pub(crate) async fn remove_over(
        &self,
        entry: &EntryName,
        is_over: impl FnOnce(&[u8]) -> bool + Send,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        let turn = self.turn().await?;
        match self.secrets.get(entry).await? {
            Some(kept) if is_over(&kept) => self.secrets.remove_holding(entry, turn).await.map(|()| None),
            kept => Ok(kept),
        }
    }

    /// Forgets these for good: what is on its way is waited for, and whatever comes later is not kept.
    ///
    /// # Errors
    /// When one was not forgotten. Nothing is kept from now on all the same.
    pub(crate) async fn forget(&self, entries: &[&EntryName]) -> Result<(), Refusal> {
        self.closed.store(true, Ordering::SeqCst);
        let mut forgotten = Ok(());
        for entry in entries {
            forgotten = forgotten.and(self.remove(entry).await);
        }
        forgotten
    }

    /// This program's turn, and no other program's.
    async fn turn(&self) -> Result<(OwnedMutexGuard<()>, Option<File>), Refusal> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turn).lock_owned()).await;
        let turn = turn.map_err(|_| keyring_fails(&KeyringFailure::Silent))?;
        Ok((turn, self.secrets.alone().await?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::mpsc;

    use super::super::Place;
    use super::*;
    use crate::keyring::Keyring;

    /// It keeps a secret only when it is told to go on.
    struct Slow {
        entries: std::sync::Mutex<HashMap<String, Vec<u8>>>,
        began: tokio::sync::mpsc::UnboundedSender<()>,
        go_on: std::sync::Mutex<mpsc::Receiver<()>>,
    }

    impl Keyring for Slow {
        fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
            self.entries.lock().unwrap().get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing)
        }
        fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
            self.began.send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            self.entries.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
            Ok(())
        }
        fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
            self.entries.lock().unwrap().remove(entry);
            Ok(())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_still_on_its_way_into_the_keyring_is_forgotten_too() {
        let ((began, mut has_begun), (go, go_on)) = (tokio::sync::mpsc::unbounded_channel(), mpsc::channel());
        let keyring = Arc::new(Slow { entries: std::sync::Mutex::default(), began, go_on: std::sync::Mutex::new(go_on) });
        let folder = tempfile::tempdir().unwrap();
        let kept = Arc::new(PlatformSecrets::new(Secrets::at(folder.path(), Place::Keyring(keyring.clone())), "plat-1"));
        let own = kept.entry("own");
        let keeping = tokio::spawn({
            let (kept, own) = (kept.clone(), own.clone());
            async move { kept.set(&own, b"token").await }
        });
        has_begun.recv().await.unwrap();
        // As the task that stays connected ends with its platform; the keyring is not done by that.
        keeping.abort();
        assert!(keeping.await.unwrap_err().is_cancelled());
        let forgetting = tokio::spawn({
            let (kept, own) = (kept.clone(), own.clone());
            async move { kept.forget(&[&own]).await }
        });
        // More turns than it would need, if it did not wait.
        for _ in 0..100_000 {
            tokio::task::yield_now().await;
        }
        assert!(kept.closed.load(Ordering::SeqCst) && !forgetting.is_finished(), "it does not wait for the keyring");
        go.send(()).unwrap();
        forgetting.await.unwrap().unwrap();
        assert!(kept.get(&own).await.unwrap().is_none(), "the keyring was done after it was asked to forget");
    }

    #[tokio::test]
    async fn nothing_is_kept_once_they_are_forgotten_even_if_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = PlatformSecrets::new(Secrets::at(folder.path(), Place::Folder(folder.path().join("secrets").into())), "plat-1");
        let (own, first) = (kept.entry("own"), kept.entry("first"));
        kept.set(&own, b"token").await.unwrap();
        // What cannot be removed as a file is.
        std::fs::create_dir(folder.path().join("secrets/plat-1-first")).unwrap();
        assert_eq!(kept.forget(&[&first, &own]).await.unwrap_err().code, "storage_unavailable");
        assert!(kept.get(&own).await.unwrap().is_none(), "the other one is forgotten all the same");
        assert_eq!(kept.set(&own, b"later").await.unwrap_err().code, "platform_unknown");
        assert!(kept.get(&own).await.unwrap().is_none());
    }
}
