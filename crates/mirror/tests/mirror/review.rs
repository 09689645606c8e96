use clawpair_api::Device;
use clawpair_mirror::{Batch, DeviceFilter, DeviceQuery, DeviceRecord, ReviewKind, ReviewSummary, Thing, Whole};

use crate::common::{File, at, device, revoked};

fn allowed(id: &str, permission: &str) -> Device {
    Device { permissions: vec![permission.into()], revision: 2, ..device(id) }
}

fn counts(file: &File) -> (i64, i64, i64) {
    let ReviewSummary { added, ended, rights, .. } = file.mirror.review_summary().unwrap();
    (added, ended, rights)
}

#[test]
fn what_was_added_ended_or_may_do_something_else_is_to_be_looked_at() {
    let file = File::new();
    file.some([device("a"), device("b")]);
    file.some([allowed("a", "lights:control"), revoked(device("b"))]);
    assert_eq!(counts(&file), (2, 1, 1));
    let rights = file.mirror.review(Some(ReviewKind::Rights), 0, 10).unwrap().remove(0);
    assert_eq!((rights.rights.before, rights.rights.now), (vec!["sensor:read".into()], vec!["lights:control".into()]));
    let all = file.mirror.review(None, 0, 10).unwrap();
    assert_eq!(file.mirror.review(None, all[1].number, 10).unwrap(), all[2..]);
}

#[test]
fn a_node_that_lends_something_else_is_to_be_looked_at() {
    let (file, whole) = (File::new(), Whole { devices: true, others: true });
    let node = |lends: &[&str]| {
        let lends = lends.iter().map(ToString::to_string).collect();
        Thing::Device(Box::new(DeviceRecord { lends, ..DeviceRecord::of(device("a")) }))
    };
    file.look(whole, vec![node(&["canvas"])]);
    file.look(whole, vec![node(&["canvas", "system.run"])]);
    let rights = file.mirror.review(Some(ReviewKind::Rights), 0, 10).unwrap().remove(0).rights;
    assert_eq!(
        (rights.before, rights.now),
        (vec!["sensor:read".into(), "canvas".into()], vec!["sensor:read".into(), "canvas".into(), "system.run".into()])
    );
}

#[test]
fn a_device_that_was_only_heard_or_renamed_is_not() {
    let file = File::new();
    file.some([device("a")]);
    let last = file.mirror.review(None, 0, 10).unwrap().remove(0).number;
    file.mirror.mark_reviewed(last, at(1)).unwrap();
    file.some([Device { name: "Other".into(), last_seen_at: Some(at(9).to_string()), revision: 2, ..device("a") }]);
    assert_eq!(counts(&file), (0, 0, 0));
}

#[test]
fn what_came_while_somebody_looked_stays_to_be_looked_at() {
    let file = File::new();
    file.some([device("a")]);
    let seen = file.mirror.review(None, 0, 10).unwrap().remove(0).number;
    file.some([device("b")]);
    file.mirror.mark_reviewed(seen, at(5)).unwrap();
    assert_eq!(counts(&file), (1, 0, 0));
    assert_eq!(file.mirror.review_summary().unwrap().reviewed_at, Some(at(5)));
    file.mirror.mark_reviewed(i64::MAX, at(6)).unwrap();
    file.some([device("c")]);
    assert_eq!(counts(&file), (1, 0, 0));
}

#[test]
fn a_batch_that_comes_again_is_no_news() {
    let file = File::new();
    let batch = file.batch([device("a")]);
    file.mirror.apply(batch.clone()).unwrap();
    file.mirror.apply(batch).unwrap();
    assert_eq!(counts(&file), (1, 0, 0));
}

#[test]
fn whoever_has_seen_the_counts_can_mark_what_they_counted() {
    let file = File::new();
    file.some([device("a"), device("b"), device("c")]);
    let seen = file.mirror.review_summary().unwrap();
    file.some([revoked(device("a"))]);
    file.mirror.mark_reviewed(seen.last, at(1)).unwrap();
    assert_eq!(counts(&file), (0, 1, 0));
}

#[test]
fn who_stays_connected_is_heard_all_the_time_whatever_the_platform_says_of_when_it_connected() {
    const DAY: i64 = 24 * 60 * 60;
    let file = File::new();
    let read = |days: i64, connected: bool| {
        let reading = file.mirror.reading(at(days * DAY)).unwrap();
        let said = Device { connected, last_seen_at: Some(at(60).to_string()), ..device("a") };
        let record = DeviceRecord { details: serde_json::json!({}), ..DeviceRecord::of(said) };
        let things = vec![Thing::Device(Box::new(record))];
        file.mirror.apply(Batch { reading, things, ..file.batch([]) }).unwrap().changed
    };
    let shown = || {
        let listed = file.mirror.devices(&DeviceQuery { limit: 1, ..DeviceQuery::default() }).unwrap().devices.remove(0);
        listed.record.device.last_seen_at
    };
    let silent_for_a_week = |days: i64| {
        let not_seen_since = Some(at((days - 7) * DAY));
        let query =
            DeviceQuery { filter: DeviceFilter { not_seen_since, ..DeviceFilter::default() }, limit: 1, ..DeviceQuery::default() };
        !file.mirror.devices(&query).unwrap().devices.is_empty()
    };
    assert_eq!((read(0, true), read(40, true)), (1, 1));
    assert!(!silent_for_a_week(40), "it is connected");
    assert_eq!(shown(), Some(at(40 * DAY).to_string()), "it was seen to be");
    assert_eq!(read(40, true), 0, "a reading of the same day changes nothing");
    assert_eq!((read(41, true), read(43, false)), (1, 1));
    assert_eq!(shown(), Some(at(41 * DAY).to_string()), "when it was connected, as far as is known");
    assert_eq!((silent_for_a_week(44), read(50, false), silent_for_a_week(50)), (false, 0, true));
    // A clock that was set ahead.
    read(4_000, true);
    read(51, true);
    read(52, false);
    assert_eq!(shown(), Some(at(51 * DAY).to_string()));
}
