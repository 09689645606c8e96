//! What shuts somebody out waits for nothing, and lets nothing in that was asked for before.

use clawpair_api::{Device, DeviceStatus, ErrorCode, PairingStatus};
use clawpair_mirror::{Answer, Batch, Choice, Conflict, Delivery, Errand, Intent, Mirror};

use crate::common::{File, OneByOne as _, at, device, place, platform, request};
use crate::desk::{DONE, Desk, REVOKE, refused, rename, some};

const DISABLE: Intent = Intent::Disable { reason: None };
const APPROVED: &str = "KEY0-0000-new";

fn approve() -> Intent {
    Intent::Approve { public_key: "k".into(), permissions: vec!["sensor:read".into()] }
}

fn joined(id: &str) -> Device {
    Device { key_fingerprint: APPROVED.into(), paired_at: at(3).to_string(), ..device(id) }
}

impl Desk {
    fn asked_to_let_in(&self) -> Errand {
        self.requests(some(), Self::asking(PairingStatus::Waiting));
        self.ask("pair-1", &approve())
    }

    fn is_lost(&self) -> Vec<Errand> {
        let reason = "Stolen".parse().unwrap();
        self.mirror().revoke_everywhere(APPROVED, Some(&reason), at(1), &self.rng).unwrap()
    }

    fn revocations_of(&self, id: &str) -> Vec<Errand> {
        let asked = self.mirror().asked_of(&place(id), 200).unwrap();
        asked.into_iter().filter(|errand| errand.intent.revokes()).collect()
    }
}

#[test]
fn a_revocation_goes_out_although_a_rename_before_it_keeps_failing() {
    let desk = Desk::new();
    let name = desk.ask("a", &rename("x"));
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Later { after: Some(std::time::Duration::from_hours(1)) });
    let revocation = desk.ask("a", &REVOKE);
    assert!(matches!(desk.delivery(name.id), Delivery::Overtaken { .. }), "it is of no use any more");
    assert_eq!(desk.take(at(3)).unwrap().id, revocation.id);
    assert_eq!(desk.take(at(100_000)).map(|errand| errand.id), Some(revocation.id), "nothing else is left");
}

#[test]
fn disabling_goes_out_although_a_rename_before_it_keeps_failing_and_the_rename_goes_out_after_it() {
    for (revision, then) in [(2, 2), (1, 1)] {
        let desk = Desk::new();
        let name = desk.ask("a", &rename("x"));
        let sent = desk.take(at(1)).unwrap();
        // Nothing was ever tried of what waits for the name.
        desk.ask("a", &Intent::EditTags { tags: clawpair_core::tags::Tags::parse(&["t"]).unwrap() });
        let disable = desk.ask("a", &DISABLE);
        assert_eq!(desk.take(at(1)), None, "an answer is to come");
        desk.settle(&sent, Answer::Later { after: Some(std::time::Duration::from_mins(1)) });
        assert_eq!(desk.mirror().next_due(&platform(), at(3)).unwrap(), Some(at(0)));
        let sent = desk.take(at(3)).unwrap();
        assert_eq!((sent.id, desk.take(at(80))), (disable.id, None), "one at a time");
        desk.settle(&sent, Answer::Done { revision: Some(revision) });
        let sent = desk.take(at(80)).unwrap();
        assert_eq!((sent.id, sent.revision), (name.id, Some(then)), "meant on top of that, unless somebody else has changed it");
    }
}

#[test]
fn disabling_that_is_put_off_holds_nothing_up_and_is_in_order_with_itself() {
    let desk = Desk::new();
    let (first, name, second) = (desk.ask("a", &DISABLE), desk.ask("b", &rename("x")), desk.ask("b", &DISABLE));
    let later = desk.ask("a", &DISABLE);
    let sent = desk.mirror().take_several(&platform(), 9, at(1)).unwrap();
    assert_eq!(sent.iter().map(|errand| errand.id).collect::<Vec<_>>(), [first.id, second.id]);
    for errand in &sent {
        desk.settle(errand, Answer::Later { after: Some(std::time::Duration::from_mins(1)) });
    }
    let sent = desk.take(at(3)).unwrap();
    assert_eq!(sent.id, name.id);
    desk.settle(&sent, Answer::Done { revision: Some(2) });
    assert_eq!(desk.mirror().errand(second.id).unwrap().revision, Some(2), "its own edit is no change of somebody else's");
    assert_eq!(desk.take(at(3)), None);
    assert_eq!(desk.take(at(80)).unwrap().id, first.id);
    assert!(matches!(desk.delivery(later.id), Delivery::Queued { .. }));
}

