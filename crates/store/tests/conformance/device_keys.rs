use std::sync::Arc;

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::device::Device;
use clawpair_core::key::DeviceKey;
use clawpair_core::key_change::{FormerKey, VerifiedKeyChange, sign};
use clawpair_core::store::{KeyChangeOutcome, RefreshOutcome, Store};
use clawpair_core::token_family::TokenFamily;
use ed25519_dalek::SigningKey;

use super::fixtures::{NOON, paired};

fn key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap()
}

fn change(old: u8, new: u8) -> VerifiedKeyChange {
    let signature = sign(&SigningKey::from_bytes(&[new; 32]), &[0; 32], &key(old), &key(new));
    VerifiedKeyChange::verify(key(old), key(new), &[0; 32], &signature).unwrap()
}

async fn ask(store: &dyn Store, device: &Device, old: u8, new: u8, at: Timestamp) -> KeyChangeOutcome {
    store.change_key(device.id, change(old, new), Actor::Device(None), at).await.unwrap()
}

async fn changed(store: &dyn Store, device: &Device, old: u8, new: u8, at: Timestamp) -> (Device, TokenFamily, bool) {
    match ask(store, device, old, new, at).await {
        KeyChangeOutcome::Changed { device, tokens, repeated } => (device, tokens, repeated),
        other => panic!("{other:?}"),
    }
}

pub async fn a_new_key_takes_the_place_of_the_old_one(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let (after, tokens, repeated) = changed(store, &device, 1, 2, NOON).await;
    assert_eq!((after.key, after.revision, repeated), (key(2), device.revision + 1, false));
    assert_eq!((tokens.generation, tokens.confirmed), (1, 1), "nothing older works");
    assert_eq!(store.bearer(device.id).await.unwrap(), Some((after, tokens)));
    let former = FormerKey { replaced_at: NOON, generation: 1 };
    assert_eq!(store.former_key(device.id, key(1)).await.unwrap(), Some(former));
    assert_eq!(store.former_key(device.id, key(2)).await.unwrap(), None);
    let entries = store.activity(0, 100).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!((last.action.as_str(), last.subject.as_str()), ("device_key_changed", device.id.to_string().as_str()));
}

pub async fn a_change_is_repeated_for_a_while_until_its_tokens_are_refreshed(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let (_, tokens, _) = changed(store, &device, 1, 2, NOON).await;
    let (_, again, repeated) = changed(store, &device, 1, 2, NOON.plus_minutes(9)).await;
    assert_eq!((again, repeated), (tokens, true));
    assert!(matches!(ask(store, &device, 1, 2, NOON.plus_minutes(10)).await, KeyChangeOutcome::NotItsKey));
    assert!(matches!(ask(store, &device, 1, 3, NOON).await, KeyChangeOutcome::NotItsKey), "another new key");
    assert!(matches!(store.refresh_tokens(device.id, 1, NOON).await.unwrap(), RefreshOutcome::Refreshed(_)));
    assert!(matches!(ask(store, &device, 1, 2, NOON).await, KeyChangeOutcome::NotItsKey), "it has had its answer");
}

pub async fn only_the_devices_own_key_changes_it_and_none_comes_back(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    assert!(matches!(ask(store, &device, 7, 2, NOON).await, KeyChangeOutcome::NotItsKey));
    assert!(matches!(ask(store, &device, 1, 1, NOON).await, KeyChangeOutcome::UsedBefore));
    changed(store, &device, 1, 2, NOON).await;
    assert!(matches!(ask(store, &device, 2, 1, NOON).await, KeyChangeOutcome::UsedBefore));
    changed(store, &device, 2, 3, NOON).await;
    assert_eq!(store.device(device.id).await.unwrap().unwrap().key, key(3));
}

pub async fn who_is_shut_out_changes_no_key(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    store.revoke_tokens(device.id, Actor::Owner, NOON).await.unwrap();
    assert!(matches!(ask(store, &device, 1, 2, NOON).await, KeyChangeOutcome::TokensRevoked));
    assert_eq!(store.device(device.id).await.unwrap().unwrap().key, key(1));
}

/// `stores` are several doors to one database, as two processes have.
pub async fn of_16_changes_at_once_one_wins(stores: Vec<Arc<dyn Store>>) {
    let (_, device) = paired(&*stores[0], 1).await;
    let racers: Vec<_> = (0..16u8)
        .map(|racer| {
            let (store, device) = (Arc::clone(&stores[usize::from(racer) % stores.len()]), device.clone());
            tokio::spawn(async move { ask(&*store, &device, 1, 100 + racer, NOON).await })
        })
        .collect();
    let mut won = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            KeyChangeOutcome::Changed { device, repeated: false, .. } => won.push(device.key),
            KeyChangeOutcome::NotItsKey => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(won, [stores[0].device(device.id).await.unwrap().unwrap().key]);
}
