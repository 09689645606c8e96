use clawpair_core::activity::Actor;
use clawpair_core::device::DeviceState;
use clawpair_core::store::{ClaimOutcome, Store};

use super::fixtures::{NOON, by_link, paired};

pub async fn a_revoked_device_stays_as_a_tombstone(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    assert_eq!(store.device(device.id).await.unwrap(), Some(device.clone()));
    let revoked = store.revoke_device(device.id, Actor::Owner, NOON.plus_minutes(1)).await.unwrap().unwrap();
    assert_eq!(revoked.state, DeviceState::Revoked { at: NOON.plus_minutes(1) });
    let again = store.revoke_device(device.id, Actor::Owner, NOON.plus_minutes(2)).await.unwrap().unwrap();
    assert_eq!(again, revoked, "revoking again changes nothing");
    assert_eq!(store.device(device.id).await.unwrap(), Some(revoked.clone()));
    assert_eq!(store.devices(None, 10).await.unwrap().items, [revoked]);
    assert_eq!(store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap(), None);
}

pub async fn a_revoked_device_cannot_repeat_its_claim(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    store.revoke_device(device.id, Actor::Owner, NOON).await.unwrap();
    assert!(matches!(store.claim(by_link(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::Revoked));
}

pub async fn being_heard_never_goes_back_in_time(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let heard = store.touch_device(device.id, "192.0.2.9".into(), NOON.plus_minutes(3)).await.unwrap().unwrap();
    assert_eq!((heard.last_seen_at, heard.last_address.as_str()), (NOON.plus_minutes(3), "192.0.2.9"));
    let earlier = store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap().unwrap();
    assert_eq!(earlier.last_seen_at, NOON.plus_minutes(3));
}

pub async fn pages_cover_the_list_once(store: &dyn Store) {
    let mut expected = Vec::new();
    for seed in 0..5 {
        expected.push(paired(store, seed).await.1.id);
    }
    expected.sort_unstable();
    expected.reverse();
    let first = store.devices(None, 3).await.unwrap();
    let second = store.devices(first.next, 3).await.unwrap();
    assert_eq!(second.next, None);
    let seen: Vec<_> = first.items.iter().chain(&second.items).map(|device| device.id).collect();
    assert_eq!(seen, expected);
}