#[test]
fn disabling_ends_an_enabling_that_was_asked_for_before_and_waits_or_is_put_off() {
    let desk = Desk::new();
    let enable = desk.ask("a", &Intent::Enable);
    let (name, disable) = (desk.ask("a", &rename("x")), desk.ask("a", &DISABLE));
    assert!(matches!(desk.delivery(enable.id), Delivery::Overtaken { .. }));
    assert!(matches!(desk.delivery(name.id), Delivery::Queued { .. }), "that lets nobody in");
    let overtaken = desk.mirror().overtaken_by(&disable).unwrap();
    assert_eq!(overtaken.iter().map(|errand| errand.id).collect::<Vec<_>>(), [enable.id]);
    let enable = desk.ask("b", &Intent::Enable);
    let sent = desk.mirror().take_several(&platform(), 9, at(1)).unwrap().into_iter().find(|sent| sent.id == enable.id).unwrap();
    desk.ask("b", &DISABLE);
    desk.settle(&sent, Answer::Later { after: None });
    assert!(matches!(desk.delivery(enable.id), Delivery::Overtaken { .. }));
}

#[test]
fn what_a_revocation_has_overtaken_and_does_not_come_back_is_told_also_when_it_is_over_and_nothing_besides() {
    let desk = Desk::new();
    let overtaken = |errand: &Errand| {
        let ended = desk.mirror().overtaken_by(errand).unwrap();
        ended.into_iter().map(|errand| errand.id).collect::<Vec<_>>()
    };
    let done = desk.ask("a", &Intent::Enable);
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    let (under_way, waits, name) = (desk.ask("a", &Intent::Enable), desk.ask("a", &Intent::Enable), desk.ask("a", &rename("x")));
    let elsewhere = desk.ask("b", &Intent::Enable);
    desk.take(at(1)).unwrap();
    let revocation = desk.ask("a", &REVOKE);
    assert_eq!(overtaken(&revocation), [waits.id], "the other one may still be done, and a name comes back");
    desk.settle(&desk.mirror().errand(under_way.id).unwrap(), Answer::Later { after: None });
    let withdrawn = desk.mirror().withdraw(revocation.id, at(2)).unwrap();
    assert_eq!(overtaken(&withdrawn), [under_way.id, waits.id]);
    let again = desk.mirror().ask(&place("a"), &REVOKE, at(5), &desk.rng).unwrap();
    assert_eq!(overtaken(&again), [0; 0], "it was over before");
    assert_eq!([&done, &elsewhere, &name].map(overtaken), [[0; 0]; 3]);
}

#[test]
fn what_waits_again_was_meant_on_top_of_what_was_done_meanwhile() {
    let desk = Desk::new();
    let (name, tags) =
        (desk.ask("a", &rename("x")), desk.ask("a", &Intent::EditTags { tags: clawpair_core::tags::Tags::parse(&["t"]).unwrap() }));
    let sent = desk.take(at(1)).unwrap();
    assert_eq!((sent.id, desk.mirror().errand(tags.id).unwrap().revision), (name.id, sent.revision));
    let revocation = desk.ask("a", &REVOKE);
    desk.settle(&sent, Answer::Done { revision: sent.revision.map(|revision| revision + 1) });
    let resumed = desk.mirror().resumed_without(&revocation).unwrap();
    assert_eq!(resumed.iter().map(|errand| errand.id).collect::<Vec<_>>(), [tags.id]);
    desk.mirror().withdraw(revocation.id, at(3)).unwrap();
    let again = desk.mirror().errand(tags.id).unwrap();
    assert!(matches!(again.delivery, Delivery::Queued { .. }));
    assert_eq!(again.revision, sent.revision.map(|revision| revision + 1), "its own edit is no change of somebody else's");
}

