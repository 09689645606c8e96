use clawpair_core::Timestamp;
use clawpair_core::access::Role;
use clawpair_core::activity::{Actor, Checkpoint, Entry, Verified, Verifier};
use clawpair_core::claim::ClaimSecret;
use clawpair_core::device::DeviceChange;
use clawpair_core::retention::Kept;
use clawpair_core::store::{ActivityFilter, DeviceOrder, Store};

use super::fixtures::{NOON, by_code, claim, open, open_at, order, paired, revoke, wrong_code};
use super::members;

async fn verified(store: &dyn Store, start: Checkpoint) -> Verified {
    let mut verifier = Verifier::new(start, store.activity_head().await.unwrap());
    for entry in store.activity(0, 1_000).await.unwrap() {
        verifier.check(&entry).unwrap();
    }
    verifier.finish().unwrap()
}

async fn found(store: &dyn Store, filter: ActivityFilter) -> Vec<String> {
    let page = store.find_activity(filter, None, 100).await.unwrap();
    page.items.into_iter().map(|named| named.entry.action).collect()
}

pub async fn the_chain_is_whole_after_every_kind_of_change(store: &dyn Store) {
    assert_eq!(verified(store, Checkpoint::GENESIS).await.last.number, 0);
    let (opened, device) = paired(store, 1).await;
    store.claim(by_code(&opened, 2, NOON)).await.unwrap();
    revoke(store, device.id).await;
    let other = open(store).await;
    store.cancel_pairing(other.pairing.id, Actor::Owner, NOON).await.unwrap();
    assert_eq!(verified(store, Checkpoint::GENESIS).await.last.number, 6);
}

pub async fn an_entry_says_from_where_and_why(store: &dyn Store) {
    let opened = open(store).await;
    let wrong = claim(ClaimSecret::Code(wrong_code(&opened)), 9, NOON);
    store.claim(wrong).await.unwrap();
    let entry: Entry = store.activity(1, 1).await.unwrap().remove(0);
    assert_eq!((entry.address.as_deref(), entry.details.as_deref()), (Some("192.0.2.7"), Some("code_unknown")));
}

pub async fn activity_is_found_by_what_it_says(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    let reason = Some("stolen".parse().unwrap());
    let by_a_rule = DeviceOrder { by: Actor::Platform, at: NOON.plus_minutes(5), ..order(DeviceChange::Revoke { reason }) };
    store.change_device(device.id, by_a_rule).await.unwrap();
    let by = |change: fn(&mut ActivityFilter)| {
        let mut filter = ActivityFilter::default();
        change(&mut filter);
        filter
    };
    let all = ["device_revoked", "pairing_completed", "pairing_opened"];
    assert_eq!(found(store, ActivityFilter::default()).await, all);
    assert_eq!(found(store, by(|filter| filter.actor = Some("platform".into()))).await, all[..1]);
    assert_eq!(found(store, by(|filter| filter.action = Some("pairing_opened".into()))).await, all[2..]);
    assert_eq!(found(store, by(|filter| filter.from = Some(NOON.plus_minutes(1)))).await, all[..1]);
    assert_eq!(found(store, by(|filter| filter.to = Some(NOON.plus_minutes(1)))).await, all[1..]);
    let of = |id: String| ActivityFilter { subject: Some(id), ..ActivityFilter::default() };
    assert_eq!(found(store, of(device.id.to_string())).await, all[..2]);
    assert_eq!(found(store, of(opened.pairing.id.to_string())).await, all[1..]);
    assert_eq!(found(store, of("pair".into())).await, [""; 0], "a part of an id is no id");
    let page = store.find_activity(of(device.id.to_string()), None, 1).await.unwrap();
    assert_eq!(page.items[0].entry.details.as_deref(), Some("stolen"));
    assert_eq!(page.items[0].subjects, [(device.id.to_string(), Some("Kitchen hub".into()))]);
}

pub async fn entries_name_members_and_invitations(store: &dyn Store) {
    let member = members::member(store, "Ana", Role::Admin).await;
    let joined = ActivityFilter { action: Some("member_joined".into()), ..ActivityFilter::default() };
    let entry = store.find_activity(joined, None, 1).await.unwrap().items.remove(0);
    assert_eq!(entry.actor_name.as_deref(), Some("Ana"));
    let names: Vec<_> = entry.subjects.iter().map(|(_, name)| name.as_deref()).collect();
    assert_eq!(names, [Some("Ana"), Some("Ana")]);
    assert_eq!(entry.subjects[1].0, member.id.to_string());
}

pub async fn activity_pages_cover_the_log_once(store: &dyn Store) {
    for minute in 0..5 {
        open_at(store, NOON.plus_minutes(minute)).await;
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = store.find_activity(ActivityFilter::default(), before, 2).await.unwrap();
        seen.extend(page.items.iter().map(|named| named.entry.number));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

/// Prunes everything from before a moment in steps of two.
async fn prune(store: &dyn Store, before: Timestamp) -> usize {
    let mut removed = 0;
    loop {
        match store.prune(Kept::Activity, before, NOON.plus_minutes(60), 2).await.unwrap() {
            0 => return removed,
            step => {
                assert!(step <= 2);
                removed += step;
            }
        }
    }
}

pub async fn a_pruned_log_says_where_it_begins_and_is_whole_from_there(store: &dyn Store) {
    for minute in 0..6 {
        open_at(store, NOON.plus_minutes(minute)).await;
    }
    assert_eq!(prune(store, NOON.plus_minutes(3)).await, 3);
    let entries = store.activity(0, 100).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
    let last = entries.last().unwrap();
    assert_eq!(last.action, "activity_pruned");
    let checkpoint = Checkpoint::from_details(last.details.as_deref().unwrap()).unwrap();
    assert_eq!(checkpoint.first, 4);
    assert_eq!(verified(store, checkpoint).await.first, 4);
    let (newest, none) = (store.latest().await.unwrap(), ActivityFilter::default());
    assert_eq!(newest, Some(NOON.plus_minutes(60)), "the latest moment outlives what is removed");
    assert_eq!(store.find_activity(none, None, 100).await.unwrap().next, None);
}
