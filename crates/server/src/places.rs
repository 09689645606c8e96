//! Places for connections: how many a listener serves at once, and how many of those one address may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::forwarded::TrustedProxies;
use crate::limits::Source;

/// Places of one address, as a part of all: three others can always take as many.
const SHARE: usize = 4;

/// Who may connect to a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Connections at once, 1 or more; one address (of IPv6, one network of 64 bits) may take a quarter of them, at least one.
    pub connections: usize,
    /// Proxies whose word about a caller's address counts. Many come through one of them, so it may take all places.
    pub proxies: TrustedProxies,
}

impl Admission {
    /// Unless somebody says otherwise: fewer than the 1,024 file descriptors that a program usually may have, with room for
    /// the database.
    pub const CONNECTIONS: usize = 640;
}

impl Default for Admission {
    fn default() -> Self {
        Self { connections: Self::CONNECTIONS, proxies: TrustedProxies::default() }
    }
}

/// The places of one listener.
#[derive(Debug)]
pub(crate) struct Places {
    admission: Admission,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_source: HashMap<Source, usize>,
}

impl Places {
    pub(crate) fn new(admission: Admission) -> Arc<Self> {
        Arc::new(Self { admission, taken: Mutex::default() })
    }

    /// A place for a connection from this address; one without an address is of this machine, and has no share.
    pub(crate) fn take(self: &Arc<Self>, from: Option<IpAddr>) -> Option<Place> {
        let shared = from.map(|address| address.to_canonical()).filter(|&address| !self.admission.proxies.include(address));
        let source = shared.map(Source::from);
        let mut taken = self.taken();
        if taken.all >= self.admission.connections {
            return None;
        }
        if let Some(source) = source {
            let share = (self.admission.connections / SHARE).max(1);
            let own = taken.by_source.entry(source).or_default();
            if *own >= share {
                return None;
            }
            *own += 1;
        }
        taken.all += 1;
        Some(Place { places: Arc::clone(self), source })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    source: Option<Source>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(source) = self.source
            && let Some(own) = taken.by_source.get_mut(&source)
        {
            *own -= 1;
            if *own == 0 {
                taken.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, proxies: &[&str]) -> Arc<Places> {
        let texts: Vec<String> = proxies.iter().map(|&text| text.to_owned()).collect();
        Places::new(Admission { connections, proxies: TrustedProxies::parse(&texts).unwrap() })
    }

    fn take(places: &Arc<Places>, from: &str, wanted: usize) -> Vec<Place> {
        (0..wanted).map_while(|_| places.take(Some(from.parse().unwrap()))).collect()
    }

    #[test]
    fn one_address_takes_a_quarter_and_others_still_connect() {
        let places = places(8, &[]);
        let one = take(&places, "192.0.2.1", 8);
        assert_eq!(one.len(), 2);
        assert_eq!(take(&places, "::ffff:192.0.2.1", 1).len(), 0, "the same written otherwise");
        let others: Vec<_> = (2..9).flat_map(|last| take(&places, &format!("192.0.2.{last}"), 8)).collect();
        assert_eq!(others.len(), 6, "all places are taken then");
        drop(others);
        assert_eq!(take(&places, "192.0.2.1", 1).len(), 0);
        drop(one);
        assert_eq!(take(&places, "192.0.2.1", 8).len(), 2);
        assert!(places.taken().by_source.is_empty(), "nothing is kept of who has gone");
    }

    #[test]
    fn of_ipv6_a_network_of_64_bits_counts_as_one() {
        let places = places(8, &[]);
        let _one = take(&places, "2001:db8:0:1::1", 8);
        assert_eq!(take(&places, "2001:db8:0:1::2", 1).len(), 0);
        assert_eq!(take(&places, "2001:db8:0:2::1", 8).len(), 2);
    }

    #[test]
    fn a_trusted_proxy_and_this_machine_may_take_all() {
        let places = places(3, &["10.0.0.0/8"]);
        let proxy = take(&places, "10.1.1.1", 8);
        assert_eq!(proxy.len(), 3);
        assert!(places.take(None).is_none());
        drop(proxy);
        let local: Vec<_> = (0..4).map_while(|_| places.take(None)).collect();
        assert_eq!(local.len(), 3);
    }

    #[test]
    fn there_is_always_one() {
        assert_eq!(take(&places(1, &[]), "192.0.2.1", 1).len(), 1);
    }
}
