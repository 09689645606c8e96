use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use clawpair_api::{Alert, AlertStatus};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::rng::SystemRng;
use clawpair_core::watch::Severity;
use clawpair_mirror::{Extent, Thing, Whole};
use clawpair_openclaw::access::{Role, Scope};
use clawpair_openclaw::operations::DeviceList;
use clawpair_openclaw::returned::{Back, How, ThrownOut};
use clawpair_openclaw::supervisor::Snapshot;
use rusqlite::Connection;
use serde_json::json;

use super::super::alerts::{Alerts, DEVICE_RETURNED, Hit};
use super::super::back::{Noticed, back};
use super::super::reading::{Age, everything};
use super::super::roster::Roster;
use super::super::thrown_out::{Memory, Remembered, Stand};
use super::{AHEAD, NOW, identity, paired, pending, roster};
use crate::settings::Settings;

/// When the gateway was asked.
const ASKED: Timestamp = Timestamp::from_millis(NOW.as_millis() + AHEAD);

struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn gone(number: u8, how: How) -> ThrownOut {
    ThrownOut { device: identity(number).id(), how, at: Timestamp::from_millis(NOW.as_millis() + AHEAD - 120_000) }
}

fn known(gone: &ThrownOut, stand: Stand) -> Remembered {
    Remembered { gone: gone.clone(), stand, let_in: None }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// How long what was asked for may be under way.
const MINUTE: i64 = 60_000;

fn settings() -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::open(&folder.path().join("app.db")).unwrap();
    (folder, settings)
}

#[test]
fn coming_nearer_is_told_once() {
    let asking = DeviceList { pending: vec![pending(1, "Pixel", 10, &json!({}))], ..DeviceList::default() };
    let back_in = DeviceList { paired: vec![paired(1, "Pixel", &json!({}))], ..DeviceList::default() };
    let away = DeviceList::default();
    let mut remembered = vec![known(&gone(1, How::Removed), Stand::Out)];
    let mut step = |list: &DeviceList| {
        let changed = back(list, ASKED, &remembered, None);
        for noticed in &changed {
            remembered[0].stand = noticed.now.unwrap();
        }
        changed.into_iter().find_map(|noticed| noticed.hit)
    };
    assert!(step(&away).is_none());
    let hit = step(&asking).unwrap();
    assert_eq!((hit.severity, hit.subject), (Severity::Medium, identity(1).id().to_string()));
    assert!(hit.sentence.contains("“Pixel” was removed here and asks"), "{}", hit.sentence);
    assert!(step(&asking).is_none(), "the same look again is no news");
    assert_eq!(step(&back_in).unwrap().severity, Severity::High);
    assert!(step(&asking).is_none() && step(&away).is_none());
    assert!(step(&asking).is_some(), "it left and came again");
}

#[test]
fn a_revoked_token_is_back_when_there_is_another() {
    let remembered = [known(&gone(1, How::Revoked(Role::Operator)), Stand::Out)];
    let revoked = json!({"tokens": [{"role": "operator", "revokedAtMs": 1}]});
    let list = |more| DeviceList { paired: vec![paired(1, "Pixel", more)], ..DeviceList::default() };
    assert!(back(&list(&revoked), ASKED, &remembered, None).is_empty());
    let hit = back(&list(&json!({})), ASKED, &remembered, None).remove(0).hit.unwrap();
    assert!(hit.sentence.contains("its token as operator revoked"), "{}", hit.sentence);
}

#[test]
fn a_look_that_began_before_the_end_was_acknowledged_says_nothing_of_it() {
    let list = DeviceList { paired: vec![paired(1, "Pixel", &json!({}))], ..DeviceList::default() };
    for how in [How::Removed, How::Revoked(Role::Operator)] {
        let gone = gone(1, how);
        let remembered = [known(&gone, Stand::Back(Back::Asking))];
        assert!(back(&list, gone.at, &remembered, None).is_empty(), "not even that it went away");
        let later = at(gone.at.as_millis() + 1);
        assert_eq!(back(&list, later, &remembered, None)[0].now, Some(Stand::Back(Back::In)));
    }
}

