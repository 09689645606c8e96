//! What shuts somebody out waits for nothing, and lets nothing in that was asked for before.

use clawpair_api::{Device, DeviceStatus, ErrorCode, PairingStatus};
use clawpair_mirror::{Answer, Batch, Conflict, Delivery, Errand, Intent, Mirror};

use crate::common::{File, OneByOne as _, at, device, place, platform, request};
use crate::desk::{DONE, Desk, REVOKE, refused, rename, some};

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
fn what_a_revocation_has_overtaken_is_told_also_when_it_is_over_and_nothing_besides() {
    let desk = Desk::new();
    let overtaken = |errand: &Errand| {
        let ended = desk.mirror().overtaken_by(errand).unwrap();
        ended.into_iter().map(|errand| errand.id).collect::<Vec<_>>()
    };
    let done = desk.ask("a", &rename("w"));
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    let (under_way, waits) = (desk.ask("a", &Intent::Enable), desk.ask("a", &rename("x")));
    let elsewhere = desk.ask("b", &rename("y"));
    desk.take(at(1)).unwrap();
    let revocation = desk.ask("a", &REVOKE);
    assert_eq!(overtaken(&revocation), [waits.id], "the other one may still be done");
    desk.settle(&desk.mirror().errand(under_way.id).unwrap(), Answer::Later { after: None });
    let withdrawn = desk.mirror().withdraw(revocation.id, at(2)).unwrap();
    assert_eq!(overtaken(&withdrawn), [under_way.id, waits.id]);
    let again = desk.mirror().ask(&place("a"), &REVOKE, at(5), &desk.rng).unwrap();
    assert_eq!(overtaken(&again), [0; 0], "it was over before");
    assert_eq!([&done, &elsewhere].map(overtaken), [[0; 0]; 2]);
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
