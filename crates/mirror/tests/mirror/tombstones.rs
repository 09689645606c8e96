use clawpair_api::{ActivityActor, ActivityEntry, ActivitySubject, ActorKind, Device, PairingStatus, Request};
use clawpair_mirror::{Answer, Batch, EndedBy, Extent, Intent, Standing, Thing, Whole};

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, request, revoked, thing};

fn returned(id: &str) -> Device {
    Device { key_fingerprint: device("a").key_fingerprint, paired_at: at(100).to_string(), ..device(id) }
}

#[test]
fn a_revoked_device_stays_with_who_when_why_and_its_key() {
    let file = File::new();
    file.some([Device { reason: Some("Lost".into()), ..revoked(device("a")) }]);
    let actor = ActivityActor { kind: ActorKind::Member, id: Some("mem-1".into()), name: Some("Ana".into()) };
    let entry = ActivityEntry {
        number: 1,
        at: at(60).to_string(),
        actor: actor.clone(),
        action: "device_revoked".into(),
        subjects: vec![ActivitySubject { id: "a".into(), name: None }],
        address: None,
        details: None,
        hash: String::new(),
    };
    let things = vec![Thing::Activity(Box::new(entry))];
    file.mirror.apply(Batch { things, ..file.batch([]) }).unwrap();
    let tombstone = file.mirror.tombstones(None, None, 10).unwrap().remove(0);
    assert_eq!((tombstone.at, tombstone.why.as_deref()), (at(60), Some("Lost")));
    assert_eq!((tombstone.key, tombstone.who), (device("a").key_fingerprint, Some(EndedBy::Other { actor })));
}

#[test]
fn a_device_that_this_person_revoked_says_so() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a")]);
    file.mirror.ask(&place("a"), &Intent::Revoke { reason: None }, at(0), &rng).unwrap();
    let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(sent.id, 1, Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.some([revoked(device("a"))]);
    assert_eq!(file.mirror.tombstones(None, None, 10).unwrap()[0].who, Some(EndedBy::You));
}

const WHOLE: Whole = Whole { devices: true, others: true };

fn lost() -> Intent {
    Intent::Revoke { reason: Some("Lost on a train".parse().unwrap()) }
}

#[test]
fn why_a_device_was_removed_at_a_gateway_is_known_from_what_was_asked_for() {
    let (file, rng) = (File::new(), Counting::default());
    file.look(WHOLE, vec![thing(device("a"))]);
    file.mirror.ask(&place("a"), &lost(), at(0), &rng).unwrap();
    let sent = file.mirror.take_several(&platform(), 1, at(1)).unwrap().remove(0);
    file.mirror.settle_all(vec![(sent.id, 1, Answer::Done { revision: None })], at(2), &rng).unwrap();
    file.look(WHOLE, vec![]);
    let tombstone = file.mirror.tombstones(None, None, 10).unwrap().remove(0);
    assert_eq!((tombstone.who, tombstone.why.as_deref()), (Some(EndedBy::You), Some("Lost on a train")));
}

#[test]
fn a_removal_whose_answer_was_lost_is_known_to_have_been_ours_once_it_is_acknowledged() {
    let (file, rng) = (File::new(), Counting::default());
    file.look(WHOLE, vec![thing(device("a"))]);
    file.mirror.ask(&place("a"), &lost(), at(0), &rng).unwrap();
    let first = file.mirror.take_several(&platform(), 1, at(1)).unwrap().remove(0);
    file.mirror.settle_all(vec![(first.id, 1, Answer::Lost)], at(2), &rng).unwrap();
    file.look(WHOLE, vec![]);
    assert_eq!(file.mirror.tombstones(None, None, 10).unwrap()[0].who, None);
    let second = file.mirror.take_several(&platform(), 1, at(60)).unwrap().remove(0);
    file.mirror.settle_all(vec![(second.id, 2, Answer::Done { revision: None })], at(61), &rng).unwrap();
    let tombstone = file.mirror.tombstones(None, None, 10).unwrap().remove(0);
    assert_eq!((tombstone.who, tombstone.why.as_deref()), (Some(EndedBy::You), Some("Lost on a train")));
}

#[test]
fn whoever_revoked_a_device_before_this_person_did_is_named_with_their_reason() {
    let (file, rng) = (File::new(), Counting::default());
    let ahead = |batch: Batch| Batch { reading: batch.reading.with_clock_ahead(Some(0)), ..batch };
    let everything = || Batch { extent: Extent::Everything { cursor: None }, ..file.batch([device("a")]) };
    file.mirror.apply(ahead(everything())).unwrap();
    // Asked for while offline; a platform acknowledges the revocation of what is revoked, which it was a minute after the clocks began.
    file.mirror.ask(&place("a"), &lost(), at(30), &rng).unwrap();
    let sent = file.mirror.take_several(&platform(), 1, at(200)).unwrap().remove(0);
    file.mirror.settle_all(vec![(sent.id, 1, Answer::Done { revision: None })], at(201), &rng).unwrap();
    file.some([Device { reason: Some("Sold".into()), ..revoked(device("a")) }]);
    let actor = ActivityActor { kind: ActorKind::Member, id: Some("mem-1".into()), name: Some("Ana".into()) };
    let subjects = vec![ActivitySubject { id: "a".into(), name: None }];
    let entry = ActivityEntry { actor: actor.clone(), subjects, ..crate::common::entry(1, "device_revoked", ActorKind::Member) };
    file.mirror.apply(Batch { things: vec![Thing::Activity(Box::new(entry))], ..file.batch([]) }).unwrap();
    let tombstone = file.mirror.tombstones(None, None, 10).unwrap().remove(0);
    assert_eq!((tombstone.at, tombstone.why.as_deref()), (at(60), Some("Sold")));
    assert_eq!(tombstone.who, Some(EndedBy::Other { actor }));
}

