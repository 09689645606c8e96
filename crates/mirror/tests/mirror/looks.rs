//! Platforms that list what there is at one moment and forget what is over.

use clawpair_api::Device;
use clawpair_mirror::{Answer, Batch, Conflict, Delivery, DeviceRecord, Extent, Intent, Standing, Thing, Whole};
use serde_json::json;

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, revoked, thing, waiting};

const ALL: Whole = Whole { devices: true, others: true };
const DEVICES: Whole = Whole { devices: true, others: false };
const OTHERS: Whole = Whole { devices: false, others: true };
const NEITHER: Whole = Whole { devices: false, others: false };

fn standing(file: &File, id: &str) -> Standing {
    file.mirror.device(&place(id)).unwrap().standing
}

#[test]
fn a_look_ends_only_what_is_missing_from_a_list_that_is_whole() {
    let file = File::new();
    let (request, code) = (waiting("r"), thing(device("a")));
    file.look(ALL, vec![request.clone(), code, thing(device("b"))]);
    assert_eq!(file.look(DEVICES, vec![thing(device("b"))]).ended, 1);
    assert_eq!((standing(&file, "a"), file.open()), (Standing::Gone, 1));
    assert_eq!(file.look(OTHERS, vec![]).changed, 1, "the request is closed, which is news");
    assert_eq!((standing(&file, "b"), file.open()), (Standing::Active, 0));
    assert_eq!(file.look(OTHERS, vec![]).changed, 0);
    file.look(OTHERS, vec![request]);
    assert_eq!(file.open(), 1, "it waits again");
}

#[test]
fn what_a_later_look_lists_is_back_though_other_entries_of_it_are_missing() {
    for whole in [DEVICES, OTHERS] {
        let file = File::new();
        let early = file.batch([device("a")]);
        file.some([device("a"), device("b")]);
        file.some([revoked(device("a"))]);
        file.mirror.apply(Batch { extent: Extent::Look { cursor: None, whole: OTHERS }, ..early }).unwrap();
        assert_eq!(standing(&file, "a"), Standing::Revoked, "a look from before says nothing of it");
        file.look(whole, vec![thing(device("a")), thing(device("b"))]);
        assert_eq!(standing(&file, "a"), Standing::Active);
    }
}

#[test]
fn a_look_is_followed_though_its_platform_counts_no_revisions() {
    let file = File::new();
    let named = |name: &str, revision| thing(Device { name: name.into(), revision, ..device("a") });
    file.look(OTHERS, vec![named("Long", 9)]);
    let early = Batch { extent: Extent::Look { cursor: None, whole: OTHERS }, things: vec![named("Old", 10)], ..file.batch([]) };
    file.look(OTHERS, vec![named("Short", 2)]);
    file.mirror.apply(early).unwrap();
    assert_eq!(file.mirror.device(&place("a")).unwrap().record.device.name, "Short");
}

#[test]
fn an_older_look_closes_nothing_that_a_later_one_has() {
    let file = File::new();
    file.look(OTHERS, vec![waiting("r")]);
    let early = Batch { extent: Extent::Look { cursor: None, whole: OTHERS }, ..file.batch([]) };
    file.look(OTHERS, vec![waiting("r")]);
    file.mirror.apply(early).unwrap();
    assert_eq!(file.open(), 1);
}

