//! A platform that wants to be left alone is: nothing is sent to it or read from it by itself until then. It counts calls by who calls, not
//! by what is asked, so each that goes out all the same is one more that it refuses.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clawpair_core::clock::Timestamp;

/// The longest that a platform may want.
const LONGEST: Duration = Duration::from_hours(24);

/// Until when one platform is left alone.
#[derive(Default)]
pub(super) struct Rest(Mutex<Option<(Timestamp, Duration)>>);

impl Rest {
    /// It wants to be left alone for so long from now on, if it said; what it wanted before counts as long as that lasts longer.
    pub(super) fn begin(&self, now: Timestamp, wanted: Option<Duration>) {
        let Some(wanted) = wanted.map(|wanted| wanted.min(LONGEST)) else { return };
        if self.left(now).is_none_or(|left| left < wanted) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, wanted));
        }
    }

    /// How much longer, if it is to be left alone. A clock that was set back ends it.
    pub(super) fn left(&self, now: Timestamp) -> Option<Duration> {
        let (since, wanted) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let gone = u64::try_from(now.as_millis() - since.as_millis()).ok()?;
        wanted.checked_sub(Duration::from_millis(gone)).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasts_as_long_as_was_wanted_at_most_a_day_and_not_longer_for_a_clock_that_is_set_back() {
        let (rest, at) = (Rest::default(), |seconds: i64| Timestamp::from_millis(1_000_000 + seconds * 1_000));
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        rest.begin(at(0), None);
        assert_eq!(rest.left(at(0)), None);
        rest.begin(at(0), seconds(60));
        rest.begin(at(10), seconds(5));
        assert_eq!([at(10), at(59), at(60), at(-1)].map(|now| rest.left(now)), [seconds(50), seconds(1), None, None]);
        rest.begin(at(10), seconds(100));
        assert_eq!(rest.left(at(60)), seconds(50));
        rest.begin(at(10), seconds(9_999_999));
        assert_eq!(rest.left(at(10)), Some(LONGEST));
    }
}