#[test]
fn a_member_whom_the_activity_names_has_revoked_it_whatever_was_sent_again_meanwhile() {
    let actor = ActivityActor { kind: ActorKind::Member, id: Some("mem-1".into()), name: Some("Ana".into()) };
    for log_comes_first in [true, false] {
        let (file, rng) = (File::new(), Counting::default());
        file.some([device("a")]);
        file.mirror.ask(&place("a"), &lost(), at(30), &rng).unwrap();
        let first = file.mirror.take_several(&platform(), 1, at(40)).unwrap().remove(0);
        file.mirror.settle_all(vec![(first.id, 1, Answer::Lost)], at(41), &rng).unwrap();
        let subjects = vec![ActivitySubject { id: "a".into(), name: None }];
        let entry =
            ActivityEntry { actor: actor.clone(), subjects, ..crate::common::entry(1, "device_revoked", ActorKind::Member) };
        let log = || file.mirror.apply(Batch { things: vec![Thing::Activity(Box::new(entry.clone()))], ..file.batch([]) }).unwrap();
        if log_comes_first {
            log();
        }
        let second = file.mirror.take_several(&platform(), 1, at(200)).unwrap().remove(0);
        file.mirror.settle_all(vec![(second.id, 2, Answer::Done { revision: None })], at(201), &rng).unwrap();
        file.some([Device { reason: Some("Sold".into()), ..revoked(device("a")) }]);
        if !log_comes_first {
            log();
        }
        let tombstone = file.mirror.tombstones(None, None, 10).unwrap().remove(0);
        assert_eq!((tombstone.who, tombstone.why.as_deref()), (Some(EndedBy::Other { actor: actor.clone() }), Some("Sold")));
    }
}

#[test]
fn a_key_that_comes_back_raises_one_alarm_until_somebody_has_looked() {
    let file = File::new();
    file.some([revoked(device("a"))]);
    file.some([returned("b")]);
    file.some([Device { revision: 7, ..returned("b") }]);
    let alarms = file.mirror.alarms().unwrap();
    assert_eq!(alarms.len(), 1);
    assert_eq!((&alarms[0].place, alarms[0].tombstone.place.id.as_str()), (&place("b"), "a"));
    file.mirror.acknowledge_alarm(alarms[0].number, at(9)).unwrap();
    assert_eq!(file.mirror.alarms().unwrap(), []);
}

#[test]
fn a_key_that_came_back_before_its_end_was_heard_of_is_an_alarm_too() {
    let file = File::new();
    file.some([device("a"), returned("b")]);
    file.some([revoked(device("a"))]);
    assert_eq!(file.mirror.alarms().unwrap().len(), 1);
}

#[test]
fn the_same_key_that_was_let_in_elsewhere_before_is_no_alarm() {
    let file = File::new();
    file.some([device("a"), Device { paired_at: at(-100).to_string(), ..returned("b") }]);
    file.some([revoked(device("a"))]);
    assert_eq!(file.mirror.alarms().unwrap(), []);
}

#[test]
fn a_device_that_vanished_and_is_listed_again_is_an_alarm() {
    let file = File::new();
    file.everything([device("a")]);
    file.everything([]);
    assert_eq!(file.mirror.tombstones(None, None, 10).unwrap()[0].standing, Standing::Gone);
    file.everything([device("a")]);
    assert_eq!(file.mirror.device(&place("a")).unwrap().standing, Standing::Active);
    assert_eq!(file.mirror.alarms().unwrap().len(), 1);
}

#[test]
fn a_key_that_asks_again_under_the_same_name_is_an_alarm_again() {
    let (file, whole) = (File::new(), WHOLE);
    let asks = |other_keys| {
        let asks =
            Request { key_fingerprint: device("a").key_fingerprint, other_keys, ..request("device-a", PairingStatus::Waiting) };
        Thing::Request(Box::new(asks.into()))
    };
    file.look(whole, vec![thing(device("a"))]);
    file.look(whole, vec![]);
    file.look(whole, vec![asks(0)]);
    file.mirror.acknowledge_alarm(file.mirror.alarms().unwrap()[0].number, at(9)).unwrap();
    file.look(whole, vec![asks(1)]);
    assert_eq!(file.mirror.alarms().unwrap(), [], "it is the request that somebody has looked at");
    file.look(whole, vec![]);
    file.look(whole, vec![asks(0)]);
    assert_eq!(file.mirror.alarms().unwrap().len(), 1);
}

#[test]
fn a_device_that_joined_again_and_was_removed_by_others_was_not_ended_here() {
    let (file, rng) = (File::new(), Counting::default());
    file.everything([device("a")]);
    file.mirror.ask(&place("a"), &Intent::Revoke { reason: None }, at(0), &rng).unwrap();
    let sent = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(sent.id, 1, Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.everything([]);
    file.everything([Device { paired_at: at(100).to_string(), ..device("a") }]);
    let later =
        Batch { reading: file.mirror.reading(at(200)).unwrap(), extent: Extent::Everything { cursor: None }, ..file.batch([]) };
    file.mirror.apply(later).unwrap();
    let ended: Vec<_> = file.mirror.tombstones(None, None, 10).unwrap().into_iter().map(|tombstone| tombstone.who).collect();
    assert_eq!(ended, [None, Some(EndedBy::You)]);
}
