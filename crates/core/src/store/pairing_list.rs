use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::id::PairingId;
use crate::pairing::{Pairing, PairingStatus};
use crate::search::Search;
use crate::text::DeviceType;

/// What pairings are sorted by. Whatever is equal is sorted by when it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairingSortKey {
    /// When their codes were made.
    #[default]
    Created,
    /// From when on their codes are worthless.
    Expires,
    /// Their names; A to Z are like a to z.
    Name,
}

/// A sort key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairingSort {
    /// By what.
    pub key: PairingSortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Default for PairingSort {
    fn default() -> Self {
        Self { key: PairingSortKey::Created, descending: true }
    }
}

/// A text is no sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Pairings are sorted by created, expires or name, with a dash before it for the other direction: -created.")]
pub struct PairingSortError;

impl FromStr for PairingSort {
    type Err = PairingSortError;

    fn from_str(text: &str) -> Result<Self, PairingSortError> {
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let key = match word {
            "created" => PairingSortKey::Created,
            "expires" => PairingSortKey::Expires,
            "name" => PairingSortKey::Name,
            _ => return Err(PairingSortError),
        };
        Ok(Self { key, descending })
    }
}

/// Which pairings to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct PairingFilter {
    /// How they stand; however they do where this is empty.
    pub statuses: Vec<PairingStatus>,
    /// The expected type, exactly.
    pub device_type: Option<DeviceType>,
    /// Words that find them by name and type.
    pub search: Option<Search>,
}

impl PairingFilter {
    /// Whether only pairings are wanted that stand in one of these ways.
    pub fn only(&self, statuses: &[PairingStatus]) -> bool {
        !self.statuses.is_empty() && self.statuses.iter().all(|status| statuses.contains(status))
    }

    /// Whether a pairing passes at `now`.
    pub fn passes(&self, pairing: &Pairing, now: Timestamp) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&pairing.status(now)))
            && self.device_type.as_ref().is_none_or(|wanted| *wanted == pairing.device_type)
            && self.search.as_ref().is_none_or(|search| search.finds_in([pairing.name.as_str(), pairing.device_type.as_str()]))
    }
}

/// Where a page of pairings ends, under the sort it was made with. Opaque outside: base64url. Of one sort, the order of
/// positions is that of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairingPosition {
    /// Sorted by when they were made.
    Created(PairingId),
    /// Sorted by when they expire.
    Expires(Timestamp, PairingId),
    /// Sorted by name.
    Name(String, PairingId),
}

impl PairingPosition {
    /// Where a pairing is.
    pub fn of(pairing: &Pairing, key: PairingSortKey) -> Self {
        match key {
            PairingSortKey::Created => Self::Created(pairing.id),
            PairingSortKey::Expires => Self::Expires(pairing.expires_at, pairing.id),
            PairingSortKey::Name => Self::Name(pairing.name.as_str().to_ascii_lowercase(), pairing.id),
        }
    }

    /// What the list was sorted by.
    pub const fn key(&self) -> PairingSortKey {
        match self {
            Self::Created(_) => PairingSortKey::Created,
            Self::Expires(..) => PairingSortKey::Expires,
            Self::Name(..) => PairingSortKey::Name,
        }
    }
}

/// Longest position, in bytes of its text: a name of 64 characters of four bytes each, and an id.
const MAX_POSITION: usize = 420;

/// A text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“after” takes the “next” of the page before, under the same sort; leave it out to begin anew.")]
pub struct PairingPositionError;

impl fmt::Display for PairingPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Created(id) => format!("c{id}"),
            Self::Expires(at, id) => format!("e{id} {}", at.as_millis()),
            Self::Name(name, id) => format!("n{id} {name}"),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl FromStr for PairingPosition {
    type Err = PairingPositionError;

    fn from_str(text: &str) -> Result<Self, PairingPositionError> {
        let bytes = Some(text).filter(|text| text.len() <= MAX_POSITION).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(PairingPositionError)?;
        let id = |text: &str| text.parse::<PairingId>().map_err(|_| PairingPositionError);
        if let Some(rest) = text.strip_prefix('c') {
            return id(rest).map(Self::Created);
        }
        let (first, last) = text.split_once(' ').ok_or(PairingPositionError)?;
        if let Some(rest) = first.strip_prefix('n') {
            return Ok(Self::Name(last.to_owned(), id(rest)?));
        }
        let rest = first.strip_prefix('e').ok_or(PairingPositionError)?;
        let at = last.parse().map_err(|_| PairingPositionError)?;
        Ok(Self::Expires(Timestamp::from_millis(at), id(rest)?))
    }
}

/// A page of pairings that somebody wants.
#[derive(Clone, Debug)]
pub struct PairingQuery {
    /// Which.
    pub filter: PairingFilter,
    /// In which order.
    pub sort: PairingSort,
    /// After which; it must be of the same sort.
    pub after: Option<PairingPosition>,
    /// How many at most.
    pub limit: usize,
    /// The moment at which they stand as they do.
    pub at: Timestamp,
}

impl PairingQuery {
    /// The newest, however they stand.
    pub fn newest(limit: usize, at: Timestamp) -> Self {
        Self { filter: PairingFilter::default(), sort: PairingSort::default(), after: None, limit, at }
    }

    /// The newest that a device may claim now.
    pub fn open(limit: usize, at: Timestamp) -> Self {
        let filter = PairingFilter { statuses: vec![PairingStatus::Open], ..PairingFilter::default() };
        Self { filter, ..Self::newest(limit, at) }
    }
}

/// How many pairings are under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairingCounts {
    /// A device may claim them.
    pub open: u64,
    /// A person is asked.
    pub waiting: u64,
    /// A device has been let in and has yet to hear so.
    pub approved: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_back_and_nothing_else_is_read() {
        let id = PairingId::from_bytes([7; 16]);
        let positions = [
            PairingPosition::Created(id),
            PairingPosition::Expires(Timestamp::from_millis(1_700_000_000_000), id),
            PairingPosition::Name("küche am hof".into(), id),
            PairingPosition::Name("\u{10000}".repeat(64), id),
        ];
        for position in positions {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "x", "pair-018c2f6e-5b1c-7d2a-9c3e-0123456789ab", "Y3g", "ZXggMQ", "bnggYQ", &"A".repeat(5_000)] {
            assert_eq!(text.parse::<PairingPosition>(), Err(PairingPositionError), "{text}");
        }
    }

    #[test]
    fn sorts_are_words_with_a_dash_for_descending() {
        assert_eq!("-created".parse(), Ok(PairingSort::default()));
        assert_eq!("expires".parse(), Ok(PairingSort { key: PairingSortKey::Expires, descending: false }));
        assert!("paired".parse::<PairingSort>().is_err() && "--name".parse::<PairingSort>().is_err());
    }
}