#[test]
fn a_look_that_began_before_a_removal_does_not_bring_the_device_back_into_the_copy() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    memory.throw_out(&ThrownOut { at: ASKED, ..gone(1, How::Removed) }).unwrap();
    memory.throw_out(&ThrownOut { at: ASKED, ..gone(2, How::Revoked(Role::Operator)) }).unwrap();
    memory.throw_out(&gone(3, How::Removed)).unwrap();
    memory.is_to_go(&ThrownOut { at: ASKED, ..gone(4, How::Removed) }).unwrap();
    let roster = roster((1..=4).map(|number| paired(number, "Pixel", &json!({}))).collect());
    let removed = memory.removed_since(roster.snapshot.taken).unwrap();
    let brought = everything(&roster, &identity(9).id(), &removed, NOW);
    assert!(
        matches!(brought.extent, Extent::Look { whole: Whole { devices: false, others: true }, .. }),
        "that it is missing is our own word and confirms nothing"
    );
    let ids = brought.things.iter().map(|thing| match thing {
        Thing::Device(record) => record.device.id.clone(),
        other => panic!("{other:?}"),
    });
    let listed = [2, 3, 4].map(|number| identity(number).id().to_string());
    assert_eq!(ids.collect::<Vec<_>>(), listed, "the third is really back, and the fourth may never have been out");
}

#[test]
fn looks_are_in_the_order_of_this_computers_clock_whatever_a_connection_makes_of_the_gateways() {
    let look = |begun: i64, ahead_millis: i64| {
        let taken = Timestamp::from_millis(NOW.as_millis() + begun + ahead_millis);
        Snapshot { taken, ahead_millis, ..Snapshot::clone(&roster(Vec::new()).snapshot) }
    };
    let read = |look: Snapshot| {
        let begun = look.here(look.taken);
        let brought = everything(&Roster::new(Arc::new(look)), &identity(9).id(), &HashSet::new(), NOW);
        assert_eq!(brought.as_of, Some(begun), "it is as old as that");
        brought.extent.cursor().cloned().unwrap()
    };
    let read = read(look(5, AHEAD));
    let age = |look: &Snapshot| Age::of(look, Some(&read));
    for ahead in [AHEAD, AHEAD - 3_000, 0] {
        assert_eq!([4, 5, 6].map(|begun| age(&look(begun, ahead))), [Age::Earlier, Age::Known, Age::Later]);
    }
    assert_eq!([None, Some("abc")].map(|read| Age::of(&look(5, AHEAD), read)), [Age::Later; 2]);
}

