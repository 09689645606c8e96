use clawpair_core::access::Role;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::id::DeviceId;
use clawpair_core::pairing::InvalidTransition;
use clawpair_core::retention::{Days, Kept, Retention};
use clawpair_core::store::{AlertFilter, ClaimOutcome, PairingQuery, RetentionEdition, SecondFactor, Sessions, Store};

use super::alerts::hit;
use super::fixtures::{NOON, by_link, open_at, paired};
use super::members::{hash, invite, member, sign_in};

const DAY: u32 = 1_440;

pub async fn how_long_things_are_kept_is_read_back_and_never_overwritten_unseen(store: &dyn Store) {
    assert_eq!(store.retention().await.unwrap(), RetentionEdition::default());
    let shorter = Retention { activity: None, pairings: Days::try_from(2).ok(), ..Retention::default() };
    let first = store.set_retention(shorter, Some(0), Actor::Owner, NOON).await.unwrap();
    assert_eq!(first, Some(RetentionEdition { retention: shorter, revision: 1 }));
    assert_eq!(store.set_retention(Retention::default(), Some(0), Actor::Owner, NOON).await.unwrap(), None);
    assert_eq!(store.set_retention(shorter, None, Actor::Owner, NOON).await.unwrap(), first, "repeating changes nothing");
    assert_eq!(store.retention().await.unwrap(), first.unwrap());
    let entries = store.activity(0, 10).await.unwrap();
    let said: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.details.as_deref().unwrap())).collect();
    assert_eq!(said, [("retention_changed", "activity: for ever, pairings: 2 days, alerts: 90 days, sign_ins: 30 days")]);
}

pub async fn pairings_are_removed_when_all_of_them_are_over_and_not_before(store: &dyn Store) {
    let (completed, device) = paired(store, 1).await;
    let expired = open_at(store, NOON).await;
    let young = open_at(store, NOON.plus_minutes(DAY)).await;
    // A code may live a day, and whoever asked with it some minutes more.
    assert_eq!(store.prune(Kept::Pairings, NOON.plus_minutes(DAY), NOON.plus_minutes(2 * DAY), 10).await.unwrap(), 0);
    let (before, at) = (NOON.plus_minutes(DAY + 30), NOON.plus_minutes(3 * DAY));
    assert_eq!(store.prune(Kept::Pairings, before, at, 1).await.unwrap(), 1, "in batches");
    assert_eq!(store.prune(Kept::Pairings, before, at, 10).await.unwrap(), 1);
    assert_eq!(store.prune(Kept::Pairings, before, at, 10).await.unwrap(), 0);
    let left: Vec<_> = store.pairings(&PairingQuery::newest(10, at)).await.unwrap().items;
    assert_eq!(left.iter().map(|pairing| pairing.id).collect::<Vec<_>>(), [young.pairing.id]);
    assert!(store.device(device.id).await.unwrap().is_some_and(|device| device.is_active()), "who joined stays");
    for removed in [completed, expired] {
        let outcome = store.claim(by_link(&removed, 1, at)).await.unwrap();
        assert!(matches!(outcome, ClaimOutcome::Unknown { .. }), "a removed code lets nobody in: {outcome:?}");
    }
    match store.claim(by_link(&young, 2, at)).await.unwrap() {
        ClaimOutcome::Refused { reason, .. } => assert_eq!(reason, InvalidTransition::Expired),
        other => panic!("{other:?}"),
    }
    let entries = store.activity(0, 100).await.unwrap();
    let said: Vec<_> = entries.iter().filter(|entry| entry.action == Action::Pruned(Kept::Pairings).word()).collect();
    assert_eq!((said.len(), said[0].subject.as_str(), said[0].actor.as_str()), (2, "pairings", "platform"));
    assert_eq!(said[0].details.as_deref(), Some(format!("removed 1 from before {before}").as_str()));
}

pub async fn whoever_follows_what_changes_misses_nothing_when_pairings_are_removed(store: &dyn Store) {
    for _ in 0..3 {
        open_at(store, NOON).await;
    }
    let cursor = store.newest_change().await.unwrap();
    let (before, at) = (NOON.plus_minutes(2 * DAY), NOON.plus_minutes(3 * DAY));
    assert_eq!(store.prune(Kept::Pairings, before, at, 10).await.unwrap(), 3);
    assert_eq!(store.newest_change().await.unwrap(), cursor, "no cursor is given twice");
    assert!(store.changes(None, 10).await.unwrap().unwrap().changes.is_empty());
    let later = open_at(store, at).await;
    let changes = store.changes(Some(cursor), 10).await.unwrap().unwrap().changes;
    assert_eq!(changes.len(), 1);
    assert!(format!("{:?}", changes[0].1).contains(&format!("{:?}", later.pairing.id)));
}

pub async fn acknowledged_alerts_are_removed_and_open_ones_stay(store: &dyn Store) {
    let open = store.raise_alert(hit(DeviceId::from_bytes([1; 16]), NOON)).await.unwrap().alert;
    let seen = store.raise_alert(hit(DeviceId::from_bytes([2; 16]), NOON)).await.unwrap().alert;
    store.acknowledge_alert(seen.id, None, Actor::Owner, NOON.plus_minutes(5)).await.unwrap();
    let later = NOON.plus_minutes(2 * DAY);
    assert_eq!(store.prune(Kept::Alerts, NOON.plus_minutes(5), later, 10).await.unwrap(), 0);
    assert_eq!(store.prune(Kept::Alerts, NOON.plus_minutes(6), later, 10).await.unwrap(), 1);
    assert_eq!(store.alerts(AlertFilter::default(), None, 10).await.unwrap().items, [open]);
}

pub async fn sessions_and_invitations_are_removed_when_they_are_over(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    assert!(sign_in(store, ada.id, "ended", SecondFactor::None).await && sign_in(store, ada.id, "kept", SecondFactor::None).await);
    let (ended, _) = store.session(hash("ended")).await.unwrap().unwrap();
    store.end_sessions(ada.id, Sessions::One(ended.id), Actor::Owner, NOON).await.unwrap();
    invite(store, "Grace", Role::Viewer).await.unwrap();
    let later = NOON.plus_minutes(2 * DAY);
    // Ada's session has ended; invitations live an hour, sessions half a day.
    assert_eq!(store.prune(Kept::SignIns, NOON.plus_minutes(30), later, 10).await.unwrap(), 1);
    assert!(store.session(hash("ended")).await.unwrap().is_none() && store.session(hash("kept")).await.unwrap().is_some());
    assert_eq!(store.prune(Kept::SignIns, NOON.plus_minutes(61), later, 10).await.unwrap(), 2);
    assert!(store.invitations().await.unwrap().is_empty());
    assert!(store.session(hash("kept")).await.unwrap().is_some());
    assert_eq!(store.prune(Kept::SignIns, NOON.plus_minutes(721), later, 10).await.unwrap(), 1);
    assert!(store.session(hash("kept")).await.unwrap().is_none());
    assert!(store.member(ada.id).await.unwrap().is_some(), "members stay");
}
