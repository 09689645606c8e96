//! Platforms that list what there is at one moment and forget what is over.

use clawpair_api::Device;
use clawpair_mirror::{Answer, Batch, Delivery, Extent, Intent, Standing, Thing, Whole};

use crate::common::{Counting, File, at, device, place, platform, revoked, thing, waiting};

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
