//! What must be so.

use clawpair_api::PairingStatus;
use clawpair_mirror::{DeviceRecord, Mirror, Standing as Stands};

use super::super::stand::{fingerprint, id};
use super::*;

pub(super) fn is_over(errand: &Errand) -> bool {
    !errand.delivery.is_open() && !matches!(errand.delivery, Delivery::Acknowledged { .. })
}

/// After each step; of a device that others have changed since only what is final is compared.
pub(super) async fn check(stand: &Stand, seen: &mut Seen) {
    // The tasks go on meanwhile.
    let (errands, counted) = loop {
        let (errands, counted) = (stand.errands(), stand.mirror().outbox_counts().unwrap().not_yet_revoked);
        if errands == stand.errands() {
            break (errands, counted);
        }
    };
    seen.note(&errands);
    assert_eq!(usize::try_from(counted).unwrap(), errands.iter().filter(|errand| is_not_yet_revoked(errand)).count());
    for errand in &errands {
        let key = &errand.idempotency_key;
        assert!(!seen.acknowledged.contains(key) || !errand.delivery.is_open(), "an acknowledged errand is lost: {errand:?}");
        if let Delivery::Acknowledged { .. } = errand.delivery {
            seen.acknowledged.insert(key.clone());
        }
        if let Delivery::Verified { .. } = errand.delivery {
            check_verified(stand, seen, &errands, errand).await;
        }
        let is_done = matches!(errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. });
        assert!(!is_done || !matches!(errand.intent, Intent::Rotate { .. }), "this platform rotates nothing: {errand:?}");
    }
    check_shown(stand, stand.mirror(), seen);
}

/// Of so many it is to be said that they are NOT yet revoked.
fn is_not_yet_revoked(errand: &Errand) -> bool {
    let over = match &errand.delivery {
        Delivery::Verified { .. } | Delivery::Expired { .. } | Delivery::Withdrawn { .. } | Delivery::Abandoned { .. } => true,
        Delivery::Failed { conflict, .. } => *conflict == Conflict::Gone,
        _ => false,
    };
    errand.intent.revokes() && !over
}

async fn check_verified(stand: &Stand, seen: &mut Seen, errands: &[Errand], errand: &Errand) {
    if errand.intent.revokes() {
        let there = stand.there(&errand.place.id).await;
        assert_eq!(there.status, DeviceStatus::Revoked, "a revocation that is called verified is none: {errand:?}");
        // Of a platform that was added again and does not answer nothing is shown.
        let shown = stand.desk().device(&errand.place.id).await.map(|shown| shown.device.status);
        assert!(!shown.is_ok_and(|status| status != DeviceStatus::Revoked), "a revoked device is shown as let in: {errand:?}");
    }
    let later = errands.iter().any(|later| later.id > errand.id && later.place == errand.place && later.attempts > 0);
    let is_new = seen.verified.insert(errand.idempotency_key.clone());
    let changed = seen.changed.get(&errand.place.id).is_some_and(|last| errand.id <= *last);
    if is_new && !later && !changed {
        assert_eq!(is_shown(stand, errand).await, Some(true), "what is called verified is not so: {errand:?}");
    }
}

async fn is_shown(stand: &Stand, errand: &Errand) -> Option<bool> {
    if errand.intent.decides() {
        let status = stand.owner.request(&errand.place.id).await.unwrap().status;
        let approved = matches!(status, PairingStatus::Approved | PairingStatus::Completed);
        // One that is let in has to come before its time is up.
        let over = status == PairingStatus::Expired;
        return Some(over || approved == matches!(errand.intent, Intent::Approve { .. }));
    }
    let there = stand.there(&errand.place.id).await;
    errand.intent.is_shown_by(&DeviceRecord::of(there.clone()), Stands::from(there.status))
}

/// Whoever was shown as over stays so, whatever is forgotten or put back.
pub(super) fn check_shown(stand: &Stand, mirror: &Mirror, seen: &mut Seen) {
    for device in &stand.devices {
        let Ok(listed) = mirror.device(&Place { platform: id(), id: device.clone() }) else { continue };
        if listed.standing.is_over() {
            seen.over.insert(device.clone());
        }
        let is_let_in = !listed.standing.is_over() || listed.record.device.status != DeviceStatus::Revoked;
        assert!(!seen.over.contains(device) || !is_let_in, "who was over is shown as let in: {listed:?}");
    }
}

/// Once everything has gone well for long.
pub(super) async fn check_at_the_end(stand: &Stand, seen: &Seen) {
    for errand in stand.errands() {
        assert!(is_over(&errand), "it has gone well for long, and this is not over: {errand:?}");
    }
    let asked = |wanted: fn(&Intent) -> bool| seen.sent.values().filter(|intent| wanted(intent)).count();
    for (action, asked) in [
        ("device_edited", asked(|intent| matches!(intent, Intent::Rename { .. } | Intent::EditTags { .. }))),
        ("device_disabled", asked(|intent| matches!(intent, Intent::Disable { .. }))),
        ("device_enabled", asked(|intent| matches!(intent, Intent::Enable))),
        ("device_revoked", asked(|intent| matches!(intent, Intent::Revoke { .. }))),
        ("request_approved", asked(|intent| matches!(intent, Intent::Approve { .. }))),
        ("request_denied", asked(|intent| matches!(intent, Intent::Deny { .. }))),
    ] {
        let done: usize = stand.done(action).await.values().sum();
        let most = asked + seen.others.get(action).copied().unwrap_or(0);
        assert!(done <= most, "{action} was done {done} times, and asked for {most} times");
    }
    assert!(stand.done("device_revoked").await.values().all(|times| *times == 1));
    check_alarms(stand).await;
}

/// A key that was shut out and is let in again has rung, and nobody has looked.
async fn check_alarms(stand: &Stand) {
    let rung: BTreeSet<String> = stand.mirror().alarms().unwrap().into_iter().map(|alarm| alarm.place.id).collect();
    for key in (1..=3).map(fingerprint) {
        let listed = stand.owner.devices(None::<(&str, String)>).await.unwrap().devices.into_iter();
        let (over, let_in): (Vec<_>, Vec<_>) =
            listed.filter(|device| device.key_fingerprint == key).partition(|device| device.status == DeviceStatus::Revoked);
        for device in let_in.iter().filter(|_| !over.is_empty()) {
            assert!(rung.contains(&device.id), "a key came back unnoticed: {device:?}");
        }
    }
}
