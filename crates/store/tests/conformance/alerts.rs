use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::clock::SystemClock;
use clawpair_core::id::{AlertId, DeviceId};
use clawpair_core::rng::SystemRng;
use clawpair_core::store::{AlertFilter, NewAlert, Store};
use clawpair_core::watch::{AlertState, Hit, Rule, RuleAction, RuleId};

use super::fixtures::{NOON, open, open_at, paired};

pub(super) fn hit(device: DeviceId, at: Timestamp) -> NewAlert {
    let hit = Hit {
        rule: RuleId::UnknownAddress,
        subject: device.to_string(),
        actor: Some(Actor::Device(None)),
        address: Some([192, 0, 2, 7].into()),
        device: Some(device),
        sentence: "It moved.".into(),
    };
    NewAlert { id: AlertId::generate(&SystemClock, &SystemRng), hit, quarantine: false, at }
}

pub async fn hits_about_the_same_are_one_alert_for_an_hour(store: &dyn Store) {
    let device = DeviceId::from_bytes([1; 16]);
    let first = store.raise_alert(hit(device, NOON)).await.unwrap().alert;
    let again = store.raise_alert(hit(device, NOON.plus_minutes(59))).await.unwrap().alert;
    assert_eq!((again.id, again.count, again.last_at), (first.id, 2, NOON.plus_minutes(59)));
    let other = store.raise_alert(hit(DeviceId::from_bytes([2; 16]), NOON)).await.unwrap().alert;
    let later = store.raise_alert(hit(device, NOON.plus_minutes(119))).await.unwrap().alert;
    assert!(other.id != first.id && later.id != first.id);
    let all = store.alerts(AlertFilter::default(), None, 10).await.unwrap();
    assert_eq!(all.items.len(), 3);
    let page = store.alerts(AlertFilter::default(), None, 2).await.unwrap();
    assert_eq!(store.alerts(AlertFilter::default(), page.next, 2).await.unwrap().items, all.items[2..]);
}

pub async fn an_acknowledged_alert_stays_so_and_a_new_hit_is_a_new_alert(store: &dyn Store) {
    let device = DeviceId::from_bytes([1; 16]);
    let alert = store.raise_alert(hit(device, NOON)).await.unwrap().alert;
    let note = Some("mine".parse().unwrap());
    let done = store.acknowledge_alert(alert.id, note.clone(), Actor::Owner, NOON).await.unwrap().unwrap();
    assert_eq!(done.state, AlertState::Acknowledged { by: "owner".into(), at: NOON, note });
    let again = store.acknowledge_alert(alert.id, None, Actor::Platform, NOON.plus_minutes(1)).await.unwrap();
    assert_eq!(again, Some(done));
    assert_eq!(store.open_alerts().await.unwrap(), 0);
    let next = store.raise_alert(hit(device, NOON.plus_minutes(1))).await.unwrap().alert;
    assert_ne!(next.id, alert.id);
    let open = AlertFilter { acknowledged: Some(false), rule: Some(RuleId::UnknownAddress) };
    assert_eq!(store.alerts(open, None, 10).await.unwrap().items, [next]);
    assert_eq!(store.open_alerts().await.unwrap(), 1);
    let unknown = AlertId::from_bytes([9; 16]);
    assert_eq!(store.acknowledge_alert(unknown, None, Actor::Owner, NOON).await.unwrap(), None);
}

pub async fn quarantine_disables_the_device_in_the_same_transaction(store: &dyn Store) {
    let (_, device) = paired(store, 1).await;
    let raised = store.raise_alert(NewAlert { quarantine: true, ..hit(device.id, NOON) }).await.unwrap();
    let shut_out = raised.quarantined.unwrap();
    assert_eq!((shut_out.id, raised.alert.quarantined), (device.id, Some(device.id)));
    assert!(!store.device(device.id).await.unwrap().unwrap().is_active());
    let again = store.raise_alert(NewAlert { quarantine: true, ..hit(device.id, NOON) }).await.unwrap();
    assert_eq!((again.quarantined, again.alert.quarantined), (None, Some(device.id)), "it is shut out already");
}

pub async fn a_rule_that_was_set_is_read_back(store: &dyn Store) {
    let given = [("knocks".to_owned(), 7)].into();
    let rule = Rule::new(RuleId::RevokedDeviceKnocking, false, RuleAction::Alert, &given).unwrap();
    store.set_rule(rule.clone(), Actor::Owner, NOON).await.unwrap();
    let rules = store.rules().await.unwrap();
    assert!(rules.iter().any(|found| *found == rule));
    assert_eq!(rules.iter().filter(|rule| rule.enabled).count(), 5);
}

pub async fn a_history_is_what_the_actor_did_before(store: &dyn Store) {
    open(store).await;
    open_at(store, NOON.plus_minutes(60)).await;
    let at = NOON.plus_minutes(14 * 24 * 60 + 60);
    let before = store.history(Actor::Owner, NOON.plus_minutes(60)).await.unwrap();
    let whole = store.history(Actor::Owner, at).await.unwrap();
    assert!(before.is_unusual_hour(at, 14) && !whole.is_unusual_hour(at, 14));
    assert!(!store.history(Actor::Platform, at).await.unwrap().is_unusual_hour(at, 1), "others have their own");
}