#[test]
fn a_request_that_cannot_be_read_keeps_no_device_from_being_missed() {
    let whole = |pending, paired, nodes, scope| {
        let mut looked = Snapshot::clone(&roster(Vec::new()).snapshot);
        (looked.devices.unreadable_pending, looked.devices.unreadable_paired, looked.nodes.unreadable) = (pending, paired, nodes);
        looked.scopes = vec![scope];
        match everything(&Roster::new(Arc::new(looked)), &identity(9).id(), &HashSet::new(), NOW).extent {
            Extent::Look { whole: Whole { devices, others }, .. } => (devices, others),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(whole(0, 0, 0, Scope::Pairing), (true, true));
    assert_eq!(whole(1, 0, 0, Scope::Pairing), (true, false));
    assert_eq!(whole(0, 0, 1, Scope::Pairing), (true, false));
    assert_eq!(whole(0, 1, 0, Scope::Pairing), (false, true));
    assert_eq!(whole(0, 0, 0, Scope::Read), (false, false), "what may not be seen is not gone either");
}

#[test]
fn thrown_out_devices_are_remembered_per_gateway_until_they_are_let_in() {
    let (_folder, settings) = settings();
    let (one, other) = (Memory { settings: &settings, platform: "plat-1" }, Memory { settings: &settings, platform: "plat-2" });
    let revoked = gone(1, How::Revoked(Role::Operator));
    one.throw_out(&revoked).unwrap();
    let back_in = Noticed { before: known(&revoked, Stand::Out), now: Some(Stand::Back(Back::In)), hit: None };
    one.note(&back_in, never_raised).unwrap();
    one.is_to_come_in(&revoked.device, ASKED).unwrap();
    let before = [Remembered { let_in: Some(ASKED), ..known(&revoked, Stand::Back(Back::In)) }];
    assert_eq!(one.all().unwrap(), before);
    let removed = gone(1, How::Removed);
    assert_eq!(one.is_to_go(&removed).unwrap(), before);
    assert_eq!(one.all().unwrap(), [known(&removed, Stand::Unanswered)]);
    one.put_back(&removed.device, &before).unwrap();
    assert_eq!(one.all().unwrap(), before, "a refusal leaves everything as it was");
    one.throw_out(&removed).unwrap();
    assert_eq!(one.all().unwrap(), [known(&removed, Stand::Out)], "removing includes every role");
    assert!(other.all().unwrap().is_empty());
    one.let_in(&removed.device).unwrap();
    assert!(one.all().unwrap().is_empty());
}

fn never_raised(_: &Connection, hit: &Hit) -> rusqlite::Result<Alert> {
    panic!("nothing is to be told: {}", hit.sentence)
}

#[test]
fn of_a_removal_whose_answer_was_lost_later_looks_tell() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    let removed = gone(1, How::Removed);
    memory.is_to_go(&removed).unwrap();
    let approved = |at: i64| json!({"approvedAtMs": removed.at.as_millis() + at});
    let list = |at| DeviceList { paired: vec![paired(1, "Pixel", &approved(at))], ..DeviceList::default() };
    let just_after = at(removed.at.as_millis() + MINUTE - 1);
    let noticed = |list: &DeviceList| back(list, just_after, &memory.all().unwrap(), None);
    assert!(noticed(&list(-1)).is_empty(), "it may not have arrived, and is no return");
    let again = noticed(&list(1)).remove(0);
    assert_eq!((again.now, again.hit.is_some()), (Some(Stand::Back(Back::In)), true), "it was let in after it was asked for");
    let asks = DeviceList { pending: vec![pending(1, "Pixel", 10, &json!({}))], ..DeviceList::default() };
    assert!(noticed(&asks).remove(0).hit.unwrap().sentence.contains("asks"));
    let gone = noticed(&DeviceList::default()).remove(0);
    assert_eq!((gone.now, gone.hit.is_some()), (Some(Stand::Out), false));
    memory.note(&gone, never_raised).unwrap();
    assert!(noticed(&list(-1)).remove(0).hit.is_some(), "it was out, and is back");
}

#[test]
fn a_device_that_was_never_out_does_not_come_back_when_it_is_approved_again() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    for how in [How::Removed, How::Revoked(Role::Operator)] {
        let asked = gone(1, how);
        let look = |after: i64| at(asked.at.as_millis() + after);
        let list = |approved: Timestamp| DeviceList {
            paired: vec![paired(1, "Pixel", &json!({"approvedAtMs": approved.as_millis()}))],
            ..DeviceList::default()
        };
        let step = |approved, began, refused| {
            for noticed in back(&list(approved), began, &memory.all().unwrap(), refused) {
                memory.note(&noticed, never_raised).unwrap();
            }
            memory.all().unwrap().len()
        };
        // Nobody has asked again; it is still in after so long that nothing can be under way.
        memory.is_to_go(&asked).unwrap();
        assert_eq!(step(look(-1), look(MINUTE - 1), None), 1);
        assert_eq!(step(look(-1), look(MINUTE), None), 0);
        assert_eq!(step(look(MINUTE + 1), look(MINUTE + 2), None), 0, "nothing is left that it could return from");
        // The gateway has refused the next attempt.
        memory.is_to_go(&asked).unwrap();
        assert_eq!(step(look(-1), look(2), None), 1);
        assert_eq!(step(look(-1), look(2), Some(identity(2).id())), 1, "that is about another one");
        assert_eq!(step(look(-1), look(2), Some(asked.device)), 0);
    }
}

