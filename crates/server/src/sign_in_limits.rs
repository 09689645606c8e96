//! How often somebody may be wrong when signing in. Whoever guesses is slowed down where they are; the account's owner at
//! another address is not, and never at one from which they came in before.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use clawpair_core::Timestamp;

use crate::error::Refusal;

/// Wrong tries for one account from one address before waiting begins.
const FREE_FOR_PAIR: u32 = 5;
/// Wrong tries from one address, whatever the accounts.
const FREE_FOR_ADDRESS: u32 = 20;
/// Wrong tries for one account, whatever the addresses.
const FREE_FOR_ACCOUNT: u32 = 50;
/// Each further one doubles the wait, from a minute up to these many.
const MAX_WAIT_MINUTES: u32 = 15;
/// After so long without a wrong try all is forgotten.
const FORGET_MINUTES: u32 = 60;
/// What is remembered at most; past it the longest forgotten goes first.
const MAX_ENTRIES: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, String),
    Address(String),
    Account(String),
}

struct Tries {
    count: u32,
    last: Timestamp,
}

#[derive(Default)]
struct Memory {
    tries: HashMap<Key, Tries>,
    known: HashSet<(String, String)>,
}

/// Wrong tries of the last hour, in memory.
#[derive(Default)]
pub(crate) struct SignInLimits(Mutex<Memory>);

impl SignInLimits {
    /// Lets a try through and counts it as wrong until [`Self::forgive`] says otherwise, so that many at once are no way
    /// around.
    ///
    /// # Errors
    /// A refusal with how long to wait.
    pub(crate) fn admit(&self, account: &str, address: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.make_room(now);
        let is_known = memory.known.contains(&(account.to_owned(), address.to_owned()));
        let mut limits = keys(account, address).to_vec();
        limits.retain(|(key, _)| !(is_known && matches!(key, Key::Account(_))));
        let wait = limits.iter().filter_map(|(key, free)| memory.tries.get(key)?.wait(*free, now)).max();
        if let Some(seconds) = wait {
            return Err(Refusal::rate_limited("There were too many wrong sign-ins.", seconds));
        }
        for (key, _) in limits {
            let tries = memory.tries.entry(key).or_insert(Tries { count: 0, last: now });
            if tries.is_forgotten(now) {
                tries.count = 0;
            }
            *tries = Tries { count: tries.count.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The try was right.
    pub(crate) fn forgive(&self, account: &str, address: &str) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(account, address) {
            if let Some(tries) = memory.tries.get_mut(&key) {
                tries.count = if matches!(key, Key::Pair(..)) { 0 } else { tries.count.saturating_sub(1) };
            }
        }
        if memory.known.len() < MAX_ENTRIES {
            memory.known.insert((account.to_owned(), address.to_owned()));
        }
    }
}

fn keys(account: &str, address: &str) -> [(Key, u32); 3] {
    [
        (Key::Pair(account.to_owned(), address.to_owned()), FREE_FOR_PAIR),
        (Key::Address(address.to_owned()), FREE_FOR_ADDRESS),
        (Key::Account(account.to_owned()), FREE_FOR_ACCOUNT),
    ]
}

impl Tries {
    fn is_forgotten(&self, now: Timestamp) -> bool {
        now >= self.last.plus_minutes(FORGET_MINUTES)
    }

    /// Seconds until the next try.
    fn wait(&self, free: u32, now: Timestamp) -> Option<i64> {
        let over = self.count.checked_sub(free)?;
        let minutes = 1_u32.checked_shl(over).unwrap_or(u32::MAX).min(MAX_WAIT_MINUTES);
        let left = self.last.plus_minutes(minutes).as_millis() - now.as_millis();
        (left > 0).then_some((left + 999) / 1_000)
    }
}

impl Memory {
    fn make_room(&mut self, now: Timestamp) {
        if self.tries.len() + 3 <= MAX_ENTRIES {
            return;
        }
        self.tries.retain(|_, tries| !tries.is_forgotten(now));
        if self.tries.len() + 3 > MAX_ENTRIES {
            let mut moments: Vec<Timestamp> = self.tries.values().map(|tries| tries.last).collect();
            moments.sort_unstable();
            let middle = moments[moments.len() / 2];
            self.tries.retain(|_, tries| tries.last > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn tries_until_refused(limits: &SignInLimits, account: impl Fn(u32) -> String, address: impl Fn(u32) -> String) -> u32 {
        (0..1_000).find(|&i| limits.admit(&account(i), &address(i), NOON).is_err()).unwrap_or(1_000)
    }

    #[test]
    fn pairs_addresses_and_accounts_have_limits_of_their_own() {
        let new = SignInLimits::default;
        assert_eq!(tries_until_refused(&new(), |_| "ada".into(), |_| "192.0.2.7".into()), FREE_FOR_PAIR);
        assert_eq!(tries_until_refused(&new(), |i| format!("member {i}"), |_| "192.0.2.7".into()), FREE_FOR_ADDRESS);
        assert_eq!(tries_until_refused(&new(), |_| "ada".into(), |i| format!("address {i}")), FREE_FOR_ACCOUNT);
    }

    #[test]
    fn an_owner_is_not_locked_out_by_those_who_guess_elsewhere() {
        let limits = SignInLimits::default();
        limits.admit("ada", "home", NOON).unwrap();
        limits.forgive("ada", "home");
        tries_until_refused(&limits, |_| "ada".into(), |i| format!("address {i}"));
        assert!(limits.admit("ada", "elsewhere", NOON).is_err());
        assert!(limits.admit("ada", "home", NOON).is_ok());
    }

    #[test]
    fn waiting_doubles_and_is_forgotten() {
        let limits = SignInLimits::default();
        tries_until_refused(&limits, |_| "ada".into(), |_| "a".into());
        let wait = |at| limits.0.lock().unwrap().tries[&Key::Pair("ada".into(), "a".into())].wait(FREE_FOR_PAIR, at);
        assert_eq!(wait(NOON), Some(60));
        assert_eq!(wait(NOON.plus_minutes(1)), None);
        limits.admit("ada", "a", NOON.plus_minutes(1)).unwrap();
        assert_eq!(wait(NOON.plus_minutes(1)), Some(120));
        limits.admit("ada", "a", NOON.plus_minutes(70)).unwrap();
        assert_eq!(wait(NOON.plus_minutes(70)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let limits = SignInLimits::default();
        for i in 0..30_000 {
            let _ = limits.admit(&format!("account {i}"), &format!("address {i}"), NOON.plus_seconds(i));
        }
        assert!(limits.0.lock().unwrap().tries.len() <= MAX_ENTRIES);
    }
}
