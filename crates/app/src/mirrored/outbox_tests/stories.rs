//! What becomes of one thing that was asked for.

use std::sync::atomic::Ordering;

use clawpair_core::clock::Clock as _;

use super::super::delivering::LONGEST;
use super::*;

#[tokio::test]
async fn who_is_connected_hears_the_platforms_answer_and_it_is_seen_to_be_done() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    let form = EditDevice { name: Some("Hall".into()), tags: Some(vec!["damp".into()]), ..EditDevice::default() };
    let edited = stand.desk().edit_device(&device, 1, &form).await.unwrap();
    assert_eq!((edited.device.name.as_str(), edited.device.tags.as_slice()), ("Hall", ["damp".to_owned()].as_slice()));
    let stale = EditDevice { name: Some("Cellar".into()), ..EditDevice::default() };
    let refused = stand.desk().edit_device(&device, 1, &stale).await.unwrap_err();
    assert_eq!(refused.code, "changed_meanwhile");
    stand.round().await;
    stand.read().await;
    let ends: Vec<Delivery> = stand.errands().into_iter().map(|errand| errand.delivery).collect();
    assert!(matches!(ends[..], [Delivery::Verified { .. }, Delivery::Verified { .. }, Delivery::Withdrawn { .. }]), "{ends:?}");
    assert!(stand.mirror().outbox(0, 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_revocation_waits_without_the_platform_and_is_not_yet_done() {
    let mut stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::Away);
    let shown = stand.desk().revoke_device(&device, Some("Lost")).await.unwrap();
    assert!(matches!(shown.pending[..], [ref one] if matches!(one.state, ErrandState::Queued { .. }) && one.can_withdraw));
    assert_eq!(stand.mirror().outbox_counts().unwrap().not_yet_revoked, 1);
    let refused = stand.desk().grant_permissions(&device, 1, &GrantPermissions { permissions: Vec::new() }).await.unwrap_err();
    assert_eq!(refused.code, "cannot_wait");
    stand.open().await;
    assert_eq!(stand.desk().device(&device).await.unwrap().pending.len(), 1, "also after a start without it");
    stand.platform.is(Trouble::None);
    stand.round().await;
    assert_eq!(stand.mirror().outbox_counts().unwrap().not_yet_revoked, 0);
    let gone = stand.there(&device).await;
    assert_eq!((gone.status, gone.reason.as_deref()), (DeviceStatus::Revoked, Some("Lost")));
    assert!(stand.desk().device(&device).await.unwrap().pending.is_empty());
    let outbox = &stand.desk().upkeep.shared.outbox;
    let [asked] = outbox.asked_of(&stand.errands()[0].place).unwrap().try_into().unwrap();
    assert!(asked.state == ErrandState::Verified && asked.ended_at.is_some(), "its history says how it has ended: {asked:?}");
}

#[tokio::test]
async fn what_others_have_changed_meanwhile_is_not_overwritten_but_asked_about() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::Away);
    let form = EditDevice { name: Some("Mine".into()), ..EditDevice::default() };
    stand.desk().edit_device(&device, 1, &form).await.unwrap();
    let theirs = EditDevice { name: Some("Theirs".into()), ..EditDevice::default() };
    stand.owner.edit_device(&device, 1, &theirs).await.unwrap();
    stand.platform.is(Trouble::None);
    stand.round().await;
    let errand = stand.errands().remove(0);
    assert!(matches!(errand.delivery, Delivery::Failed { conflict: Conflict::Changed, .. }), "{errand:?}");
    assert_eq!(stand.there(&device).await.name, "Theirs");
    stand.desk().upkeep.shared.outbox.choose(errand.id, clawpair_mirror::Choice::Overwrite).unwrap();
    stand.rest(Trouble::None).await;
    assert_eq!(stand.there(&device).await.name, "Mine");
    assert!(matches!(stand.errands()[1].delivery, Delivery::Verified { .. }));
}

#[tokio::test]
async fn what_was_done_although_its_answer_was_lost_is_not_done_again() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::AnswerLost);
    let shown = stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    assert_eq!(shown.pending.len(), 1, "nobody knows");
    stand.owner.enable_device(&device, None).await.unwrap();
    stand.rest(Trouble::None).await;
    assert_eq!(stand.there(&device).await.status, DeviceStatus::Active, "somebody else has undone it since");
    assert!(matches!(stand.errands()[0].delivery, Delivery::Failed { conflict: Conflict::Changed, .. }));
    // Also once the platform has forgotten it.
    let asked = stand.errands().remove(0);
    let forgotten = Errand { attempts: 2, sent_at: Some(asked.queued_at.plus_seconds(25 * 60 * 60)), ..asked };
    stand.step(25 * 60 * 60);
    assert!(matches!(
        stand.platform.itself.deliver(&forgotten).await.answer,
        clawpair_mirror::Answer::Contradicted(Conflict::Changed)
    ));
    assert_eq!(stand.done("device_disabled").await[&device], 1);
}