#[test]
fn what_a_revocation_has_ended_and_lets_nobody_in_waits_again_when_that_is_taken_back_or_left_undone_after_it_was_refused() {
    for refused_there in [true, false] {
        let desk = Desk::new();
        let (name, enable, disable) = (desk.ask("a", &rename("x")), desk.ask("a", &Intent::Enable), desk.ask("a", &DISABLE));
        let lost = desk.take(at(1)).unwrap();
        desk.settle(&lost, Answer::Lost);
        let revocation = desk.ask("a", &REVOKE);
        assert!(matches!(desk.delivery(name.id), Delivery::Overtaken { .. }));
        if refused_there {
            desk.settle(&desk.take(at(1)).unwrap(), refused(ErrorCode::AccessDenied));
            desk.mirror().choose(revocation.id, Choice::Leave, at(3), &desk.rng).unwrap();
        } else {
            desk.mirror().withdraw(revocation.id, at(3)).unwrap();
        }
        let sent = desk.take(at(3)).unwrap();
        assert_eq!(
            (sent.id, sent.attempts, &sent.idempotency_key),
            (disable.id, 2, &lost.idempotency_key),
            "the same errand as before"
        );
        desk.settle(&sent, Answer::Done { revision: Some(2) });
        assert_eq!(desk.take(at(3)).unwrap().id, name.id);
        assert!(matches!(desk.delivery(enable.id), Delivery::Overtaken { .. }), "that lets somebody in");
        assert!(desk.mirror().verify_journal().unwrap().is_ok());
    }
}

#[test]
fn what_a_refused_revocation_has_ended_waits_again_when_the_one_that_was_asked_for_anew_is_taken_back() {
    for (chosen, why) in [(true, ErrorCode::AccessDenied), (false, ErrorCode::AccessDenied), (true, ErrorCode::InvalidRequest)] {
        let desk = Desk::new();
        let (name, enable) = (desk.ask("a", &rename("x")), desk.ask("a", &Intent::Enable));
        let (refused, _) = desk.failed(&REVOKE, why);
        let anew = if chosen {
            desk.mirror().choose(refused.id, Choice::TryAgain, at(3), &desk.rng).unwrap().unwrap()
        } else {
            desk.ask("a", &REVOKE)
        };
        assert_ne!(anew.id, refused.id);
        let ids = |errands: Vec<Errand>| errands.into_iter().map(|errand| errand.id).collect::<Vec<_>>();
        assert_eq!(ids(desk.mirror().resumed_without(&anew).unwrap()), [name.id]);
        assert_eq!(ids(desk.mirror().overtaken_by(&anew).unwrap()), [enable.id]);
        assert_eq!(ids(desk.mirror().resumed_without(&refused).unwrap()), [0; 0]);
        desk.mirror().withdraw(anew.id, at(4)).unwrap();
        assert_eq!(desk.take(at(4)).unwrap().id, name.id);
    }
}

#[test]
fn what_was_meant_for_a_device_that_is_gone_stays_over_also_when_its_revocation_is_asked_for_anew() {
    let desk = Desk::new();
    let name = desk.ask("a", &rename("x"));
    let (refused, conflict) = desk.failed(&REVOKE, ErrorCode::NotFound);
    assert_eq!(conflict, Conflict::Gone);
    let anew = desk.ask("a", &REVOKE);
    assert_ne!(anew.id, refused.id);
    assert_eq!(desk.mirror().resumed_without(&anew).unwrap(), []);
    desk.mirror().withdraw(anew.id, at(4)).unwrap();
    assert!(matches!(desk.delivery(name.id), Delivery::Overtaken { .. }));
}

