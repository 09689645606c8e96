use std::collections::BTreeSet;

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::id::PairingId;
use clawpair_core::key::DeviceKey;
use clawpair_core::pairing::{Pairing, PairingStatus};
use clawpair_core::request::{Decision, Seen};
use clawpair_core::store::{Entry, Opening, PairingCounts, PairingFilter, PairingQuery, PairingSort, PairingSortKey, Store};
use ed25519_dalek::SigningKey;

use super::fixtures::{NOON, Opened, by_link, new_pairing};

const STATUSES: [PairingStatus; 7] = [
    PairingStatus::Open,
    PairingStatus::Waiting,
    PairingStatus::Approved,
    PairingStatus::Completed,
    PairingStatus::Denied,
    PairingStatus::Cancelled,
    PairingStatus::Expired,
];
const NAMES: [&str; 4] = ["Beta mast", "alpha", "Alpha two", "Östlich"];
const TYPES: [&str; 2] = ["IoT Gateway", "Cloud VM"];

/// Makes a pairing that stands so at noon.
async fn made(store: &dyn Store, nth: u8, status: PairingStatus) -> PairingId {
    let asks = matches!(status, PairingStatus::Waiting | PairingStatus::Approved | PairingStatus::Denied);
    // Several are made in the same minute and expire in the same minute.
    let at = NOON.plus_seconds(-60 * i64::from(nth % 3));
    let (mut new, code, link) = new_pairing(at, asks, Entry::Off);
    new.pairing.name = NAMES[usize::from(nth) % NAMES.len()].parse().unwrap();
    new.pairing.device_type = TYPES[usize::from(nth) % TYPES.len()].parse().unwrap();
    if status == PairingStatus::Expired {
        new.pairing.expires_at = NOON;
    }
    let pairing = new.pairing.clone();
    assert!(matches!(store.open_pairing(new).await.unwrap(), Opening::Opened(_)));
    let opened = Opened { pairing: pairing.clone(), code, link };
    if asks || status == PairingStatus::Completed {
        store.claim(by_link(&opened, nth, at)).await.unwrap();
    }
    match status {
        PairingStatus::Cancelled => drop(store.cancel_pairing(pairing.id, Actor::Owner, at).await.unwrap()),
        PairingStatus::Approved | PairingStatus::Denied => {
            let signing = SigningKey::from_bytes(&[nth; 32]);
            let key = DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap();
            let decision = if status == PairingStatus::Denied {
                Decision::Deny(None)
            } else {
                Decision::Approve(Seen { key: *key.as_bytes(), permissions: pairing.permissions })
            };
            store.decide_request(pairing.id, decision, Actor::Owner, at).await.unwrap().unwrap().unwrap();
        }
        _ => {}
    }
    pairing.id
}

/// Three of each status, made in an order that is none of the sorts.
async fn some_of_each(store: &dyn Store) -> Vec<Pairing> {
    let mut pairings = Vec::new();
    for nth in 0..21 {
        let status = STATUSES[usize::from(nth) % STATUSES.len()];
        let id = made(store, nth, status).await;
        let pairing = store.pairing(id).await.unwrap().unwrap();
        assert_eq!(pairing.status(NOON), status);
        pairings.push(pairing);
    }
    pairings
}

async fn pages(store: &dyn Store, mut query: PairingQuery) -> Vec<PairingId> {
    let mut seen = Vec::new();
    loop {
        let page = store.pairings(&query).await.unwrap();
        assert!(page.items.len() == query.limit || page.next.is_none());
        seen.extend(page.items.into_iter().map(|pairing| pairing.id));
        match page.next {
            None => return seen,
            // As a client would send it back.
            Some(next) => query.after = Some(next.to_string().parse().unwrap()),
        }
    }
}