#[test]
fn that_a_device_was_thrown_out_is_known_until_a_look_shows_that_it_was_let_in() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    let removed = gone(1, How::Removed);
    let look = |after: i64| at(removed.at.as_millis() + 10_000 + after);
    let away = DeviceList::default();
    let asks = DeviceList { pending: vec![pending(1, "Pixel", 10, &json!({}))], ..DeviceList::default() };
    let is_in = DeviceList { paired: vec![paired(1, "Pixel", &json!({}))], ..DeviceList::default() };
    let out = known(&removed, Stand::Back(Back::Asking));
    // Of the device that is asked to be let in at the beginning, after these looks: what is known and how often it was told.
    let after = |looks: &[(&DeviceList, i64)]| {
        memory.put_back(&removed.device, std::slice::from_ref(&out)).unwrap();
        memory.is_to_come_in(&removed.device, look(0)).unwrap();
        let mut told = 0;
        for (list, after) in looks {
            for noticed in back(list, look(*after), &memory.all().unwrap(), None) {
                told += usize::from(noticed.hit.is_some());
                memory.note(&Noticed { hit: None, ..noticed }, never_raised).unwrap();
            }
        }
        (memory.all().unwrap().first().map(|known| (known.stand, known.let_in.is_some())), told)
    };
    assert_eq!(after(&[(&is_in, 1)]), (None, 0), "it is in, as it should be");
    assert_eq!(after(&[(&asks, 0), (&away, 0)]), (Some((out.stand, true)), 0), "these began before");
    assert_eq!(after(&[(&asks, 1), (&is_in, 2)]), (None, 0), "it was only not yet let in");
    assert_eq!(after(&[(&away, 1)]), (Some((Stand::Out, false)), 0), "nothing has come of it");
    assert_eq!(after(&[(&away, 1), (&is_in, 2)]), (Some((Stand::Back(Back::In), false)), 1));
    assert_eq!(after(&[(&asks, MINUTE)]), (Some((out.stand, false)), 0), "that it asks was told before");
    assert_eq!(after(&[(&asks, MINUTE), (&is_in, MINUTE + 1)]), (Some((Stand::Back(Back::In), false)), 1));
    memory.is_to_come_in(&removed.device, look(0)).unwrap();
    memory.stays_out(&removed.device).unwrap();
    assert_eq!(memory.all().unwrap()[0].let_in, None, "the gateway has refused");
}

#[test]
fn a_device_that_was_found_to_be_out_is_remembered_once() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    let removed = gone(1, How::Removed);
    memory.is_gone(&removed).unwrap();
    assert_eq!(memory.all().unwrap(), [known(&removed, Stand::Out)]);
    memory.is_gone(&ThrownOut { at: ASKED, ..removed.clone() }).unwrap();
    assert_eq!(memory.all().unwrap()[0].gone, removed, "what is known since is kept");
    memory.is_to_go(&removed).unwrap();
    memory.is_gone(&ThrownOut { at: ASKED, ..removed }).unwrap();
    assert_eq!(memory.all().unwrap()[0].gone.at, ASKED, "what was not heard is known now");
}

