//! What can go wrong with the file, in sentences.

use std::io;
use std::path::Path;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::store::StoreError;
use rusqlite::ffi::ErrorCode as Sqlite;

/// Why something could not be read or kept. Whatever was asked for has not happened at all then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// No room is left.
    #[error("The disk is full, so nothing more can be kept. What is kept already can still be read.")]
    DiskFull,
    /// The file or its folder may not be written.
    #[error("The file of devices cannot be written: it is read-only.")]
    ReadOnly,
    /// It is no database, or part of it is not as it was written.
    #[error("The file of devices is damaged: {0}")]
    Damaged(String),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(String),
    /// Another program keeps it locked, or the disk does not answer.
    #[error("The file of devices could not be used: {0}")]
    Unavailable(String),
    /// There is no such thing in it.
    #[error("There is no {0} here.")]
    NotFound(&'static str),
    /// What was given is not of the form it has to be.
    #[error("{0}")]
    Invalid(String),
}

impl MirrorError {
    /// What the system says of a file.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Unavailable(format!("{}: {error}", path.display())),
        }
    }

    /// As the window shows refusals.
    pub fn body(&self) -> ErrorBody {
        let (code, hint) = match self {
            Self::DiskFull => (ErrorCode::StorageUnavailable, "Free some space on the disk, then try again."),
            Self::ReadOnly => {
                (ErrorCode::StorageUnavailable, "Let your user write the data folder and what is in it, then start Clawpair again.")
            }
            Self::Damaged(_) => (
                ErrorCode::StorageUnavailable,
                "Start Clawpair again: it sets the file aside, reads your platforms again, and keeps what waited to be sent if that can be read.",
            ),
            Self::Newer(_) => (ErrorCode::StorageUnavailable, "Install the newer version; the file was left as it is."),
            Self::Unavailable(_) => (ErrorCode::StorageUnavailable, "Try again; repeating is safe."),
            Self::NotFound(_) => (ErrorCode::NotFound, "Load the list again."),
            Self::Invalid(_) => (ErrorCode::InvalidRequest, "Change it and try again."),
        };
        ErrorBody { code, message: self.to_string(), hint: Some(hint.to_owned()) }
    }
}

impl From<rusqlite::Error> for MirrorError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(Sqlite::DiskFull) => Self::DiskFull,
            Some(Sqlite::ReadOnly | Sqlite::PermissionDenied) => Self::ReadOnly,
            // Without a code of SQLite's, what is there does not have the form that was written.
            Some(Sqlite::DatabaseCorrupt | Sqlite::NotADatabase) | None => Self::Damaged(error.to_string()),
            Some(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for MirrorError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<StoreError> for MirrorError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NewerFormat { .. } => Self::Newer(error.to_string()),
            StoreError::Unavailable(text) => Self::Unavailable(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_a_sentence_with_a_next_step() {
        for error in [MirrorError::DiskFull, MirrorError::ReadOnly, MirrorError::NotFound("device")] {
            let body = error.body();
            assert!(body.message.ends_with('.') && body.hint.is_some(), "{body}");
        }
    }
}
