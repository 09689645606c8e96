//! Days in UTC, by which uses are counted.

use std::fmt;

use crate::clock::Timestamp;

const MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A day in UTC, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of a moment.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_millis().div_euclid(MILLIS))
    }

    /// From its number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01, for storing.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days earlier.
    #[must_use]
    pub const fn minus(self, days: i64) -> Self {
        Self(self.0 - days)
    }
}

/// RFC 3339 `full-date`: `2023-10-27`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let midnight = Timestamp::from_millis(self.0 * MILLIS).to_string();
        f.write_str(midnight.split('T').next().unwrap_or(&midnight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_date_in_utc() {
        let day = Day::of(Timestamp::from_millis(1_698_402_600_000));
        assert_eq!(day.to_string(), "2023-10-27");
        assert_eq!(day.minus(27).to_string(), "2023-09-30");
        assert_eq!(Day::of(Timestamp::from_millis(-1)).to_string(), "1969-12-31");
    }
}
