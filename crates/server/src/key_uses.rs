//! Uses of API keys, counted in memory so that a call with a key writes nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use clawpair_core::Timestamp;
use clawpair_core::api_key::KeyUses;
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;

/// What has been counted and not been written yet.
#[derive(Default)]
pub(crate) struct UseCounter(Mutex<HashMap<ApiKeyId, KeyUses>>);

impl UseCounter {
    /// One use. An empty address is that of a call which came by no network.
    pub(crate) fn count(&self, id: ApiKeyId, at: Timestamp, address: &str) {
        let address = (!address.is_empty()).then(|| address.to_owned());
        self.add(KeyUses { id, days: BTreeMap::from([(Day::of(at), 1)]), last_at: at, last_address: address });
    }

    /// Adds uses, those that could not be written among them.
    pub(crate) fn add(&self, more: KeyUses) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(uses) = counted.get_mut(&more.id) else {
            counted.insert(more.id, more);
            return;
        };
        for (day, count) in more.days {
            *uses.days.entry(day).or_default() += count;
        }
        if more.last_at >= uses.last_at {
            uses.last_at = more.last_at;
            uses.last_address = more.last_address.or(uses.last_address.take());
        }
    }

    /// Everything so far; counting begins anew.
    pub(crate) fn take(&self) -> Vec<KeyUses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().map(|(_, uses)| uses).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_put_back_are_added_to_those_counted_since() {
        let (uses, id) = (UseCounter::default(), ApiKeyId::from_bytes([1; 16]));
        let at = Timestamp::from_millis(1_698_402_600_000);
        uses.count(id, at, "192.0.2.7");
        let unwritten = uses.take();
        uses.count(id, at.plus_minutes(1), "");
        for more in unwritten {
            uses.add(more);
        }
        let sum = uses.take();
        assert_eq!(sum[0].days, BTreeMap::from([(Day::of(at), 2)]));
        assert_eq!(sum[0].last_at, at.plus_minutes(1));
        assert!(uses.take().is_empty());
    }
}
