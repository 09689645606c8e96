use std::sync::Arc;

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::device::{DeviceChange, InvalidChange};
use clawpair_core::id::DeviceId;
use clawpair_core::pairing::MAX_TYPED_CODES;
use clawpair_core::repeat::{Once, REMEMBERED_HOURS};
use clawpair_core::rng::{self, SystemRng};
use clawpair_core::secret::{KeyedHash, Pepper, Purpose};
use clawpair_core::store::{DeviceOrder, DeviceOutcome, Entry, NewPairing, Opening, PairingQuery, Repeatable, Store};

use super::api_keys::{hash, new_key, rotation};
use super::fixtures::{NOON, changed, new_pairing, order, paired};

/// Runs every behaviour on stores made by `new`.
pub async fn all<S: Store + 'static>(new: &impl Fn() -> S) {
    a_repetition_makes_nothing_and_tells_what_the_first_made_as_it_is_now(&new()).await;
    a_key_is_of_one_request_and_another_key_of_another(&new()).await;
    a_key_is_remembered_for_a_day_and_no_longer(&new()).await;
    a_refusal_is_not_remembered(&new()).await;
    api_keys_and_their_new_secrets_are_made_once(&new()).await;
    a_change_of_a_device_is_made_once_whatever_has_become_of_the_device(&new()).await;
    a_change_that_changes_nothing_is_remembered_and_a_refused_one_is_not(&new()).await;
    of_16_repetitions_at_once_one_makes_something(Arc::new(new())).await;
}

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

pub async fn a_change_of_a_device_is_made_once_whatever_has_become_of_the_device(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let disable = || DeviceOrder { expected: Some(device.revision), ..order(DeviceChange::Disable { reason: None }) };
    let first = once("a", "x", NOON);
    let done = store.change_device_once(device.id, disable(), first).await.unwrap();
    assert!(matches!(done, Repeatable::First(DeviceOutcome::Changed(_))), "{done:?}");
    let enabled = changed(store, device.id, DeviceChange::Enable).await;
    let again = store.change_device_once(device.id, disable(), once("a", "x", NOON.plus_minutes(1))).await.unwrap();
    assert_eq!(again, Repeatable::Again(enabled, first.salt), "the key is looked at before the revision");
    let other = store.change_device_once(device.id, disable(), once("a", "y", NOON)).await.unwrap();
    assert_eq!(other, Repeatable::OtherRequest);
}

pub async fn a_change_that_changes_nothing_is_remembered_and_a_refused_one_is_not(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let enable = |expected| DeviceOrder { expected, ..order(DeviceChange::Enable) };
    let refused = store.change_device_once(device.id, enable(Some(7)), once("a", "x", NOON)).await.unwrap();
    assert_eq!(refused, Repeatable::First(DeviceOutcome::Refused(InvalidChange::ChangedMeanwhile)));
    let same = store.change_device_once(device.id, enable(None), once("a", "x", NOON)).await.unwrap();
    assert_eq!(same, Repeatable::First(DeviceOutcome::Unchanged(device.clone())), "the key was still free");
    let disabled = changed(store, device.id, DeviceChange::Disable { reason: None }).await;
    let late = store.change_device_once(device.id, enable(None), once("a", "x", NOON)).await.unwrap();
    assert!(matches!(&late, Repeatable::Again(now, _) if *now == disabled), "{late:?}");
    let nobody = DeviceId::from_bytes([9; 16]);
    let unknown = store.change_device_once(nobody, enable(None), once("b", "x", NOON)).await.unwrap();
    assert_eq!(unknown, Repeatable::First(DeviceOutcome::Unknown));
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
