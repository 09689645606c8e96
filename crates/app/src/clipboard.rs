//! The clipboard, which forgets what we put there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::secret::Secret;

use crate::view::Copied;

/// How long a secret stays in the clipboard.
const KEEP: Duration = Duration::from_secs(30);

/// The system's clipboard.
pub trait Clipboard: Send + Sync {
    /// The text in it, if it holds text and can be read.
    fn read(&self) -> Option<String>;
    /// Puts a secret in, marked so that clipboard histories leave it out.
    ///
    /// # Errors
    /// Why the system refused.
    fn write_secret(&self, text: &str) -> Result<(), String>;
    /// Empties it.
    fn clear(&self);
}

/// Puts secrets into the clipboard and takes them out again.
#[derive(Clone)]
pub(crate) struct SecretClipboard {
    clipboard: Arc<dyn Clipboard>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    copies: u64,
    secret: Option<Secret>,
}

impl SecretClipboard {
    pub(crate) fn new(clipboard: Arc<dyn Clipboard>) -> Self {
        Self { clipboard, held: Arc::default() }
    }

    /// Copies a secret and clears it after 30 s, unless something else is in the clipboard by then.
    pub(crate) fn copy(&self, text: &str) -> Result<Copied, ErrorBody> {
        self.clipboard.write_secret(text).map_err(|why| {
            let mut error = ErrorBody::new(ErrorCode::Internal, format!("The clipboard refused: {why}."));
            error.hint = Some("Select the text and copy it by hand.".into());
            error
        })?;
        let copy = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.copies += 1;
            held.secret = Some(Secret::new(text.to_owned()));
            held.copies
        };
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(KEEP).await;
            this.clear_if(|held| held.copies == copy);
        });
        Ok(Copied { clears_in_seconds: u32::try_from(KEEP.as_secs()).unwrap_or(u32::MAX) })
    }

    /// Clears what we copied, if it is still there.
    pub(crate) fn clear_now(&self) {
        self.clear_if(|_| true);
    }

    fn clear_if(&self, condition: impl Fn(&Held) -> bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !condition(&held) {
            return;
        }
        if let Some(secret) = held.secret.take()
            && self.clipboard.read().as_deref() == Some(secret.reveal())
        {
            self.clipboard.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Fake(Mutex<Option<String>>);

    impl Clipboard for Fake {
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

    fn clipboard() -> (Arc<Fake>, SecretClipboard) {
        let fake = Arc::new(Fake::default());
        (Arc::clone(&fake), SecretClipboard::new(fake))
    }

    async fn pass(seconds: u64) {
        // Let the clearing task start its clock, move it, let the task run.
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_copied_code_is_gone_after_30_seconds() {
        let (system, clipboard) = clipboard();
        clipboard.copy("OCL-1").unwrap();
        pass(29).await;
        assert_eq!(system.read().as_deref(), Some("OCL-1"));
        pass(1).await;
        assert_eq!(system.read(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_else_copied_stays() {
        let (system, clipboard) = clipboard();
        clipboard.copy("OCL-1").unwrap();
        system.write_secret("a recipe").unwrap();
        pass(31).await;
        assert_eq!(system.read().as_deref(), Some("a recipe"));
    }

    #[tokio::test(start_paused = true)]
    async fn copying_again_starts_the_time_again() {
        let (system, clipboard) = clipboard();
        clipboard.copy("OCL-1").unwrap();
        pass(20).await;
        clipboard.copy("OCL-1").unwrap();
        pass(20).await;
        assert_eq!(system.read().as_deref(), Some("OCL-1"));
        pass(10).await;
        assert_eq!(system.read(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_clears_only_what_is_ours() {
        let (system, clipboard) = clipboard();
        system.write_secret("a recipe").unwrap();
        clipboard.clear_now();
        assert_eq!(system.read().as_deref(), Some("a recipe"));
        clipboard.copy("OCL-1").unwrap();
        clipboard.clear_now();
        assert_eq!(system.read(), None);
    }
}
