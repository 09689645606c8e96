//! How often wrong codes may be sent: from one address, and from all together.
//!
//! Only typed codes are limited, because only they can be guessed; a link's secret has 128 bits. Five wrong guesses per code,
//! counted in the database, bound what anybody can reach; what is here slows down those who try. A new code changes no count.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clawpair_core::Timestamp;

use crate::error::Refusal;

/// Wrong codes from one address that cost it nothing.
const FREE: u32 = 10;
/// The longest wait, in seconds; each wrong code doubles it from one second.
const MAX_WAIT: i64 = 15 * 60;
/// An address is forgotten so many seconds after its last wrong code.
const MEMORY: i64 = 24 * 60 * 60;
/// Addresses that are remembered; past this the one that has been quiet longest is forgotten.
const MAX_ADDRESSES: usize = 10_000;
/// Wrong codes from everywhere that may come at once, and seconds for each that may come afterwards. When they are used up,
/// addresses that have sent a wrong code wait; others do not, so that nobody can lock everybody out.
const BURST: i64 = 100;
const PACE: i64 = 6;

/// An IPv4 address, or an IPv6 network of 64 bits, which is what one subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    V4([u8; 4]),
    V6([u8; 8]),
    Unknown,
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.octets()),
            IpAddr::V6(ip) => {
                let octets = ip.octets();
                let (network, _) = octets.split_at(8);
                network.try_into().map_or(Self::Unknown, Self::V6)
            }
        }
    }
}

impl From<&str> for Source {
    fn from(address: &str) -> Self {
        address.parse::<IpAddr>().map_or(Self::Unknown, Self::from)
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    /// From when on the address may try again.
    fn until(self) -> Timestamp {
        match self.count.checked_sub(FREE) {
            None => self.last,
            Some(beyond) => self.last.plus_seconds(1_i64.checked_shl(beyond.min(62)).unwrap_or(MAX_WAIT).min(MAX_WAIT)),
        }
    }
}

/// Wrong codes since this platform started.
#[derive(Default)]
pub(crate) struct Limits(Mutex<Known>);

#[derive(Default)]
struct Known {
    addresses: HashMap<Source, Failures>,
    /// When all failures so far are paid off, one each [`PACE`] seconds.
    paid_off: Option<Timestamp>,
}

impl Limits {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a code from this address is looked at now.
    ///
    /// # Errors
    /// A refusal that says how long to wait.
    pub(crate) fn admit(&self, address: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut known = self.known();
        let source = Source::from(address);
        let Some(failures) = known.addresses.get(&source).copied() else { return Ok(()) };
        if now >= failures.last.plus_seconds(MEMORY) {
            known.addresses.remove(&source);
            return Ok(());
        }
        let everybody = known.paid_off.map(|paid_off| paid_off.plus_seconds(-BURST * PACE));
        let until = everybody.map_or(failures.until(), |until| until.max(failures.until()));
        if now < until {
            let seconds = (until.as_millis() - now.as_millis() + 999) / 1_000;
            return Err(Refusal::rate_limited("Too many wrong codes have come from this address.", seconds));
        }
        Ok(())
    }

    /// A wrong code came from this address.
    pub(crate) fn failed(&self, address: &str, now: Timestamp) {
        let mut known = self.known();
        known.paid_off = Some(known.paid_off.map_or(now, |paid_off| paid_off.max(now)).plus_seconds(PACE));
        let source = Source::from(address);
        if known.addresses.len() >= MAX_ADDRESSES
            && !known.addresses.contains_key(&source)
            && let Some(quiet) = known.addresses.iter().min_by_key(|(_, failures)| failures.last).map(|(&source, _)| source)
        {
            known.addresses.remove(&quiet);
        }
        let failures = known.addresses.entry(source).or_insert(Failures { count: 0, last: now });
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    /// What was counted as wrong was right.
    pub(crate) fn forgive(&self, address: &str) {
        let mut known = self.known();
        known.paid_off = known.paid_off.map(|paid_off| paid_off.plus_seconds(-PACE));
        let source = Source::from(address);
        if let Some(failures) = known.addresses.get_mut(&source) {
            failures.count = failures.count.saturating_sub(1);
            if failures.count == 0 {
                known.addresses.remove(&source);
            }
        }
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
