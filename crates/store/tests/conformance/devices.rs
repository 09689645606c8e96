use clawpair_core::device::{DeviceChange, DeviceState, InvalidChange};
use clawpair_core::id::DeviceId;
use clawpair_core::permission::Permissions;
use clawpair_core::store::{ClaimOutcome, DeviceCounts, DeviceFilter, DeviceOrder, DeviceOutcome, DeviceQuery, Standing, Store};
use clawpair_core::tags::Tags;

use super::fixtures::{NOON, by_link, changed, order, paired, revoke};

pub async fn a_revoked_device_stays_as_a_tombstone(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    assert_eq!(store.device(device.id).await.unwrap(), Some(device.clone()));
    let reason = Some("stolen".parse().unwrap());
    let revoked = changed(store, device.id, DeviceChange::Revoke { reason: reason.clone() }).await;
    assert_eq!(revoked.state, DeviceState::Revoked { at: NOON, reason });
    let later = DeviceOrder { at: NOON.plus_minutes(2), ..order(DeviceChange::Revoke { reason: None }) };
    let again = store.change_device(device.id, later).await.unwrap();
    assert_eq!(again, DeviceOutcome::Unchanged(revoked.clone()), "revoking again changes nothing");
    let enabling = store.change_device(device.id, order(DeviceChange::Enable)).await.unwrap();
    assert_eq!(enabling, DeviceOutcome::Refused(InvalidChange::Revoked));
    assert_eq!(store.device(device.id).await.unwrap(), Some(revoked.clone()));
    assert_eq!(store.devices(&DeviceQuery::newest(10)).await.unwrap().items, [revoked]);
    assert_eq!(store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap(), None);
}

