use std::collections::BTreeSet;

use crate::clock::Timestamp;

const HOUR_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
/// Addresses of one actor that are remembered.
const MAX_ADDRESSES: usize = 1_000;

/// What one actor has done so far: when, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    first: Option<Timestamp>,
    /// One bit for each hour of the day, in UTC.
    hours: u32,
    addresses: BTreeSet<String>,
}

fn hour(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MILLIS).rem_euclid(24)
}

impl History {
    /// Takes note of something it did.
    pub fn note(&mut self, at: Timestamp, address: Option<&str>) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.hours |= 1 << hour(at);
        if let Some(address) = address
            && self.addresses.len() < MAX_ADDRESSES
        {
            self.addresses.insert(address.to_owned());
        }
    }

    /// Whether it was never active at this hour of the day (UTC) although it has been known for so many days.
    pub fn is_unusual_hour(&self, at: Timestamp, days: u32) -> bool {
        self.is_known_for(at, days) && self.hours & (1 << hour(at)) == 0
    }

    /// Whether it never came from this address although it has been known for so many days.
    pub fn is_unknown_address(&self, at: Timestamp, address: &str, days: u32) -> bool {
        self.is_known_for(at, days) && self.addresses.len() < MAX_ADDRESSES && !self.addresses.contains(address)
    }

    fn is_known_for(&self, at: Timestamp, days: u32) -> bool {
        self.first.is_some_and(|first| at.as_millis() - first.as_millis() >= i64::from(days) * DAY_MILLIS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-11-14T22:13:20Z.
    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn later(days: i64, hours: i64) -> Timestamp {
        START.plus_seconds(days * 86_400 + hours * 3_600)
    }

    #[test]
    fn an_hour_is_unusual_only_after_enough_days_and_if_never_used() {
        let mut history = History::default();
        assert!(!history.is_unusual_hour(START, 0), "nobody is judged by no history");
        history.note(START, None);
        history.note(later(1, 2), None);
        for (at, unusual) in [
            (later(13, 5), false),
            (later(14, 5), true),
            (later(14, 0), false),
            (later(20, 2), false),
            (later(20, 3), true),
            (later(20, 26), false),
        ] {
            assert_eq!(history.is_unusual_hour(at, 14), unusual, "{at}");
        }
        history.note(later(20, 3), None);
        assert!(!history.is_unusual_hour(later(21, 3), 14), "what was seen once is usual");
    }

    #[test]
    fn an_address_is_unknown_only_after_enough_days_and_if_never_seen() {
        let mut history = History::default();
        history.note(START, Some("192.0.2.7"));
        for (at, address, unknown) in
            [(later(6, 0), "198.51.100.1", false), (later(7, 0), "198.51.100.1", true), (later(7, 0), "192.0.2.7", false)]
        {
            assert_eq!(history.is_unknown_address(at, address, 7), unknown, "{at} {address}");
        }
    }
}
