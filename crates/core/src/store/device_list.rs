use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::device::{Device, DeviceState};
use crate::id::DeviceId;
use crate::permission::Permission;
use crate::search::Search;
use crate::text::{DeviceType, Tag};

/// Whether devices are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are.
    Active,
    /// Not for now.
    Disabled,
    /// Never again.
    Revoked,
}

impl Standing {
    /// All.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Revoked];

    /// How a device stands.
    pub const fn of(device: &Device) -> Self {
        match device.state {
            DeviceState::Active => Self::Active,
            DeviceState::Disabled { .. } => Self::Disabled,
            DeviceState::Revoked { .. } => Self::Revoked,
        }
    }
}

/// What devices are sorted by. Whatever is equal is sorted by when it joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When they joined.
    #[default]
    Paired,
    /// Their names, in lower case.
    Name,
    /// When they were last heard.
    Seen,
}

/// A sort key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceSort {
    /// By what.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Default for DeviceSort {
    fn default() -> Self {
        Self { key: SortKey::Paired, descending: true }
    }
}

/// A text is no sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Devices are sorted by name, paired or seen, with a dash before it for the other direction: -paired.")]
pub struct DeviceSortError;

impl FromStr for DeviceSort {
    type Err = DeviceSortError;

    fn from_str(text: &str) -> Result<Self, DeviceSortError> {
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let key = match word {
            "paired" => SortKey::Paired,
            "name" => SortKey::Name,
            "seen" => SortKey::Seen,
            _ => return Err(DeviceSortError),
        };
        Ok(Self { key, descending })
    }
}

/// Which devices to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct DeviceFilter {
    /// How they stand.
    pub standing: Option<Standing>,
    /// Whether they are among those connected, which the platform knows and the store does not.
    pub connected: Option<(bool, Arc<HashSet<DeviceId>>)>,
    /// Their type, exactly.
    pub device_type: Option<DeviceType>,
    /// A permission they have.
    pub permission: Option<Permission>,
    /// A tag they have.
    pub tag: Option<Tag>,
    /// Words that find them.
    pub search: Option<Search>,
    /// They were last heard before this moment.
    pub seen_before: Option<Timestamp>,
    /// They were last heard at this moment or later.
    pub seen_after: Option<Timestamp>,
}

impl DeviceFilter {
    /// Whether a device passes.
    pub fn passes(&self, device: &Device) -> bool {
        self.standing.is_none_or(|standing| standing == Standing::of(device))
            && self.connected.as_ref().is_none_or(|(wanted, ids)| *wanted == (device.is_active() && ids.contains(&device.id)))
            && self.device_type.as_ref().is_none_or(|wanted| *wanted == device.device_type)
            && self.permission.as_ref().is_none_or(|wanted| device.permissions.iter().any(|has| has == wanted))
            && self.tag.as_ref().is_none_or(|wanted| device.tags.contain(wanted))
            && self.seen_before.is_none_or(|moment| device.last_seen_at < moment)
            && self.seen_after.is_none_or(|moment| device.last_seen_at >= moment)
            && self.search.as_ref().is_none_or(|search| search.finds(device))
    }
}

/// Where a page of devices ends, under the sort it was made with. Opaque outside: base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicePosition {
    /// Sorted by when they joined: the how manieth.
    Paired(i64),
    /// Sorted by name.
    Name(String, i64),
    /// Sorted by when they were last heard.
    Seen(Timestamp, i64),
}

impl DevicePosition {
    /// What the list was sorted by.
    pub const fn key(&self) -> SortKey {
        match self {
            Self::Paired(_) => SortKey::Paired,
            Self::Name(..) => SortKey::Name,
            Self::Seen(..) => SortKey::Seen,
        }
    }
}

/// Longest position, in bytes of its text: a name of 64 characters, each at most a dozen bytes in lower case.
const MAX_POSITION: usize = 1_200;

/// A text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“after” takes the “next” of the page before, under the same sort; leave it out to begin anew.")]
pub struct DevicePositionError;

impl fmt::Display for DevicePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Paired(number) => format!("p{number}"),
            Self::Name(name, number) => format!("n{number} {name}"),
            Self::Seen(at, number) => format!("s{number} {}", at.as_millis()),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl FromStr for DevicePosition {
    type Err = DevicePositionError;

    fn from_str(text: &str) -> Result<Self, DevicePositionError> {
        let bytes = Some(text).filter(|text| text.len() <= MAX_POSITION).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(DevicePositionError)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| DevicePositionError);
        let pair = |text: &str| text.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or(DevicePositionError);
        if let Some(rest) = text.strip_prefix('p') {
            return number(rest).map(Self::Paired);
        }
        if let Some(rest) = text.strip_prefix('n') {
            let (last, name) = pair(rest)?;
            return Ok(Self::Name(name, number(&last)?));
        }
        let (last, at) = pair(text.strip_prefix('s').ok_or(DevicePositionError)?)?;
        Ok(Self::Seen(Timestamp::from_millis(number(&at)?), number(&last)?))
    }
}

/// A page of devices that somebody wants.
#[derive(Clone, Debug)]
pub struct DeviceQuery {
    /// Which.
    pub filter: DeviceFilter,
    /// In which order.
    pub sort: DeviceSort,
    /// After which; it must be of the same sort.
    pub after: Option<DevicePosition>,
    /// How many at most.
    pub limit: usize,
}

impl DeviceQuery {
    /// The newest devices, revoked ones too.
    pub fn newest(limit: usize) -> Self {
        Self { filter: DeviceFilter::default(), sort: DeviceSort::default(), after: None, limit }
    }
}

/// How many devices there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceCounts {
    /// Let in.
    pub active: u64,
    /// Shut out for a while.
    pub disabled: u64,
    /// Shut out for good.
    pub revoked: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_back_and_nothing_else_is_read() {
        let positions = [
            DevicePosition::Paired(17),
            DevicePosition::Name("küche am hof".into(), 3),
            DevicePosition::Name("İ".repeat(64).to_lowercase(), i64::MAX),
            DevicePosition::Seen(Timestamp::from_millis(1_700_000_000_000), 9),
        ];
        for position in positions {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "x", "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab", "cA", "cDF4", &"A".repeat(5_000)] {
            assert_eq!(text.parse::<DevicePosition>(), Err(DevicePositionError), "{text}");
        }
    }

    #[test]
    fn sorts_are_words_with_a_dash_for_descending() {
        assert_eq!("-paired".parse(), Ok(DeviceSort::default()));
        assert_eq!("name".parse(), Ok(DeviceSort { key: SortKey::Name, descending: false }));
        assert!("colour".parse::<DeviceSort>().is_err() && "--name".parse::<DeviceSort>().is_err());
    }
}
