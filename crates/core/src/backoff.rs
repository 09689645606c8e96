//! How long to wait before the next try.

use std::time::Duration;

use crate::rng::{self, Rng};

/// Exponential back-off with equal jitter: each wait is uniform between half of a ceiling and the ceiling, which doubles from
/// `first` up to `most`. So a thousand clients that lost the same platform do not come back at the same moment, and none at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    ceiling: Duration,
}

impl Backoff {
    /// The ceilings of the first and of all later waits.
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, ceiling: first.min(most) }
    }

    /// For reaching a platform again: 0.5 to 30 seconds.
    pub fn reconnecting() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(30))
    }

    /// The next wait.
    pub fn wait(&mut self, rng: &dyn Rng) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = (ceiling * 2).min(self.most);
        let half = ceiling / 2;
        // A random fraction of the other half: a number below 2⁶⁴, divided by 2⁶⁴.
        let nanos = (u128::from(u64::from_be_bytes(rng::bytes(rng))) * half.as_nanos()) >> 64;
        half + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The next wait, and not less than a server asked for.
    pub fn wait_at_least(&mut self, rng: &dyn Rng, asked: Option<Duration>) -> Duration {
        asked.unwrap_or_default() + self.wait(rng)
    }

    /// After a success: the next wait is short again.
    pub fn reset(&mut self) {
        self.ceiling = self.first.min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(u8);

    impl Rng for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn waits(byte: u8) -> Vec<Duration> {
        let mut backoff = Backoff::reconnecting();
        (0..10).map(|_| backoff.wait(&Constant(byte))).collect()
    }

    #[test]
    fn ceilings_double_from_one_second_to_thirty_seconds() {
        let seconds: Vec<f64> = waits(0xff).iter().map(Duration::as_secs_f64).collect();
        for (wait, ceiling) in seconds.into_iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0]) {
            assert!(wait <= ceiling && wait > ceiling * 0.999_999, "{wait} of {ceiling}");
        }
    }

    #[test]
    fn no_wait_is_shorter_than_half_of_its_ceiling() {
        assert_eq!(waits(0)[..3], [500, 1_000, 2_000].map(Duration::from_millis));
        assert_eq!(waits(0)[9], Duration::from_secs(15));
        let middle = waits(0x80)[6];
        assert!(middle > Duration::from_millis(22_500) && middle < Duration::from_millis(22_600), "{middle:?}");
    }

    #[test]
    fn a_success_resets_and_a_server_may_ask_for_more() {
        let mut backoff = Backoff::reconnecting();
        for _ in 0..8 {
            backoff.wait(&Constant(0xff));
        }
        backoff.reset();
        assert!(backoff.wait(&Constant(0xff)) <= Duration::from_secs(1));
        assert_eq!(backoff.wait_at_least(&Constant(0), Some(Duration::from_secs(9))), Duration::from_secs(10));
    }

    #[test]
    fn a_first_wait_above_the_most_is_cut() {
        let mut backoff = Backoff::new(Duration::from_mins(1), Duration::from_secs(1));
        assert!(backoff.wait(&Constant(0xff)) <= Duration::from_secs(1));
        backoff.reset();
        assert!(backoff.wait(&Constant(0xff)) <= Duration::from_secs(1));
    }
}
