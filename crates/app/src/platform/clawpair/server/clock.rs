//! How far a server's clock is ahead of this computer's.

use clawpair_core::clock::Timestamp;

/// Clocks that differ by no more go alike: a server says its time to the second, and its answer takes a while.
const ALIKE_MILLIS: i64 = 2_000;
/// Clocks differ by no more than this, a century: what says otherwise is no clock.
const MOST_MILLIS: i64 = 100 * 365 * 24 * 3_600 * 1_000;

/// In milliseconds, from what time it is there and here.
pub(super) fn ahead_millis(there: Timestamp, here: Timestamp) -> i64 {
    let ahead = there.as_millis().saturating_sub(here.as_millis());
    if (-ALIKE_MILLIS..=ALIKE_MILLIS).contains(&ahead) { 0 } else { ahead.clamp(-MOST_MILLIS, MOST_MILLIS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_counts_from_two_seconds_on_and_up_to_a_century() {
        let ahead = |millis| ahead_millis(Timestamp::from_millis(millis), Timestamp::from_millis(0));
        assert_eq!([2_000, -2_000, 2_001, -90_000].map(ahead), [0, 0, 2_001, -90_000]);
        assert_eq!([i64::MAX, i64::MIN].map(ahead), [MOST_MILLIS, -MOST_MILLIS]);
    }
}