#[test]
fn what_a_revocation_has_ended_for_an_older_program_waits_again_too() {
    let desk = Desk::new();
    let (name, enable) = (desk.ask("a", &rename("x")), desk.ask("a", &Intent::Enable));
    let revocation = desk.ask("a", &REVOKE);
    let other = desk.ask("b", &REVOKE);
    let Desk { file: File { folder, mirror }, .. } = desk;
    drop(mirror);
    let path = folder.path().join("mirror.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    let older = "DROP INDEX outbox_overtaken; ALTER TABLE outbox DROP COLUMN overtaken_by; PRAGMA user_version = 13";
    db.execute_batch(older).unwrap();
    drop(db);
    let mirror = Mirror::open(&path).unwrap();
    let ids = |errands: Vec<Errand>| errands.into_iter().map(|errand| errand.id).collect::<Vec<_>>();
    assert_eq!(ids(mirror.resumed_without(&revocation).unwrap()), [name.id]);
    assert_eq!(ids(mirror.overtaken_by(&revocation).unwrap()), [enable.id]);
    assert_eq!(ids(mirror.resumed_without(&other).unwrap()), [0; 0]);
}

#[test]
fn what_a_revocation_has_ended_waits_again_whatever_the_clock_shows() {
    let desk = Desk::new();
    let name = desk.mirror().ask(&place("a"), &rename("x"), at(50), &desk.rng).unwrap();
    let revocation = desk.mirror().ask(&place("a"), &REVOKE, at(60), &desk.rng).unwrap();
    desk.mirror().withdraw(revocation.id, at(5)).unwrap();
    assert_eq!(desk.take(at(6)).unwrap().id, name.id);
    let enable = desk.ask("a", &Intent::Enable);
    desk.settle(&desk.mirror().errand(name.id).unwrap(), DONE);
    desk.take(at(7)).unwrap();
    let revocation = desk.mirror().ask(&place("a"), &REVOKE, at(60), &desk.rng).unwrap();
    desk.settle(&desk.mirror().errand(enable.id).unwrap(), Answer::Lost);
    let ended = desk.mirror().overtaken_by(&revocation).unwrap();
    assert_eq!(
        ended.iter().map(|errand| errand.id).collect::<Vec<_>>(),
        [enable.id],
        "it ended before the revocation by the clock"
    );
}

#[test]
fn of_what_a_revocation_has_ended_only_that_comes_back_which_nothing_asked_for_later_stands_in_the_place_of() {
    let desk = Desk::new();
    let (first, second) = (desk.ask("a", &rename("x")), desk.ask("a", &rename("y")));
    let (disable, enable) = (desk.ask("a", &DISABLE), desk.ask("a", &Intent::Enable));
    let revocation = desk.ask("a", &REVOKE);
    desk.mirror().withdraw(revocation.id, at(3)).unwrap();
    let waits = [first, second, disable, enable].map(|errand| matches!(desk.delivery(errand.id), Delivery::Queued { .. }));
    assert_eq!(waits, [false, true, false, false]);
}

#[test]
fn what_a_revocation_has_ended_stays_over_where_the_device_is_gone_and_so_does_what_a_denial_has() {
    let desk = Desk::new();
    let name = desk.ask("a", &rename("x"));
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Later { after: None });
    let (revocation, _) = desk.failed(&REVOKE, ErrorCode::NotFound);
    desk.mirror().choose(revocation.id, Choice::Leave, at(3), &desk.rng).unwrap();
    assert!(matches!(desk.delivery(name.id), Delivery::Overtaken { .. }));
    let approval = desk.asked_to_let_in();
    let denial = desk.ask("pair-1", &Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None });
    desk.mirror().withdraw(denial.id, at(3)).unwrap();
    assert!(matches!(desk.delivery(approval.id), Delivery::Overtaken { .. }));
}

#[test]
fn a_revocation_does_not_wait_for_an_answer_and_what_was_under_way_does_not_go_out_again() {
    for answer in [Answer::Lost, Answer::Later { after: None }] {
        let desk = Desk::new();
        let enable = desk.ask("a", &Intent::Enable);
        let under_way = desk.take(at(1)).unwrap();
        let revocation = desk.ask("a", &REVOKE);
        assert_eq!(desk.take(at(1)).unwrap().id, revocation.id);
        desk.settle(&under_way, answer);
        assert!(matches!(desk.delivery(enable.id), Delivery::Overtaken { .. }));
    }
}

#[test]
fn what_was_under_way_when_the_program_ended_does_not_go_out_after_a_revocation() {
    let desk = Desk::new();
    let enable = desk.ask("a", &Intent::Enable);
    desk.take(at(1)).unwrap();
    let revocation = desk.ask("a", &REVOKE);
    let Desk { file: File { folder, mirror }, .. } = desk;
    drop(mirror);
    let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    assert_eq!(
        mirror.take_several(&platform(), 9, at(2)).unwrap().iter().map(|errand| errand.id).collect::<Vec<_>>(),
        [revocation.id]
    );
    assert!(matches!(mirror.errand(enable.id).unwrap().delivery, Delivery::Overtaken { .. }));
}

#[test]
fn an_approval_under_way_does_not_go_out_again_though_the_denial_has_expired() {
    let desk = Desk::new();
    let approval = desk.asked_to_let_in();
    desk.take(at(1)).unwrap();
    desk.is_lost();
    assert_eq!(desk.take(at(601)), None);
    assert!(matches!(desk.delivery(approval.id), Delivery::Overtaken { .. }));
}

#[test]
fn what_was_withdrawn_shuts_nobody_out() {
    let desk = Desk::new();
    let enable = desk.ask("a", &Intent::Enable);
    let under_way = desk.take(at(1)).unwrap();
    let revocation = desk.ask("a", &REVOKE);
    desk.mirror().withdraw(revocation.id, at(2)).unwrap();
    assert!(matches!(desk.settle(&under_way, Answer::Lost).delivery, Delivery::Queued { .. }));
    assert_eq!(desk.take(at(60)).unwrap().id, enable.id);
}