#[tokio::test]
async fn what_shuts_a_device_out_and_comes_twice_has_no_effect_after_somebody_has_let_it_in_again() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::CallLost);
    stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    // The copy that is under way for long.
    let late = stand.errands().remove(0);
    stand.rest(Trouble::None).await;
    stand.desk().enable_device(&device).await.unwrap();
    assert!(matches!(stand.platform.itself.deliver(&late).await.answer, clawpair_mirror::Answer::Contradicted(Conflict::Changed)));
    assert_eq!(stand.there(&device).await.status, DeviceStatus::Active);
    assert_eq!(stand.done("device_disabled").await[&device], 1);
}

#[tokio::test]
async fn what_was_overwritten_although_the_answer_was_lost_does_not_overwrite_what_came_after_it() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    let named = |name: &str| EditDevice { name: Some(name.into()), ..EditDevice::default() };
    stand.platform.is(Trouble::Away);
    stand.desk().edit_device(&device, 1, &named("Mine")).await.unwrap();
    stand.owner.edit_device(&device, 1, &named("Theirs")).await.unwrap();
    stand.platform.is(Trouble::None);
    stand.round().await;
    stand.platform.is(Trouble::AnswerLost);
    let outbox = &stand.desk().upkeep.shared.outbox;
    let overwrite = outbox.choose(1, clawpair_mirror::Choice::Overwrite).unwrap().unwrap();
    stand.round().await;
    assert_eq!(stand.there(&device).await.name, "Mine");
    stand.owner.edit_device(&device, 3, &named("Newer")).await.unwrap();
    stand.rest(Trouble::None).await;
    assert_eq!(stand.there(&device).await.name, "Newer");
    let delivery = &stand.errands()[1].delivery;
    assert!(matches!(delivery, Delivery::Failed { conflict: Conflict::Changed, .. }), "{overwrite:?}: {delivery:?}");
    // Once the platform has forgotten it, it is not written either, and no more than looked at.
    let forgotten = Errand { sent_at: Some(stand.clock.now().plus_seconds(25 * 60 * 60)), ..stand.errands().remove(1) };
    stand.step(25 * 60 * 60);
    assert!(matches!(stand.platform.itself.deliver(&forgotten).await.answer, clawpair_mirror::Answer::Contradicted(_)));
    assert_eq!(stand.there(&device).await.name, "Newer");
}

#[tokio::test]
async fn whom_somebody_else_has_shut_out_meanwhile_is_not_let_in_unseen() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    stand.platform.is(Trouble::Away);
    stand.desk().enable_device(&device).await.unwrap();
    stand.owner.enable_device(&device, None).await.unwrap();
    let stolen = DisableDevice { reason: Some("Stolen".into()) };
    stand.owner.disable_device(&device, None, &stolen).await.unwrap();
    stand.rest(Trouble::None).await;
    let errand = stand.errands().remove(1);
    assert!(matches!(errand.delivery, Delivery::Failed { conflict: Conflict::Changed, .. }), "{errand:?}");
    assert_eq!(stand.there(&device).await.reason.as_deref(), Some("Stolen"));
    stand.desk().upkeep.shared.outbox.choose(errand.id, clawpair_mirror::Choice::Overwrite).unwrap();
    stand.rest(Trouble::None).await;
    assert_eq!(stand.there(&device).await.status, DeviceStatus::Active, "a person has decided");
}

#[tokio::test]
async fn who_is_to_be_shut_out_is_whatever_it_is_called_meanwhile_and_what_was_asked_on_top_of_that_overwrites_nothing() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    let named = |name: &str| EditDevice { name: Some(name.into()), ..EditDevice::default() };
    stand.platform.is(Trouble::Away);
    stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    stand.desk().edit_device(&device, 1, &named("Mine")).await.unwrap();
    stand.owner.edit_device(&device, 1, &named("Theirs")).await.unwrap();
    stand.rest(Trouble::None).await;
    let there = stand.there(&device).await;
    assert_eq!((there.status, there.name.as_str()), (DeviceStatus::Disabled, "Theirs"));
    let ends: Vec<Delivery> = stand.errands().into_iter().map(|errand| errand.delivery).collect();
    assert!(matches!(ends[..], [Delivery::Verified { .. }, Delivery::Failed { conflict: Conflict::Changed, .. }]), "{ends:?}");
}

