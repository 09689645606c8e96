use std::sync::Arc;

use clawpair_core::activity::Actor;
use clawpair_core::id::DeviceId;
use clawpair_core::pairing::InvalidTransition;
use clawpair_core::store::{ClaimOutcome, RefreshOutcome, Store};
use clawpair_core::token_family::{FamilyState, TokenFamily};

use super::fixtures::{NOON, by_link, paired, revoke};

async fn family(store: &dyn Store, device: DeviceId) -> TokenFamily {
    store.bearer(device).await.unwrap().unwrap().1
}

async fn refreshed(store: &dyn Store, device: DeviceId, generation: u32) -> TokenFamily {
    match store.refresh_tokens(device, generation, NOON).await.unwrap() {
        RefreshOutcome::Refreshed(family) => family,
        other => panic!("{other:?}"),
    }
}

pub async fn a_device_joins_with_its_first_tokens(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    assert_eq!(store.bearer(device.id).await.unwrap(), Some((device, TokenFamily::begin(NOON))));
    assert_eq!(store.bearer(DeviceId::from_bytes([9; 16])).await.unwrap(), None);
}

/// `stores` are several doors to one database, as two processes have.
pub async fn of_16_refreshes_at_once_all_get_the_same_pair(stores: Vec<Arc<dyn Store>>) {
    let (_, device) = paired(&*stores[0], 1).await;
    let racers: Vec<_> = (0..16)
        .map(|racer| {
            let store = Arc::clone(&stores[racer % stores.len()]);
            tokio::spawn(async move { refreshed(&*store, device.id, 0).await })
        })
        .collect();
    for racer in racers {
        assert_eq!(racer.await.unwrap().generation, 1);
    }
    let family = family(&*stores[0], device.id).await;
    assert_eq!((family.generation, family.confirmed, family.state), (1, 0, FamilyState::Active));
}

pub async fn a_lost_answer_is_repeated_until_the_new_pair_is_used(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let first = refreshed(store, device.id, 0).await;
    assert_eq!(refreshed(store, device.id, 0).await, first);
    store.confirm_tokens(device.id, 1).await.unwrap();
    assert_eq!(family(store, device.id).await, first.confirm());
    assert!(matches!(store.refresh_tokens(device.id, 0, NOON).await.unwrap(), RefreshOutcome::Reused));
}

pub async fn a_copy_ends_all_tokens_and_is_recorded_once(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    refreshed(store, device.id, 0).await;
    refreshed(store, device.id, 1).await;
    let outcome = store.refresh_tokens(device.id, 0, NOON.plus_minutes(1)).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Reused));
    assert_eq!(family(store, device.id).await.state, FamilyState::Revoked { at: NOON.plus_minutes(1) });
    for generation in 0..3 {
        let outcome = store.refresh_tokens(device.id, generation, NOON.plus_minutes(2)).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Revoked), "{generation}");
    }
    let entries = store.activity(0, 100).await.unwrap();
    let reused: Vec<_> = entries.iter().filter(|entry| entry.action == "refresh_token_reused").collect();
    assert_eq!(reused.iter().map(|entry| entry.subject.as_str()).collect::<Vec<_>>(), [device.id.to_string()]);
}

pub async fn a_revoked_device_gets_no_tokens(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    revoke(store, device.id).await;
    assert!(matches!(store.refresh_tokens(device.id, 0, NOON).await.unwrap(), RefreshOutcome::ShutOut(_)));
    assert_eq!(family(store, device.id).await.generation, 0);
}

pub async fn a_refreshed_device_cannot_repeat_its_claim(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    refreshed(store, device.id, 0).await;
    let outcome = store.claim(by_link(&opened, 1, NOON)).await.unwrap();
    assert!(matches!(outcome, ClaimOutcome::Refused { reason: InvalidTransition::Used, .. }), "{outcome:?}");
}

pub async fn confirming_what_is_old_changes_nothing(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    refreshed(store, device.id, 0).await;
    let before = refreshed(store, device.id, 1).await;
    for generation in [0, 1, 3] {
        store.confirm_tokens(device.id, generation).await.unwrap();
        assert_eq!(family(store, device.id).await, before);
    }
}

pub async fn revoking_tokens_leaves_the_device_and_is_recorded_once(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    assert!(store.revoke_tokens(device.id, Actor::Owner, NOON).await.unwrap());
    assert!(!store.revoke_tokens(device.id, Actor::Owner, NOON.plus_minutes(1)).await.unwrap());
    assert!(!store.revoke_tokens(DeviceId::from_bytes([9; 16]), Actor::Owner, NOON).await.unwrap());
    let (after, family) = store.bearer(device.id).await.unwrap().unwrap();
    assert_eq!((after, family.state), (device.clone(), FamilyState::Revoked { at: NOON }));
    let entries = store.activity(0, 100).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!((last.action.as_str(), last.subject.as_str()), ("tokens_revoked", device.id.to_string().as_str()));
    assert_eq!(entries.iter().filter(|entry| entry.action == "tokens_revoked").count(), 1);
}