/// What becomes of an errand that the platform has acknowledged when it lists these.
fn after(intent: &Intent, whole: Whole, things: Vec<Thing>) -> Delivery {
    let (file, rng) = (File::new(), Counting::default());
    file.look(ALL, vec![thing(device("a")), waiting("r")]);
    let subject = if intent.decides() { "r" } else { "a" };
    let errand = file.mirror.ask(&place(subject), intent, at(0), &rng).unwrap();
    let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(sent.id, sent.attempts, Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.look(whole, things);
    file.mirror.errand(errand.id).unwrap().delivery
}

#[test]
fn a_list_with_gaps_says_nothing_of_what_it_lacks() {
    let let_in = || thing(Device { key_fingerprint: "KEY0-0000-new".into(), ..device("c") });
    let revoke = Intent::Revoke { reason: None };
    let (public_key, permissions) = ("k".to_owned(), vec!["sensor:read".to_owned()]);
    let deny = Intent::Deny { reason: None, public_key: public_key.clone(), permissions: permissions.clone() };
    let approve = Intent::Approve { public_key, permissions };
    let unsaid = |intent: &Intent, whole, things| matches!(after(intent, whole, things), Delivery::Acknowledged { .. });
    let verified = |intent: &Intent, whole, things| matches!(after(intent, whole, things), Delivery::Verified { .. });
    let failed = |intent: &Intent, whole, things| matches!(after(intent, whole, things), Delivery::Failed { .. });
    assert!(unsaid(&revoke, OTHERS, vec![]) && verified(&revoke, DEVICES, vec![]));
    for whole in [DEVICES, NEITHER] {
        assert!(unsaid(&deny, whole, vec![]) && unsaid(&approve, whole, vec![let_in()]), "it may wait where nothing can be read");
    }
    assert!(unsaid(&deny, OTHERS, vec![]) && unsaid(&approve, OTHERS, vec![]), "it may have been let in");
    assert!(failed(&deny, OTHERS, vec![let_in()]) && verified(&approve, OTHERS, vec![let_in()]));
    assert!(verified(&deny, ALL, vec![]) && failed(&approve, ALL, vec![]));
}

/// A device of a platform whose clock is compared with this computer's anew with every connection.
fn let_in(device: Device, at_there: i64, lends: &[&str]) -> Thing {
    let (let_in_at, lends) = (Some(at_there), lends.iter().map(ToString::to_string).collect());
    Thing::Device(Box::new(DeviceRecord { let_in_at, lends, details: json!({}), ..DeviceRecord::of(device) }))
}

#[test]
fn a_device_was_let_in_again_if_its_platform_says_a_later_moment_whatever_the_clocks_make_of_it() {
    for (at_there, moved, conflict) in [(7_000, 5, Conflict::NotShown), (7_001, -5, Conflict::PairedAgain { id: "a".into() })] {
        let (file, rng) = (File::new(), Counting::default());
        file.look(ALL, vec![let_in(device("a"), 7_000, &[])]);
        file.mirror.ask(&place("a"), &Intent::Revoke { reason: None }, at(0), &rng).unwrap();
        let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
        file.mirror.settle(sent.id, sent.attempts, Answer::Done { revision: None }, at(2), &rng).unwrap();
        file.look(ALL, vec![let_in(Device { paired_at: at(moved).to_string(), ..device("a") }, at_there, &[])]);
        let Delivery::Failed { conflict: found, .. } = file.mirror.errand(sent.id).unwrap().delivery else { panic!("a conflict") };
        assert_eq!(found, conflict);
    }
}

#[test]
fn who_was_in_before_shows_that_a_request_was_granted_only_by_what_it_has_since() {
    let known = |permissions: &[&str], at_there, lends: &[&str]| {
        let permissions = permissions.iter().map(ToString::to_string).collect();
        let_in(Device { permissions, key_fingerprint: "KEY0-0000-new".into(), ..device("c") }, at_there, lends)
    };
    let decided = |approve: bool, asked: &str, then: Thing| {
        let (file, rng) = (File::new(), Counting::default());
        file.look(ALL, vec![known(&["operator.read"], 7_000, &[]), waiting("r")]);
        let (public_key, permissions) = ("k".to_owned(), vec![asked.to_owned()]);
        let intent = if approve {
            Intent::Approve { public_key, permissions }
        } else {
            Intent::Deny { public_key, permissions, reason: None }
        };
        let errand = file.mirror.ask(&place("r"), &intent, at(0), &rng).unwrap();
        let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
        file.mirror.settle(sent.id, sent.attempts, Answer::Done { revision: None }, at(2), &rng).unwrap();
        file.look(ALL, vec![then]);
        matches!(file.mirror.errand(errand.id).unwrap().delivery, Delivery::Verified { .. })
    };
    let both = |asked: &str, then: Thing| (decided(true, asked, then.clone()), decided(false, asked, then));
    assert_eq!(both("operator.write", known(&["operator.read"], 7_000, &[])), (false, true), "it is as it was");
    assert_eq!(both("operator.write", known(&["operator.read", "operator.write"], 7_001, &[])), (true, false));
    assert_eq!(
        both("operator.write", known(&["operator.read", "operator.talk"], 7_001, &[])),
        (false, false),
        "for something else"
    );
    assert_eq!(both("operator.read", known(&["operator.read"], 7_000, &[])), (false, true), "it had that before");
    assert_eq!(both("system.run", known(&["operator.read"], 7_000, &["system.run"])), (true, false), "a node's abilities");
}

#[test]
fn what_may_not_be_seen_is_not_over_and_no_decision_about_it_is_verified() {
    let (file, rng) = (File::new(), Counting::default());
    let visible = |whole, things| {
        let extent = Extent::Visible { cursor: Some("1".into()), whole, log: true };
        file.mirror.apply(Batch { extent, things, ..file.batch([]) }).unwrap()
    };
    visible(ALL, vec![thing(device("a")), thing(device("b")), waiting("r")]);
    let deny = Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None };
    let errand = file.mirror.ask(&place("r"), &deny, at(0), &rng).unwrap();
    let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(sent.id, sent.attempts, Answer::Done { revision: None }, at(2), &rng).unwrap();
    assert_eq!(visible(DEVICES, vec![thing(device("b"))]).ended, 1);
    assert_eq!((standing(&file, "a"), file.open()), (Standing::Gone, 1));
    let delivery = || file.mirror.errand(errand.id).unwrap().delivery;
    assert!(matches!(delivery(), Delivery::Acknowledged { .. }), "{:?}", delivery());
    visible(ALL, vec![thing(device("b"))]);
    assert_eq!(file.open(), 0);
    assert!(matches!(delivery(), Delivery::Verified { .. }), "{:?}", delivery());
}
