//! The secret that is on the screen right now. It is nowhere else in the app, and not here either once hidden.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::secret::Secret;

/// What is shown, if anything is: showing something else hides it, and so does time, whatever the page does.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Option<Screen>>>);

struct Screen {
    id: String,
    secrets: Vec<Secret>,
}

impl Shown {
    fn hide_if(&self, condition: impl Fn(&Screen) -> bool) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_some_and(condition) {
            *shown = None;
        }
    }

    /// Shows the secrets of one thing, for so long at most.
    pub(crate) fn show(&self, id: &str, secrets: Vec<Secret>, at_most: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Screen { id: id.to_owned(), secrets });
        let (shown, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(at_most).await;
            shown.hide(&id);
        });
    }

    pub(crate) fn hide(&self, id: &str) {
        self.hide_if(|screen| screen.id == id);
    }

    pub(crate) fn hide_all(&self) {
        self.hide_if(|_| true);
    }

    pub(crate) fn get(&self, id: &str, index: usize) -> Result<Secret, ErrorBody> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let secrets = shown.as_ref().filter(|screen| screen.id == id).map(|screen| &screen.secrets);
        secrets.and_then(|secrets| secrets.get(index)).cloned().ok_or_else(hidden)
    }

    /// Whether a line holds one of the secrets on the screen.
    pub(crate) fn is_part_of(&self, line: &str) -> bool {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().is_some_and(|screen| screen.secrets.iter().any(|secret| line.contains(secret.reveal())))
    }
}

/// The refusal to give out what is no longer shown.
pub(crate) fn hidden() -> ErrorBody {
    let mut error = ErrorBody::new(ErrorCode::NotFound, "This is hidden and cannot be shown or copied again.");
    error.hint = Some("Make a new one.".into());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Vec<Secret> {
        vec![Secret::new("s".into())]
    }

    #[tokio::test(start_paused = true)]
    async fn time_hides_what_the_page_forgot() {
        let shown = Shown::default();
        shown.show("a", secret(), Duration::from_secs(10));
        assert!(shown.get("a", 0).is_ok());
        tokio::time::sleep(Duration::from_secs(11)).await;
        assert!(shown.get("a", 0).is_err());
    }

    #[tokio::test]
    async fn a_line_holds_what_is_shown_and_nothing_that_is_hidden() {
        let shown = Shown::default();
        assert!(!shown.is_part_of("run s"));
        shown.show("a", secret(), Duration::from_secs(10));
        assert!(shown.is_part_of("run s") && !shown.is_part_of("run"));
        shown.hide("a");
        assert!(!shown.is_part_of("run s"));
    }

    #[tokio::test]
    async fn one_thing_is_shown_at_a_time() {
        let shown = Shown::default();
        shown.show("a", secret(), Duration::from_secs(10));
        shown.show("b", secret(), Duration::from_secs(10));
        assert!(shown.get("a", 0).is_err() && shown.get("b", 0).is_ok());
        shown.hide("a");
        assert!(shown.get("b", 0).is_ok());
        shown.hide_all();
        assert!(shown.get("b", 0).is_err());
    }
}