pub async fn a_revoked_device_cannot_repeat_its_claim(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    revoke(store, device.id).await;
    assert!(matches!(store.claim(by_link(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::ShutOut(_)));
}

pub async fn a_disabled_device_is_not_heard_until_it_is_enabled(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    let reason = Some("under repair".parse().unwrap());
    let disabled = changed(store, device.id, DeviceChange::Disable { reason: reason.clone() }).await;
    assert_eq!(disabled.state, DeviceState::Disabled { at: NOON, reason });
    assert_eq!(store.device(device.id).await.unwrap(), Some(disabled));
    assert_eq!(store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap(), None);
    assert!(matches!(store.claim(by_link(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::ShutOut(_)));
    changed(store, device.id, DeviceChange::Enable).await;
    assert!(store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap().is_some());
    assert!(matches!(store.claim(by_link(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::Paired { repeated: true, .. }));
}

pub async fn a_change_decided_on_an_older_revision_is_refused(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let tags = Tags::parse(&["floor-2", "Küche"]).unwrap();
    let edited = changed(
        store,
        device.id,
        DeviceChange::Edit { name: Some("Hall".parse().unwrap()), device_type: None, tags: Some(tags.clone()) },
    )
    .await;
    assert_eq!((edited.name.as_str(), &edited.tags, edited.revision), ("Hall", &tags, device.revision + 1));
    let grant = DeviceChange::Grant(Permissions::parse(&["lights:control"]).unwrap());
    let late = DeviceOrder { expected: Some(device.revision), ..order(grant.clone()) };
    let refused = store.change_device(device.id, late).await.unwrap();
    assert_eq!(refused, DeviceOutcome::Refused(InvalidChange::ChangedMeanwhile));
    assert_eq!(store.device(device.id).await.unwrap(), Some(edited.clone()));
    let heard = store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap().unwrap();
    assert_eq!(heard.revision, edited.revision, "being heard is no change");
    let now = DeviceOrder { expected: Some(edited.revision), ..order(grant) };
    assert!(matches!(store.change_device(device.id, now).await.unwrap(), DeviceOutcome::Changed(device)
        if device.permissions.to_strings() == ["lights:control"]));
}

pub async fn many_are_changed_together_each_with_its_outcome(store: &dyn Store) {
    let (first, second, third) = (paired(store, 1).await.1, paired(store, 2).await.1, paired(store, 3).await.1);
    revoke(store, third.id).await;
    changed(store, second.id, DeviceChange::Disable { reason: None }).await;
    let ids = vec![first.id, DeviceId::from_bytes([9; 16]), second.id, third.id];
    let outcomes = store.change_devices(ids, order(DeviceChange::Disable { reason: None })).await.unwrap();
    assert!(matches!(&outcomes[0], DeviceOutcome::Changed(device) if device.id == first.id && !device.is_active()));
    assert_eq!(outcomes[1], DeviceOutcome::Unknown);
    assert!(matches!(&outcomes[2], DeviceOutcome::Unchanged(device) if device.id == second.id));
    assert_eq!(outcomes[3], DeviceOutcome::Refused(InvalidChange::Revoked));
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
    expected.reverse();
    let first = store.devices(&DeviceQuery::newest(3)).await.unwrap();
    let second = store.devices(&DeviceQuery { after: first.next, ..DeviceQuery::newest(3) }).await.unwrap();
    assert_eq!(second.next, None);
    let seen: Vec<_> = first.items.iter().chain(&second.items).map(|device| device.id).collect();
    assert_eq!(seen, expected);
}

async fn found(store: &dyn Store, filter: DeviceFilter) -> Vec<DeviceId> {
    let page = store.devices(&DeviceQuery { filter, ..DeviceQuery::newest(10) }).await.unwrap();
    page.items.iter().map(|device| device.id).collect()
}

async fn searched(store: &dyn Store, words: &str) -> Vec<DeviceId> {
    found(store, DeviceFilter { search: Some(words.parse().unwrap()), ..DeviceFilter::default() }).await
}

pub async fn a_search_finds_what_the_device_is_now(store: &dyn Store) {
    let (first, second) = (paired(store, 1).await.1, paired(store, 2).await.1);
    let both = [second.id, first.id];
    assert_eq!(searched(store, "kit hub").await, both, "each word begins a part of the name");
    assert_eq!(searched(store, "192.0.2.7 IOT").await, both, "address and type");
    assert_eq!(searched(store, "kitchen tub").await, []);
    assert_eq!(searched(store, &second.id.to_string()).await, [second.id]);
    assert_eq!(searched(store, &first.key.fingerprint()).await, [first.id]);
    let edit = DeviceChange::Edit {
        name: Some("Temperature mast".parse().unwrap()),
        device_type: None,
        tags: Some(Tags::parse(&["Dachboden"]).unwrap()),
    };
    changed(store, first.id, edit).await;
    assert_eq!(searched(store, "kitchen").await, [second.id], "the old name is forgotten");
    assert_eq!(searched(store, "temperat dachbo").await, [first.id]);
    assert_eq!(searched(store, "temperance").await, [], "what is alike in its beginning only is not found");
    store.touch_device(second.id, "2001:db8::17".into(), NOON).await.unwrap();
    assert_eq!(searched(store, "2001:db8").await, [second.id], "where it was heard from last");
    assert_eq!(searched(store, "192.0.2.7").await, [first.id]);
}

pub async fn filters_follow_changes(store: &dyn Store) {
    let (first, second) = (paired(store, 1).await.1, paired(store, 2).await.1);
    let by_tag = || DeviceFilter { tag: Some("a".parse().unwrap()), ..DeviceFilter::default() };
    let by_right = || DeviceFilter { permission: Some("x:y".parse().unwrap()), ..DeviceFilter::default() };
    assert_eq!((found(store, by_tag()).await, found(store, by_right()).await), (vec![], vec![]));
    changed(store, first.id, DeviceChange::AddTags(Tags::parse(&["a"]).unwrap())).await;
    changed(store, second.id, DeviceChange::Grant(Permissions::parse(&["x:y"]).unwrap())).await;
    assert_eq!((found(store, by_tag()).await, found(store, by_right()).await), (vec![first.id], vec![second.id]));
    changed(store, first.id, DeviceChange::RemoveTags(Tags::parse(&["a"]).unwrap())).await;
    assert_eq!(found(store, by_tag()).await, []);
    revoke(store, second.id).await;
    let active = DeviceFilter { standing: Some(Standing::Active), ..DeviceFilter::default() };
    assert_eq!(found(store, active).await, [first.id]);
}

pub async fn devices_are_counted_by_how_they_stand(store: &dyn Store) {
    for seed in 1..=3 {
        paired(store, seed).await;
    }
    let newest = store.devices(&DeviceQuery::newest(2)).await.unwrap().items;
    changed(store, newest[0].id, DeviceChange::Disable { reason: None }).await;
    changed(store, newest[1].id, DeviceChange::Disable { reason: None }).await;
    changed(store, newest[1].id, DeviceChange::Enable).await;
    revoke(store, newest[0].id).await;
    revoke(store, newest[0].id).await;
    assert_eq!(store.device_counts().await.unwrap(), DeviceCounts { active: 2, disabled: 0, revoked: 1 });
}