#[test]
fn a_return_is_noted_with_its_alert_or_not_at_all() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    let clock = Hands(Mutex::new(NOW));
    let alerts = Alerts { settings: &settings, platform: "plat-1", clock: &clock };
    memory.throw_out(&gone(1, How::Removed)).unwrap();
    let list = DeviceList { paired: vec![paired(1, "Pixel", &json!({}))], ..DeviceList::default() };
    let noticed = back(&list, ASKED, &memory.all().unwrap(), None).remove(0);
    let fails = |_: &Connection, _: &Hit| Err(rusqlite::Error::QueryReturnedNoRows);
    memory.note(&noticed, fails).unwrap_err();
    let noticed = back(&list, ASKED, &memory.all().unwrap(), None).remove(0);
    let raise = |database: &Connection, hit: &Hit| alerts.raise_in(database, hit, &SystemRng);
    assert_eq!(memory.note(&noticed, raise).unwrap().unwrap().count, 1, "it is told by the next look");
    assert!(memory.note(&noticed, raise).unwrap().is_none(), "another program has told it already");
    assert_eq!(alerts.page(AlertStatus::Open, None).unwrap().alerts[0].count, 1);
}

#[test]
fn a_code_that_was_used_before_a_device_was_thrown_out_lets_nobody_in() {
    let (_folder, settings) = settings();
    let memory = Memory { settings: &settings, platform: "plat-1" };
    let removed = gone(1, How::Removed);
    memory.throw_out(&removed).unwrap();
    memory.let_in_at(&removed.device, at(removed.at.as_millis() - 1)).unwrap();
    assert_eq!(memory.all().unwrap().len(), 1);
    memory.let_in_at(&removed.device, ASKED).unwrap();
    assert!(memory.all().unwrap().is_empty());
}

#[test]
fn an_alert_is_counted_until_somebody_looks() {
    let (_folder, settings) = settings();
    let clock = Hands(Mutex::new(NOW));
    let alerts = Alerts { settings: &settings, platform: "plat-1", clock: &clock };
    let hit = |severity| Hit { rule: DEVICE_RETURNED, severity, sentence: "It is back.".into(), subject: "device".into() };
    let first = alerts.raise(&hit(Severity::Medium), &SystemRng).unwrap();
    *clock.0.lock().unwrap() = NOW.plus_minutes(5);
    let again = alerts.raise(&hit(Severity::High), &SystemRng).unwrap();
    assert_eq!((&again.id, again.count, again.severity), (&first.id, 2, Severity::High));
    assert_eq!((again.first_at, again.last_at), (NOW.to_string(), NOW.plus_minutes(5).to_string()));
    let seen = alerts.acknowledge(&first.id, Some("My own phone.")).unwrap().unwrap();
    assert_eq!((seen.status, seen.note.as_deref()), (AlertStatus::Acknowledged, Some("My own phone.")));
    let next = alerts.raise(&hit(Severity::High), &SystemRng).unwrap();
    assert_eq!(next.count, 1, "what somebody has looked at is over");
    let ids = |status| alerts.page(status, None).unwrap().alerts.into_iter().map(|alert| alert.id).collect::<Vec<_>>();
    assert_eq!((ids(AlertStatus::Open), ids(AlertStatus::Acknowledged)), (vec![next.id], vec![first.id]));
    assert!(alerts.acknowledge("alert-none", None).unwrap().is_none());
}

#[test]
fn alerts_come_in_pages_and_are_bounded() {
    let (_folder, settings) = settings();
    let clock = Hands(Mutex::new(NOW));
    let alerts = Alerts { settings: &settings, platform: "plat-1", clock: &clock };
    for number in 0..1_002_u32 {
        *clock.0.lock().unwrap() = NOW.plus_minutes(number);
        let hit = Hit { rule: DEVICE_RETURNED, severity: Severity::High, sentence: String::new(), subject: number.to_string() };
        alerts.raise(&hit, &SystemRng).unwrap();
    }
    let (mut subjects, mut after) = (Vec::new(), None);
    loop {
        let page = alerts.page(AlertStatus::Open, after.as_deref()).unwrap();
        subjects.extend(page.alerts.into_iter().filter_map(|alert| alert.subject));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let newest: Vec<String> = (2..1_002).rev().map(|number| number.to_string()).collect();
    assert_eq!(subjects, newest);
}
