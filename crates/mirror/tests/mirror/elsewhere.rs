//! A search through everything that is no device: tombstones, the journal and the activity of platforms.

use clawpair_api::{ActivityActor, ActivityEntry, ActivitySubject, ActorKind, Device};
use clawpair_core::search::Search;
use clawpair_mirror::{About, Act, Batch, DeviceFilter, DeviceQuery, Extent, JournalFilter, Mirror, Noted, PlatformId, Thing};

use crate::common::{File, at, device, entry, place, platform, revoked};

fn search(words: &str) -> Search {
    words.parse().unwrap()
}

/// The ids of the tombstones that are found.
fn buried(mirror: &Mirror, words: &str) -> Vec<String> {
    mirror.tombstones(Some(&search(words)), None, 10).unwrap().into_iter().map(|found| found.place.id).collect()
}

/// The numbers of the entries of the journal that are found.
fn noted(mirror: &Mirror, words: &str) -> Vec<i64> {
    let filter = JournalFilter { search: Some(search(words)), ..JournalFilter::default() };
    mirror.journal(&filter, None, 10).unwrap().0.into_iter().map(|told| told.entry.number).collect()
}

/// The platforms and numbers of the entries of activity that are found.
fn told(mirror: &Mirror, words: &str) -> Vec<String> {
    let found = mirror.search_activity(&search(words), None, 10).unwrap();
    found.into_iter().map(|found| format!("{}{}", found.platform, found.entry.number)).collect()
}

fn named(id: &str, name: &str) -> Device {
    Device { name: name.into(), ..device(id) }
}

/// Somebody has done something to a device.
fn done(number: i64, action: &str, who: &str, device: &str) -> Thing {
    let actor = ActivityActor { kind: ActorKind::Member, id: Some("mem-1".into()), name: Some(who.into()) };
    let subjects = vec![ActivitySubject { id: device.into(), name: Some(format!("Sensor {device}")) }];
    Thing::Activity(Box::new(ActivityEntry { actor, subjects, ..entry(number, action, ActorKind::Member) }))
}

fn tells(file: &File, to: &PlatformId, things: Vec<Thing>) {
    file.mirror.apply(Batch { platform: to.clone(), things, ..file.batch([]) }).unwrap();
}

/// Two devices that are over, two that are not, and what was done.
fn file() -> File {
    let file = File::new();
    let lost = Device { reason: Some("Lost in the yard".into()), ..revoked(named("a", "Kitchenette tablet")) };
    file.some([lost, revoked(named("b", "Kitchen tablet")), named("c", "Hall lamp"), named("d", "Roof lamp")]);
    tells(&file, &platform(), vec![done(1, "device_revoked", "Ana", "a"), done(2, "device_renamed", "Bo", "c")]);
    file
}

