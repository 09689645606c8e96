//! The secrets that are on the screen right now. They are nowhere else in the app, and not here either once hidden.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::secret::Secret;

/// Shown secrets by what they belong to.
#[derive(Default)]
pub(crate) struct Shown(Mutex<HashMap<String, Vec<Secret>>>);

impl Shown {
    pub(crate) fn show(&self, id: &str, secrets: Vec<Secret>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), secrets);
    }

    pub(crate) fn hide(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    pub(crate) fn get(&self, id: &str, index: usize) -> Result<Secret, ErrorBody> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(id).and_then(|secrets| secrets.get(index)).cloned().ok_or_else(|| {
            let mut error = ErrorBody::new(ErrorCode::NotFound, "This is hidden and cannot be shown or copied again.");
            error.hint = Some("Make a new one.".into());
            error
        })
    }
}
