use std::sync::Arc;

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::pairing::MAX_TYPED_CODES;
use clawpair_core::repeat::{Once, REMEMBERED_HOURS};
use clawpair_core::rng::{self, SystemRng};
use clawpair_core::secret::{KeyedHash, Pepper, Purpose};
use clawpair_core::store::{Entry, NewPairing, Opening, PairingQuery, Repeatable, Store};

use super::api_keys::{hash, new_key, rotation};
use super::fixtures::{NOON, new_pairing};

fn keyed(text: &str) -> KeyedHash {
    Pepper::from_bytes([3; 32]).hash(Purpose::Request, text.as_bytes())
}

/// An attempt under a key, with a salt of its own.
pub fn once(key: &str, request: &str, at: Timestamp) -> Once {
    Once { key: keyed(key), fingerprint: keyed(request), salt: rng::bytes(&SystemRng), at }
}

pub fn pairing(at: Timestamp) -> NewPairing {
    new_pairing(at, false, Entry::Off).0
}

async fn opened(store: &dyn Store) -> usize {
    store.pairings(&PairingQuery::newest(100, NOON)).await.unwrap().items.len()
}

pub async fn a_repetition_makes_nothing_and_tells_what_the_first_made_as_it_is_now(store: &dyn Store) {
    let (new, first) = (pairing(NOON), once("a", "x", NOON));
    let made = store.open_pairing_once(new.clone(), first).await.unwrap();
    assert_eq!(made, Repeatable::First(Opening::Opened(new.pairing.clone())));
    let again = store.open_pairing_once(pairing(NOON), once("a", "x", NOON.plus_minutes(1))).await.unwrap();
    assert_eq!(again, Repeatable::Again(new.pairing.clone(), first.salt), "the salt of the first");
    let cancelled = store.cancel_pairing(new.pairing.id, Actor::Owner, NOON).await.unwrap().unwrap().unwrap();
    let later = store.open_pairing_once(pairing(NOON), once("a", "x", NOON.plus_minutes(2))).await.unwrap();
    assert_eq!(later, Repeatable::Again(cancelled, first.salt), "as it is now");
    assert_eq!(opened(store).await, 1);
}

pub async fn a_key_is_of_one_request_and_another_key_of_another(store: &dyn Store) {
    store.open_pairing_once(pairing(NOON), once("a", "x", NOON)).await.unwrap();
    let other = store.open_pairing_once(pairing(NOON), once("a", "y", NOON)).await.unwrap();
    assert_eq!(other, Repeatable::OtherRequest);
    assert!(matches!(store.open_pairing_once(pairing(NOON), once("b", "x", NOON)).await.unwrap(), Repeatable::First(_)));
    assert_eq!(opened(store).await, 2);
    let secret = ApiKeySecret::generate(&SystemRng);
    let key = new_key(&secret, Actor::Owner, None);
    let other = store.create_api_key_once(key.clone(), hash(&secret), once("a", "x", NOON)).await.unwrap();
    assert_eq!(other, Repeatable::OtherRequest, "a pairing's key is no API key's");
    assert_eq!(store.api_key(key.id).await.unwrap(), None);
}

pub async fn a_key_is_remembered_for_a_day_and_no_longer(store: &dyn Store) {
    let day = u32::try_from(REMEMBERED_HOURS * 60).unwrap();
    store.open_pairing_once(pairing(NOON), once("a", "x", NOON)).await.unwrap();
    let last = NOON.plus_minutes(day).plus_seconds(-1);
    assert!(matches!(store.open_pairing_once(pairing(last), once("a", "x", last)).await.unwrap(), Repeatable::Again(..)));
    let over = NOON.plus_minutes(day);
    assert!(matches!(store.open_pairing_once(pairing(over), once("a", "y", over)).await.unwrap(), Repeatable::First(_)));
}

pub async fn a_refusal_is_not_remembered(store: &dyn Store) {
    let typed = || new_pairing(NOON, false, Entry::Typed(b"record".to_vec())).0;
    let mut ids = Vec::new();
    while ids.len() < usize::try_from(MAX_TYPED_CODES).unwrap() {
        if let Opening::Opened(pairing) = store.open_pairing(typed()).await.unwrap() {
            ids.push(pairing.id);
        }
    }
    let refused = store.open_pairing_once(typed(), once("a", "x", NOON)).await.unwrap();
    assert!(matches!(refused, Repeatable::First(Opening::BudgetSpent(_))), "{refused:?}");
    store.cancel_pairing(ids[0], Actor::Owner, NOON).await.unwrap();
    loop {
        match store.open_pairing_once(typed(), once("a", "x", NOON)).await.unwrap() {
            Repeatable::First(Opening::LocatorTaken) => {}
            Repeatable::First(Opening::Opened(_)) => break,
            other => panic!("{other:?}"),
        }
    }
}

pub async fn api_keys_and_their_new_secrets_are_made_once(store: &dyn Store) {
    let secret = ApiKeySecret::generate(&SystemRng);
    let key = new_key(&secret, Actor::Owner, None);
    let first = once("a", "x", NOON);
    assert_eq!(store.create_api_key_once(key.clone(), hash(&secret), first).await.unwrap(), Repeatable::First(()));
    let other = ApiKeySecret::generate(&SystemRng);
    let again = store.create_api_key_once(new_key(&other, Actor::Owner, None), hash(&other), once("a", "x", NOON)).await.unwrap();
    assert_eq!(again, Repeatable::Again(key.clone(), first.salt));
    assert_eq!(store.api_keys().await.unwrap().len(), 1);

    let (next, turn) = (ApiKeySecret::generate(&SystemRng), once("b", "x", NOON));
    let rotated = store.rotate_api_key_once(rotation(key.id, &next, NOON), turn).await.unwrap();
    let Repeatable::First(Some(rotated)) = rotated else { panic!("{rotated:?}") };
    let again = store.rotate_api_key_once(rotation(key.id, &other, NOON), once("b", "x", NOON)).await.unwrap();
    assert_eq!(again, Repeatable::Again(rotated, turn.salt));
    let found = store.api_key_by_secret(next.prefix(), hash(&next)).await.unwrap();
    assert!(found.is_some_and(|found| found.replaced_from.is_none()), "the first new secret is the key's");
    assert_eq!(store.api_key_by_secret(other.prefix(), hash(&other)).await.unwrap(), None);
    let unknown = new_key(&other, Actor::Owner, None).id;
    let none = store.rotate_api_key_once(rotation(unknown, &other, NOON), once("c", "x", NOON)).await.unwrap();
    assert_eq!(none, Repeatable::First(None));
}

pub async fn of_16_repetitions_at_once_one_makes_something(store: Arc<dyn Store>) {
    let attempts: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.open_pairing_once(pairing(NOON), once("a", "x", NOON)).await.unwrap() })
        })
        .collect();
    let (mut firsts, mut salts) = (0, std::collections::BTreeSet::new());
    for attempt in attempts {
        match attempt.await.unwrap() {
            Repeatable::First(_) => firsts += 1,
            Repeatable::Again(_, salt) => drop(salts.insert(salt)),
            Repeatable::OtherRequest => panic!("it is the same request"),
        }
    }
    assert_eq!((firsts, salts.len()), (1, 1), "all others hear of the first's salt");
    assert_eq!(opened(&*store).await, 1);
}