#[test]
fn tombstones_are_found_by_all_that_is_told_of_them() {
    let file = file();
    let found = |words: &str| buried(&file.mirror, words);
    assert_eq!(found("tablet"), ["b", "a"]);
    assert_eq!(found("kitchen tab"), ["b", "a"]);
    assert_eq!(found("kitchenet"), ["a"], "what comes after six characters counts, too");
    assert_eq!(found("yard"), ["a"]);
    assert_eq!(found("ANA"), ["a"], "who has ended it became known later");
    assert_eq!(found(&device("b").key_fingerprint), ["b"]);
    assert_eq!(found("platform tablet"), ["b", "a"]);
    assert!(found("lamp").is_empty());
    assert!(found("tablet nobody").is_empty());
    let first = file.mirror.tombstones(Some(&search("tablet")), None, 1).unwrap().remove(0);
    let rest = file.mirror.tombstones(Some(&search("tablet")), Some(first.number), 10).unwrap();
    assert_eq!(rest.into_iter().map(|found| found.place.id).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn what_is_over_is_found_by_its_platform_after_that_was_forgotten() {
    let file = file();
    file.mirror.forget_platform(&platform(), at(9)).unwrap();
    assert_eq!(buried(&file.mirror, "platf"), ["b", "a"]);
    assert!(told(&file.mirror, "sensor").is_empty(), "its activity went with it");
    assert_eq!(noted(&file.mirror, "platform forgotten"), [1]);
}

#[test]
fn the_journal_is_found_by_what_its_device_is_called_now() {
    let file = file();
    let act = |act, details: Option<&str>| {
        let noted = Noted { act, about: About::Thing(place("c")), details: details.map(str::to_owned), refused: None };
        file.mirror.note(&[noted], at(5)).unwrap();
    };
    let unknown = Noted { act: Act::RevokeDevice, about: About::Thing(place("later")), details: None, refused: None };
    act(Act::DisableDevice, None);
    act(Act::EnableDevice, Some("after the repair"));
    assert_eq!(noted(&file.mirror, "hall"), [2, 1]);
    assert_eq!(noted(&file.mirror, "platform lamp disable"), [1]);
    assert_eq!(noted(&file.mirror, "repair"), [2]);
    file.some([Device { revision: 2, ..named("c", "Cellar lamp") }]);
    assert!(noted(&file.mirror, "hall").is_empty());
    assert_eq!(noted(&file.mirror, "cellar"), [2, 1]);
    let narrowed = JournalFilter { search: Some(search("cellar")), action: Some("disable_device".into()), actor: None };
    let (found, next) = file.mirror.journal(&narrowed, None, 1).unwrap();
    assert_eq!((found[0].entry.number, next), (1, None));
    let all = JournalFilter { search: Some(search("cellar")), ..JournalFilter::default() };
    let (found, next) = file.mirror.journal(&all, None, 1).unwrap();
    assert_eq!((found[0].entry.number, next), (2, Some(2)));
    file.mirror.note(&[unknown], at(6)).unwrap();
    assert!(noted(&file.mirror, "porch").is_empty());
    file.some([named("later", "Porch lamp")]);
    assert_eq!(noted(&file.mirror, "porch"), [3], "it was not known yet");
    file.mirror.verify_journal().unwrap().unwrap();
}

#[test]
fn activity_is_found_on_all_platforms_the_last_known_first() {
    let file = file();
    let other: PlatformId = "q".parse().unwrap();
    file.mirror.enter_platform(&other, &"Workshop".parse().unwrap()).unwrap();
    tells(&file, &other, vec![done(1, "device_renamed", "Cy", "x")]);
    assert_eq!(told(&file.mirror, "sensor"), ["q1", "p2", "p1"]);
    assert_eq!(told(&file.mirror, "renamed"), ["q1", "p2"]);
    assert_eq!(told(&file.mirror, "bo"), ["p2"]);
    assert_eq!(told(&file.mirror, "workshop"), ["q1"]);
    file.mirror.enter_platform(&other, &"Garage".parse().unwrap()).unwrap();
    assert_eq!((told(&file.mirror, "workshop").len(), told(&file.mirror, "garage")), (0, vec!["q1".to_owned()]));
    let first = file.mirror.search_activity(&search("sensor"), None, 1).unwrap().remove(0);
    let rest = file.mirror.search_activity(&search("sensor"), Some(first.known), 10).unwrap();
    assert_eq!(rest.into_iter().map(|found| found.entry.number).collect::<Vec<_>>(), [2, 1]);
    // It was put back from a backup, and has another log now.
    let extent = Extent::Everything { cursor: Some("1".into()) };
    let things = vec![done(1, "device_joined", "Di", "y")];
    file.mirror.apply(Batch { platform: other, extent, things, ..file.batch([]) }).unwrap();
    assert_eq!(told(&file.mirror, "garage"), ["q1"]);
    assert!(told(&file.mirror, "cy").is_empty());
    assert_eq!(told(&file.mirror, "di"), ["q1"]);
}

#[test]
fn very_many_entries_are_found_whatever_pieces_the_index_is_in() {
    let file = File::new();
    for first in (0..4_000).step_by(10) {
        tells(&file, &platform(), (first..first + 10).map(|n| done(n + 1, "device_tagged", "Ana", &format!("n{n:04}"))).collect());
    }
    for n in [0, 17, 1_999, 3_999] {
        assert_eq!(told(&file.mirror, &format!("sensor n{n:04}")), [format!("p{}", n + 1)]);
    }
}

/// Of a word that begins as many others do, an index looks at few of those.
#[test]
fn a_word_that_only_begins_as_very_many_do_is_found_wherever_it_is() {
    let file = File::new();
    let names = (0..3_000).map(|n| named(&format!("n{n}"), if n == 5 { "Sensorium" } else { "Sensor hub" }));
    file.some(names);
    let query = |words: &str, after| DeviceQuery {
        filter: DeviceFilter { search: Some(search(words)), ..DeviceFilter::default() },
        limit: 10,
        after,
        ..DeviceQuery::default()
    };
    let found = |words| file.mirror.devices(&query(words, None)).unwrap();
    assert_eq!(found("sensorium").devices.iter().map(|found| found.record.device.id.as_str()).collect::<Vec<_>>(), ["n5"]);
    assert!(found("sensors").devices.is_empty());
    let first = found("sensor");
    let rest = file.mirror.devices(&query("sensor", first.next.clone())).unwrap();
    assert_eq!((first.devices.len(), rest.devices.len()), (10, 10));
    let things: Vec<Thing> =
        (0..3_000).map(|n| done(n + 1, "device_tagged", if n == 7 { "Sensorial" } else { "Ana" }, "x")).collect();
    tells(&file, &platform(), things);
    assert_eq!(told(&file.mirror, "sensorial"), ["p8"]);
    assert!(told(&file.mirror, "sensors ana").is_empty());
}

#[test]
fn what_an_older_program_has_written_is_found_too() {
    let file = file();
    file.mirror.note(&[Noted { act: Act::BackUp, about: About::File, details: None, refused: None }], at(5)).unwrap();
    let path = file.mirror.path().to_owned();
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    let db = rusqlite::Connection::open(&path).unwrap();
    for index in ["tombstone_search", "journal_search", "activity_search"] {
        db.execute(&format!("INSERT INTO {index} ({index}) VALUES ('delete-all')"), []).unwrap();
    }
    db.execute("UPDATE state SET words_entered = 0", []).unwrap();
    drop(db);
    let mirror = Mirror::open(&path).unwrap();
    assert_eq!(buried(&mirror, "ana"), ["a"]);
    assert_eq!(noted(&mirror, "back"), [1]);
    assert_eq!(told(&mirror, "renamed"), ["p2"]);
}