fn sorted(pairings: &[Pairing], sort: PairingSort, passes: impl Fn(&Pairing) -> bool) -> Vec<PairingId> {
    let mut expected: Vec<&Pairing> = pairings.iter().filter(|pairing| passes(pairing)).collect();
    expected.sort_by_key(|pairing| match sort.key {
        PairingSortKey::Created => (String::new(), Timestamp::from_millis(0), pairing.id),
        PairingSortKey::Expires => (String::new(), pairing.expires_at, pairing.id),
        PairingSortKey::Name => (pairing.name.as_str().to_ascii_lowercase(), Timestamp::from_millis(0), pairing.id),
    });
    if sort.descending {
        expected.reverse();
    }
    expected.into_iter().map(|pairing| pairing.id).collect()
}

fn sorts() -> impl Iterator<Item = PairingSort> {
    let keys = [PairingSortKey::Created, PairingSortKey::Expires, PairingSortKey::Name];
    keys.into_iter().flat_map(|key| [false, true].map(|descending| PairingSort { key, descending }))
}

pub async fn every_filter_under_every_sort_is_paged_without_gap_or_repetition(store: &dyn Store) {
    let pairings = some_of_each(store).await;
    let mut wanted: Vec<Vec<PairingStatus>> = STATUSES.iter().map(|&status| vec![status]).collect();
    wanted.extend([
        vec![],
        vec![PairingStatus::Open, PairingStatus::Waiting, PairingStatus::Approved],
        vec![PairingStatus::Waiting, PairingStatus::Denied],
        vec![PairingStatus::Completed, PairingStatus::Cancelled, PairingStatus::Expired],
    ]);
    for sort in sorts() {
        for statuses in &wanted {
            for device_type in [None, Some(TYPES[1])] {
                for search in [None, Some("al"), Some("cloud be"), Some("nothing")] {
                    let filter = PairingFilter {
                        statuses: statuses.clone(),
                        device_type: device_type.map(|text| text.parse().unwrap()),
                        search: search.map(|text| text.parse().unwrap()),
                    };
                    let expected = sorted(&pairings, sort, |pairing| {
                        let name = pairing.name.as_str().to_lowercase();
                        let stands = statuses.is_empty() || statuses.contains(&pairing.status(NOON));
                        let found = match search {
                            None => true,
                            Some("al") => name.starts_with("alpha"),
                            Some("cloud be") => name == "beta mast" && pairing.device_type.as_str() == "Cloud VM",
                            Some(_) => false,
                        };
                        stands && found && device_type.is_none_or(|wanted| wanted == pairing.device_type.as_str())
                    });
                    for limit in [1, 2, expected.len().max(1), 100] {
                        let query = PairingQuery { filter: filter.clone(), sort, after: None, limit, at: NOON };
                        assert_eq!(pages(store, query).await, expected, "{sort:?} {filter:?} {limit}");
                    }
                }
            }
        }
    }
}

pub async fn a_list_that_goes_on_while_codes_are_made_shows_each_once(store: &dyn Store) {
    let before: BTreeSet<PairingId> = some_of_each(store).await.iter().map(|pairing| pairing.id).collect();
    for sort in sorts() {
        let mut query = PairingQuery { sort, ..PairingQuery::newest(4, NOON) };
        let mut seen = Vec::new();
        loop {
            let page = store.pairings(&query).await.unwrap();
            seen.extend(page.items.into_iter().map(|pairing| pairing.id));
            made(store, 3, PairingStatus::Open).await;
            match page.next.filter(|_| seen.len() < 500) {
                None => break,
                Some(next) => query.after = Some(next),
            }
        }
        let once: BTreeSet<PairingId> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "{sort:?}");
        assert!(once.is_superset(&before), "{sort:?}");
    }
}

pub async fn what_is_under_way_is_counted(store: &dyn Store) {
    assert_eq!(store.pairing_counts(NOON).await.unwrap(), PairingCounts::default());
    some_of_each(store).await;
    assert_eq!(store.pairing_counts(NOON).await.unwrap(), PairingCounts { open: 3, waiting: 3, approved: 3 });
    assert_eq!(store.pairing_counts(NOON.plus_minutes(30)).await.unwrap(), PairingCounts::default(), "nothing is open for ever");
}
