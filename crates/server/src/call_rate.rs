//! How often managers may call: a token bucket for each API key and member, and one for the failed attempts of each address.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::id::{ApiKeyId, MemberId};

use crate::error::Refusal;
use crate::service::Service;

/// Buckets that are remembered; full ones are forgotten when there are so many.
const MAX_BUCKETS: usize = 10_000;
/// Failed attempts by one address: more than a script with an old key makes, fewer than guessing takes.
const FAILURES: CallRate = CallRate { per_second: NonZeroU32::new(2).unwrap(), at_once: NonZeroU32::new(60).unwrap() };
/// The names of draft-ietf-httpapi-ratelimit-headers-10.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// How often one manager may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRate {
    /// In the long run.
    pub per_second: NonZeroU32,
    /// After a while without calls.
    pub at_once: NonZeroU32,
}

impl CallRate {
    fn interval(self) -> i64 {
        1_000_000 / i64::from(self.per_second.get())
    }
}

/// What is left of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quota {
    rate: CallRate,
    calls: i64,
    /// Seconds until the bucket is full again.
    full_in: i64,
}

/// The buckets of one kind. Each is the moment, in microseconds, at which it is full again (GCRA).
struct Buckets<K>(Mutex<HashMap<K, i64>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Takes one call out, or says in how many seconds there is one again.
    fn take(&self, key: K, rate: CallRate, now: Timestamp) -> Result<Quota, i64> {
        let (now, interval) = (now.as_millis() * 1_000, rate.interval());
        let capacity = interval * i64::from(rate.at_once.get());
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, full_at| *full_at > now);
        }
        let full_at = buckets.entry(key).or_insert(now);
        let after = (*full_at).max(now) + interval;
        if after - now > capacity {
            return Err(ceil(after - now - capacity, 1_000_000).max(1));
        }
        *full_at = after;
        Ok(Quota { rate, calls: (capacity - (after - now)) / interval, full_in: ceil(after - now, 1_000_000) })
    }
}

const fn ceil(number: i64, unit: i64) -> i64 {
    (number + unit - 1) / unit
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Manager {
    ApiKey(ApiKeyId),
    Member(MemberId),
}

/// The limits of one platform.
#[derive(Default)]
pub(crate) struct CallLimits {
    rate: OnceLock<CallRate>,
    calls: Buckets<Manager>,
    failures: Buckets<IpAddr>,
}

/// Where a request leaves what it has spent, for its answer.
#[derive(Clone, Default)]
pub(crate) struct Spent(Arc<OnceLock<Quota>>);

impl Service {
    /// Limits how often each API key and member may call; without this nobody is. Call it before anything listens; a second
    /// time changes nothing. Whoever calls in process never is limited.
    pub fn limit_calls(&self, rate: CallRate) {
        let _ = self.call_limits.rate.set(rate);
    }

    /// Charges a call to whoever makes it.
    pub(crate) fn charge_call(&self, by: Actor, spent: Option<&Spent>) -> Result<(), Refusal> {
        let manager = match by {
            Actor::ApiKey(id, _) => Manager::ApiKey(id),
            Actor::Member(id, _) => Manager::Member(id),
            Actor::Owner | Actor::Operator | Actor::Platform | Actor::Device(_) => return Ok(()),
        };
        let Some(&rate) = self.call_limits.rate.get() else { return Ok(()) };
        let quota = self.call_limits.calls.take(manager, rate, self.now()).map_err(|seconds| {
            let message = format!("More than {} calls a second are too many; {} may come at once.", rate.per_second, rate.at_once);
            Refusal::rate_limited(&message, seconds)
        })?;
        if let Some(Spent(spent)) = spent {
            let _ = spent.set(quota);
        }
        Ok(())
    }

    /// Charges a credential that was refused to the address it came from; good credentials from there are not affected.
    pub(crate) fn charge_refusal(&self, from: Option<IpAddr>, refusal: Refusal) -> Refusal {
        let (Some(from), Some(_)) = (from, self.call_limits.rate.get()) else { return refusal };
        match self.call_limits.failures.take(from, FAILURES, self.now()) {
            Ok(_) => refusal,
            Err(seconds) => Refusal::rate_limited("Too many calls from this address had a credential that is not good.", seconds),
        }
    }
}

/// Says in each answer to a manager how much is left.
pub(crate) async fn say_what_is_left(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    if service.call_limits.rate.get().is_none() {
        return next.run(request).await;
    }
    let spent = Spent::default();
    request.extensions_mut().insert(spent.clone());
    let mut response = next.run(request).await;
    if let Some(Quota { rate, calls, full_in }) = spent.0.get() {
        let window = ceil(i64::from(rate.at_once.get()), i64::from(rate.per_second.get()));
        let lines =
            [(POLICY, format!("\"calls\";q={};w={window}", rate.at_once)), (LEFT, format!("\"calls\";r={calls};t={full_in}"))];
        for (name, line) in lines {
            if let Ok(line) = HeaderValue::try_from(line) {
                response.headers_mut().insert(name, line);
            }
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: CallRate = CallRate { per_second: NonZeroU32::new(10).unwrap(), at_once: NonZeroU32::new(3).unwrap() };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn a_bucket_empties_and_fills_again_with_time() {
        let buckets = Buckets::default();
        for left in [2, 1, 0] {
            assert_eq!(buckets.take("key", RATE, at(0)).unwrap().calls, left);
        }
        assert_eq!(buckets.take("key", RATE, at(99)), Err(1));
        assert!(buckets.take("key", RATE, at(100)).is_ok(), "one a tenth of a second");
        assert!(buckets.take("key", RATE, at(100)).is_err());
        assert!(buckets.take("another", RATE, at(100)).is_ok(), "each key has its own");
        assert_eq!(buckets.take("key", RATE, at(10_000)).unwrap().calls, 2, "and never holds more than it holds");
    }

    #[test]
    fn buckets_that_are_full_again_are_forgotten() {
        let buckets = Buckets::default();
        for key in 0..=MAX_BUCKETS {
            buckets.take(key, RATE, at(0)).unwrap();
        }
        buckets.take(0, RATE, at(1_000)).unwrap();
        assert_eq!(buckets.0.lock().unwrap().len(), 1);
    }
}