#[test]
fn an_approval_that_waits_does_not_let_in_who_is_lost_since() {
    let desk = Desk::new();
    let approval = desk.asked_to_let_in();
    let [denial] = desk.is_lost().try_into().unwrap();
    assert!(matches!(desk.delivery(approval.id), Delivery::Overtaken { .. }));
    assert_eq!(desk.take(at(1)).unwrap().id, denial.id);
    desk.file.some([joined("c")]);
    assert_eq!(desk.revocations_of("c"), [], "something else has let it in, and a person knows");
}

#[test]
fn who_is_lost_and_was_perhaps_let_in_is_revoked_once_it_is_listed() {
    let desk = Desk::new();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    let [denial] = desk.is_lost().try_into().unwrap();
    let decided = desk.settle(&desk.take(at(3)).unwrap(), refused(ErrorCode::RequestDecided));
    assert!(matches!(decided.delivery, Delivery::Failed { conflict: Conflict::Decided, .. }) && decided.id == denial.id);
    let applied = desk.mirror().apply(desk.file.batch([joined("c")])).unwrap();
    assert_eq!(applied.lost, 1, "whoever sends has to hear of it");
    let [revocation] = desk.revocations_of("c").try_into().unwrap();
    assert!(matches!(&revocation.intent, Intent::Revoke { reason: Some(why) } if why.as_str() == "Stolen"));
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
    assert_eq!(desk.take(at(4)).unwrap().id, revocation.id);
    desk.file.some([Device { revision: 5, ..joined("c") }]);
    assert_eq!(desk.revocations_of("c").len(), 1, "once");
}

#[test]
fn who_is_lost_and_was_let_in_but_is_in_no_list_yet_is_revoked_too() {
    let desk = Desk::new();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    desk.requests(some(), vec![clawpair_mirror::Thing::Request(Box::new(request("pair-1", PairingStatus::Completed).into()))]);
    assert!(desk.is_lost().is_empty(), "no list has anything to revoke");
    desk.file.some([Device { status: DeviceStatus::Disabled, ..joined("c") }]);
    assert_eq!(desk.revocations_of("c").len(), 1);
}

#[test]
fn who_was_perhaps_let_in_before_somebody_denied_it_and_is_lost_since_is_revoked_too() {
    let desk = Desk::new();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    let denial = Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None };
    desk.ask("pair-1", &denial);
    desk.is_lost();
    desk.file.some([joined("c")]);
    assert_eq!(desk.revocations_of("c").len(), 1);
}

#[test]
fn an_acknowledgement_is_not_overtaken_by_a_late_word_of_its_loss() {
    let desk = Desk::new();
    let enable = desk.ask("a", &Intent::Enable);
    let under_way = desk.take(at(1)).unwrap();
    desk.ask("a", &REVOKE);
    desk.settle(&under_way, DONE);
    assert!(matches!(desk.settle(&under_way, Answer::Lost).delivery, Delivery::Acknowledged { .. }));
    assert!(matches!(desk.delivery(enable.id), Delivery::Acknowledged { .. }));
}

#[test]
fn who_is_let_in_anew_or_much_later_is_not_lost_any_more() {
    let desk = Desk::new();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    desk.is_lost();
    desk.ask("pair-1", &approve());
    desk.file.some([joined("c")]);
    assert_eq!(desk.revocations_of("c"), []);
    let desk = Desk::new();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    desk.is_lost();
    desk.file.some([Device { paired_at: at(200_000).to_string(), ..joined("c") }]);
    assert_eq!(desk.revocations_of("c"), []);
}

#[test]
fn a_key_that_was_let_in_at_a_platform_that_is_removed_since_is_revoked_where_it_is_known() {
    let desk = Desk::new();
    let (other, key) = ("q".parse().unwrap(), APPROVED.to_owned());
    desk.mirror().enter_platform(&other, &"Other".parse().unwrap()).unwrap();
    let here = desk.file.batch([Device { key_fingerprint: key, ..device("d") }]);
    desk.mirror().apply(Batch { platform: other, ..here }).unwrap();
    desk.asked_to_let_in();
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    desk.requests(some(), Desk::asking(PairingStatus::Completed));
    desk.mirror().forget_platform(&platform(), at(2)).unwrap();
    let [revocation] = desk.is_lost().try_into().unwrap();
    assert_eq!((revocation.place.platform.as_str(), revocation.place.id.as_str()), ("q", "d"));
    assert_eq!(desk.mirror().outbox_counts().unwrap().not_yet_revoked, 1);
}
