//! The chain: how entries are hashed, and how a log is checked in one pass with constant memory.

use sha2::{Digest, Sha256};

use super::{Action, Actor, MAX_DETAILS};
use crate::clock::Timestamp;
use crate::text::harmless;

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// What an entry's hash covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Number, time, actor, action and subject: entries written before addresses were.
    First,
    /// Those, the address and the details.
    Second,
    /// No format this program knows; no hash is right for it.
    Unknown(i64),
}

impl Format {
    /// From its stored number.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::First,
            2 => Self::Second,
            other => Self::Unknown(other),
        }
    }

    /// Its number, for storing.
    pub const fn number(self) -> i64 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Unknown(number) => number,
        }
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts from 1 without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as text.
    pub actor: String,
    /// What, as its stable word.
    pub action: String,
    /// To what: one id, or several with a space between.
    pub subject: String,
    /// The IP address it was done from, if it came over a network.
    pub address: Option<String>,
    /// What there is to say besides: at most [`MAX_DETAILS`] characters.
    pub details: Option<String>,
    /// What the hash covers.
    pub format: Format,
    /// SHA-256 over the previous entry's hash and this entry's fields.
    pub hash: [u8; 32],
}

impl Entry {
    /// The entry after `last`.
    pub fn after(last: &Head, at: Timestamp, actor: Actor, action: &Action, details: Option<&str>) -> Self {
        let mut entry = Self {
            number: last.number + 1,
            at,
            actor: actor.to_string(),
            action: action.word().to_owned(),
            subject: action.subject(),
            address: actor.address().map(|address| address.to_string()),
            details: details.map(bounded).or_else(|| action.details()),
            format: Format::Second,
            hash: GENESIS,
        };
        entry.hash = entry.hash_after(&last.hash).unwrap_or(GENESIS);
        entry
    }

    /// The hash this entry must have after an entry with the hash `previous`. `None` in a format this program does not know.
    pub fn hash_after(&self, previous: &[u8; 32]) -> Option<[u8; 32]> {
        let mut hash = Sha256::new();
        match self.format {
            Format::First => {}
            Format::Second => hash.update(b"clawpair activity 2\0"),
            Format::Unknown(_) => return None,
        }
        hash.update(previous);
        hash.update(self.number.to_be_bytes());
        hash.update(self.at.as_millis().to_be_bytes());
        for text in [&self.actor, &self.action, &self.subject] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        if self.format == Format::Second {
            for text in [&self.address, &self.details] {
                // Nothing is one byte; a text is another, its length and itself.
                hash.update([u8::from(text.is_some())]);
                if let Some(text) = text {
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text.as_bytes());
                }
            }
        }
        Some(hash.finalize().into())
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_DETAILS).map(harmless).collect()
}

/// The last entry, which the store also keeps beside the log, so that one cut off at its end is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 while there is none.
    pub number: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first entry.
    pub const EMPTY: Self = Self { number: 0, hash: GENESIS };
}

/// Where the kept part of a log begins. It is itself written down in the log, as the details of the entry that pruned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The first entry that is kept.
    pub first: i64,
    /// The hash of the one before it.
    pub previous: [u8; 32],
}

impl Checkpoint {
    /// The whole log is kept.
    pub const GENESIS: Self = Self { first: 1, previous: GENESIS };

    /// The text that stands in the log.
    pub fn to_details(self) -> String {
        format!("kept from {} after {}", self.first, hex(&self.previous))
    }

    /// Reads that text back; behind a semicolon there may be more.
    pub fn from_details(details: &str) -> Option<Self> {
        let checkpoint = details.split_once("; ").map_or(details, |(checkpoint, _)| checkpoint);
        let (first, previous) = checkpoint.strip_prefix("kept from ")?.split_once(" after ")?;
        Some(Self { first: first.parse().ok()?, previous: from_hex(previous)? })
    }
}

/// Lower-case hexadecimal, as hashes are shown.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

/// The first thing that is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Entries are gone.
    #[error("{}", missing(*.first, *.last))]
    Missing {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// An entry does not have the hash that its content and the entry before it call for.
    #[error("Entry {number} is not what was written: it was changed or put in.")]
    Changed {
        /// Which.
        number: i64,
    },
    /// An entry stands before the first or after the last that was written.
    #[error("Entry {number} was put in: nothing was written there.")]
    Added {
        /// Which.
        number: i64,
    },
    /// The log is whole up to this entry, and the platform's note of the last entry names another hash for it.
    #[error("The note of the last entry does not fit entry {number}: one of the two was changed.")]
    Head {
        /// Which.
        number: i64,
    },
}

fn missing(first: i64, last: i64) -> String {
    if first == last { format!("Entry {first} is missing.") } else { format!("Entries {first} to {last} are missing.") }
}

/// A log that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its first kept entry; 0 while there is none.
    pub first: i64,
    /// Its last entry. Keep this somewhere else, and the next check cannot be deceived by a log that was written anew.
    pub last: Head,
}

/// Checks a log entry by entry, oldest first.
#[derive(Clone, Debug)]
pub struct Verifier {
    first: i64,
    next: i64,
    previous: [u8; 32],
    head: Head,
}

impl Verifier {
    /// A log that begins at a checkpoint and ends at `head`.
    pub const fn new(start: Checkpoint, head: Head) -> Self {
        Self { first: start.first, next: start.first, previous: start.previous, head }
    }

    /// The next entry.
    ///
    /// # Errors
    /// The first fault; what comes after it cannot be judged.
    pub fn check(&mut self, entry: &Entry) -> Result<(), Fault> {
        if entry.number < self.next || entry.number > self.head.number {
            // Entries come in order, so a lower number can only stand before the first.
            let missing = Fault::Missing { first: self.next, last: self.head.number };
            let ended = entry.number < self.next || self.next > self.head.number;
            return Err(if ended { Fault::Added { number: entry.number } } else { missing });
        }
        if entry.number > self.next {
            return Err(Fault::Missing { first: self.next, last: entry.number - 1 });
        }
        if entry.hash_after(&self.previous) != Some(entry.hash) {
            return Err(Fault::Changed { number: entry.number });
        }
        self.previous = entry.hash;
        self.next += 1;
        Ok(())
    }

    /// After the last entry.
    ///
    /// # Errors
    /// When entries are missing at the end, or the last is not the one that was noted.
    pub fn finish(self) -> Result<Verified, Fault> {
        if self.next <= self.head.number {
            return Err(Fault::Missing { first: self.next, last: self.head.number });
        }
        if self.previous != self.head.hash {
            return Err(Fault::Head { number: self.head.number });
        }
        Ok(Verified { first: self.first.min(self.head.number), last: self.head })
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
