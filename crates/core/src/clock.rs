//! Time as an argument.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment plus so many minutes.
    #[must_use]
    pub const fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0 + minutes as i64 * 60_000)
    }

    /// This moment plus so many seconds; negative seconds go back.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000)
    }
}

/// RFC 3339 in UTC with whole seconds: `2023-10-27T10:30:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.div_euclid(1_000)) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => f.write_str("out of range"),
        }
    }
}

/// A text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{shown}” is no moment; write one as 2023-10-27T10:30:00Z.")]
pub struct TimestampError {
    shown: String,
}

/// RFC 3339.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment: Result<jiff::Timestamp, _> = text.parse();
        moment.map(|moment| Self(moment.as_millisecond())).map_err(|_| TimestampError { shown: crate::text::sanitised(text) })
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The moment it is now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_rfc_3339_with_whole_seconds() {
        assert_eq!(Timestamp::from_millis(1_698_402_600_999).to_string(), "2023-10-27T10:30:00Z");
    }

    #[test]
    fn is_read_as_rfc_3339_of_any_zone() {
        assert_eq!("2023-10-27T12:30:00+02:00".parse(), Ok(Timestamp::from_millis(1_698_402_600_000)));
        assert!("yesterday".parse::<Timestamp>().unwrap_err().to_string().contains("“yesterday” is no moment"));
    }
}