#[tokio::test]
async fn what_was_asked_one_after_the_other_without_the_platform_goes_well_in_that_order() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::Away);
    stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    stand.desk().enable_device(&device).await.unwrap();
    stand.desk().edit_device(&device, 1, &EditDevice { name: Some("Mine".into()), ..EditDevice::default() }).await.unwrap();
    stand.rest(Trouble::None).await;
    let there = stand.there(&device).await;
    assert_eq!((there.status, there.name.as_str()), (DeviceStatus::Active, "Mine"));
    assert!(stand.mirror().outbox(0, 10).unwrap().is_empty(), "{:?}", stand.errands());
}

#[tokio::test]
async fn many_are_revoked_in_one_call_and_each_is_seen_to_be() {
    let stand = Stand::new(3).await;
    let form = ChangeDevices::Revoke { device_ids: stand.devices.clone(), reason: None };
    let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.device.as_ref().is_some_and(|device| device.status == DeviceStatus::Revoked)));
    stand.round().await;
    stand.read().await;
    assert!(stand.errands().iter().all(|errand| matches!(errand.delivery, Delivery::Verified { .. })));
    stand.platform.is(Trouble::Away);
    let tags = ChangeDevices::AddTags { device_ids: stand.devices.clone(), tags: vec!["old".into()] };
    let outcomes = stand.desk().change_devices(&tags).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.error.is_some()), "none of them is there any more");
}

#[tokio::test]
async fn tags_of_many_do_not_go_ahead_of_what_waits_for_one_of_them() {
    let stand = Stand::new(2).await;
    let tags = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
    stand.platform.is(Trouble::EditsFail);
    let own = EditDevice { tags: Some(tags(&["a"])), ..EditDevice::default() };
    stand.desk().edit_device(&stand.devices[0], 1, &own).await.unwrap();
    let more = ChangeDevices::AddTags { device_ids: stand.devices.clone(), tags: tags(&["b"]) };
    let outcomes = stand.desk().change_devices(&more).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.outcome == OutcomeKind::Queued), "{outcomes:?}");
    stand.rest(Trouble::None).await;
    assert_eq!(stand.there(&stand.devices[0]).await.tags, ["a", "b"]);
    assert_eq!(stand.there(&stand.devices[1]).await.tags, ["b"]);
    assert!(stand.mirror().outbox(0, 10).unwrap().is_empty(), "{:?}", stand.errands());
}

#[tokio::test]
async fn tags_of_many_whose_answer_was_lost_are_seen_to_be_given_once() {
    for trouble in [Trouble::AnswerLost, Trouble::CallLost] {
        let stand = Stand::new(2).await;
        stand.platform.is(trouble);
        let form = ChangeDevices::AddTags { device_ids: stand.devices.clone(), tags: vec!["damp".into()] };
        let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
        assert!(outcomes.iter().all(|one| one.outcome == OutcomeKind::Queued), "{trouble:?}: {outcomes:?}");
        stand.rest(Trouble::None).await;
        for device in &stand.devices {
            assert_eq!(stand.there(device).await.tags, ["damp"]);
            assert_eq!(stand.done("device_edited").await[device], 1, "{trouble:?}");
        }
        assert!(stand.errands().iter().all(|errand| matches!(errand.delivery, Delivery::Verified { .. })), "{trouble:?}");
    }
}

#[tokio::test]
async fn of_many_that_are_let_in_again_those_that_somebody_else_has_shut_out_since_are_not() {
    let stand = Stand::new(2).await;
    let disable = ChangeDevices::Disable { device_ids: stand.devices.clone(), reason: None };
    let said = async |form: &ChangeDevices| {
        let outcomes = stand.desk().change_devices(form).await.unwrap().outcomes;
        outcomes.into_iter().map(|one| (one.outcome, one.error.map(|why| why.code))).collect::<Vec<_>>()
    };
    assert_eq!(said(&disable).await, [(OutcomeKind::Changed, None), (OutcomeKind::Changed, None)]);
    assert_eq!(said(&disable).await, [(OutcomeKind::Unchanged, None), (OutcomeKind::Unchanged, None)]);
    stand.platform.is(Trouble::Away);
    let enable = ChangeDevices::Enable { device_ids: stand.devices.clone() };
    assert_eq!(said(&enable).await, [(OutcomeKind::Queued, None), (OutcomeKind::Queued, None)]);
    stand.owner.enable_device(&stand.devices[0], None).await.unwrap();
    stand.owner.disable_device(&stand.devices[0], None, &DisableDevice::default()).await.unwrap();
    stand.rest(Trouble::None).await;
    let ends: Vec<Delivery> = stand.errands().into_iter().skip(4).map(|errand| errand.delivery).collect();
    assert!(matches!(ends[..], [Delivery::Failed { conflict: Conflict::Changed, .. }, Delivery::Verified { .. }]), "{ends:?}");
    assert_eq!(stand.there(&stand.devices[0]).await.status, DeviceStatus::Disabled);
}

