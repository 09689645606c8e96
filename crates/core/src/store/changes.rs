use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::StoreError;
use crate::device::Device;
use crate::pairing::Pairing;
use crate::request::Request;

/// How far somebody has followed what changes. Opaque outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor {
    /// Which life of the database it is of.
    pub epoch: i64,
    /// The last change that is known.
    pub number: i64,
}

/// A text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no cursor; send the “cursor” of the answer before, or leave it out to begin anew.")]
pub struct ChangeCursorError;

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.epoch, self.number)
    }
}

impl FromStr for ChangeCursor {
    type Err = ChangeCursorError;

    fn from_str(text: &str) -> Result<Self, ChangeCursorError> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ChangeCursorError);
        }
        let number = |text: &str| i64::from_str_radix(text, 16).map_err(|_| ChangeCursorError);
        Ok(Self { epoch: number(&text[..16])?, number: number(&text[16..])? })
    }
}

/// A thing that has changed, as it is now.
#[derive(Clone, Debug)]
pub enum Change {
    /// A device.
    Device(Device),
    /// A pairing.
    Pairing(Pairing),
    /// A pairing that asks or has asked.
    Request(Request),
}

/// What has changed since a cursor, each thing once.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The things with the cursors up to which they bring whoever follows, the longest unchanged first.
    pub changes: Vec<(ChangeCursor, Change)>,
    /// Up to where these go.
    pub cursor: ChangeCursor,
    /// Whether there are more.
    pub more: bool,
}

/// What changes, for those who follow it.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// What has changed since a cursor, or since the beginning; at most `limit` things. `None` when this database does not know
    /// the cursor.
    async fn changes(&self, since: Option<ChangeCursor>, limit: usize) -> Result<Option<Changes>, StoreError>;
    /// The cursor of now.
    async fn newest_change(&self) -> Result<ChangeCursor, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_nothing_else_is_read() {
        let cursor = ChangeCursor { epoch: i64::MAX, number: 17 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "17", &"f".repeat(32), &"0".repeat(33), &"ä".repeat(16)] {
            assert_eq!(text.parse::<ChangeCursor>(), Err(ChangeCursorError), "{text}");
        }
    }
}