#[tokio::test]
async fn of_many_one_that_is_not_known_here_keeps_no_other_from_being_seen_to_be_done() {
    let stand = Stand::new(1).await;
    let nobody = "dev-00000000-0000-0000-0000-000000000000".to_owned();
    let form = ChangeDevices::Revoke { device_ids: vec![nobody.clone(), stand.devices[0].clone()], reason: None };
    let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
    let said: Vec<_> = outcomes.iter().map(|one| (one.device_id.as_str(), one.outcome)).collect();
    assert_eq!(said, [(nobody.as_str(), OutcomeKind::Refused), (stand.devices[0].as_str(), OutcomeKind::Changed)]);
    assert!(matches!(stand.errands()[..], [ref errand] if errand.place.id == stand.devices[0]), "{:?}", stand.errands());
}

#[tokio::test]
async fn what_only_waits_is_not_said_to_be_changed() {
    let stand = Stand::new(2).await;
    let said = async |form: ChangeDevices| {
        let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
        let is_active = |one: &ChangeOutcome| one.device.as_ref().is_some_and(|device| device.status == DeviceStatus::Active);
        outcomes.into_iter().map(|one| (one.outcome, is_active(&one))).collect::<Vec<_>>()
    };
    let (device_ids, reason) = (stand.devices.clone(), None::<String>);
    stand.platform.is(Trouble::Away);
    let disable = ChangeDevices::Disable { device_ids: device_ids.clone(), reason: reason.clone() };
    assert_eq!(said(disable).await, [(OutcomeKind::Queued, true); 2]);
    // Nobody knows whether it arrived.
    stand.platform.is(Trouble::CallLost);
    assert_eq!(said(ChangeDevices::Revoke { device_ids, reason }).await, [(OutcomeKind::Queued, true); 2]);
}

#[tokio::test]
async fn what_waits_for_a_platform_that_is_away_is_not_looked_at_more_often_than_it_can_change() {
    let stand = Stand::new(1).await;
    stand.platform.is(Trouble::Away);
    stand.desk().revoke_device(&stand.devices[0], None).await.unwrap();
    stand.clock.step(60);
    assert_eq!(stand.desk().upkeep.shared.until_due().await, LONGEST, "it is due, and cannot be sent");
    stand.platform.is(Trouble::None);
    stand.round().await;
    assert!(stand.errands()[0].acknowledged_at.is_some());
}

#[tokio::test]
async fn a_platform_that_wants_to_be_left_alone_is_neither_sent_to_nor_read_until_then() {
    let stand = Stand::new(3).await;
    let (shared, sent) = (&stand.desk().upkeep.shared, || stand.platform.sent.load(Ordering::SeqCst));
    stand.platform.is(Trouble::Busy);
    let form = ChangeDevices::Revoke { device_ids: stand.devices.clone(), reason: None };
    let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.outcome == OutcomeKind::Queued), "{outcomes:?}");
    assert_eq!(sent(), 1, "the others are due, too");
    stand.platform.is(Trouble::None);
    let refused = shared.read_on().await.unwrap_err();
    assert_eq!(refused.code, "rate_limited");
    assert_eq!(stand.desk().standing().notice.map(|why| why.code), Some(refused.code), "a person reads why nothing is newer");
    stand.round().await;
    assert_eq!(sent(), 1);
    stand.clock.step(60);
    stand.round().await;
    assert_eq!(sent(), 4);
    stand.read().await;
    assert!(stand.errands().iter().all(|errand| matches!(errand.delivery, Delivery::Verified { .. })));
}

#[tokio::test]
async fn what_was_asked_of_a_platform_that_is_removed_counts_no_more() {
    let stand = Stand::new(1).await;
    stand.platform.is(Trouble::Away);
    stand.desk().revoke_device(&stand.devices[0], None).await.unwrap();
    let mut told = stand.desk().upkeep.shared.outbox.told();
    assert_eq!(told.borrow_and_update().not_yet_revoked, 1);
    stand.desk().forget().await.unwrap();
    assert!(told.has_changed().unwrap());
    assert_eq!(*told.borrow(), clawpair_mirror::OutboxCounts::default());
}
