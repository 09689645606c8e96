//! How much of a platform's activity log is known here, and whose.

use clawpair_api::{ActivityEntry, ActorKind};
use clawpair_mirror::{ActivityFilter, Applied, Batch, Extent, Thing, Whole};

use crate::common::{File, at, entry, platform};

/// An entry of a log that is told by its name: its hash covers all before it.
fn of(log: &str, number: i64) -> ActivityEntry {
    ActivityEntry { hash: format!("{log}{number}"), ..entry(number, log, ActorKind::Owner) }
}

fn apply(file: &File, extent: Extent, entries: impl IntoIterator<Item = ActivityEntry>) -> Applied {
    let things = entries.into_iter().map(|entry| Thing::Activity(Box::new(entry))).collect();
    file.mirror.apply(Batch { extent, things, ..file.batch([]) }).unwrap()
}

fn some(file: &File, entries: impl IntoIterator<Item = ActivityEntry>) -> Applied {
    apply(file, Extent::Some { cursor: Some("1".into()) }, entries)
}

fn everything(file: &File, entries: impl IntoIterator<Item = ActivityEntry>) -> Applied {
    apply(file, Extent::Everything { cursor: Some("2".into()) }, entries)
}

fn oldest(file: &File) -> Option<i64> {
    file.mirror.oldest_activity(&platform()).unwrap().map(|(number, _)| number)
}

/// Of each entry its log and number.
fn listed(file: &File) -> Vec<String> {
    let (entries, _) = file.mirror.activity_of(&platform(), &ActivityFilter::default(), None, 200).unwrap();
    entries.into_iter().map(|entry| format!("{}{}", entry.action, entry.number)).collect()
}

#[test]
fn entries_are_listed_down_to_the_first_that_is_missing() {
    let file = File::new();
    assert_eq!(oldest(&file), None);
    assert_eq!(some(&file, [of("a", 3), of("a", 4)]), Applied { entries: 2, ..Applied::default() });
    some(&file, [of("a", 4), of("a", 5)]);
    assert_eq!((listed(&file), oldest(&file)), (vec!["a5".into(), "a4".into(), "a3".into()], Some(3)));
    some(&file, [of("a", 8), of("a", 9)]);
    assert_eq!((listed(&file), oldest(&file)), (vec!["a9".into(), "a8".into()], Some(8)));
    assert_eq!(file.mirror.oldest_activity(&platform()).unwrap(), Some((8, at(8))));
    some(&file, [of("a", 6)]);
    assert_eq!(oldest(&file), Some(8));
    some(&file, [of("a", 7)]);
    assert_eq!(oldest(&file), Some(3), "nothing is missing any more");
}

#[test]
fn a_platform_that_was_put_back_from_a_backup_has_another_log_from_there_on() {
    let file = File::new();
    some(&file, (1..=9).map(|number| of("a", number)));
    everything(&file, [of("a", 4), of("a", 5), of("b", 6), of("b", 7)]);
    assert_eq!(listed(&file), ["b7", "b6", "a5", "a4", "a3", "a2", "a1"]);
    some(&file, [of("b", 8)]);
    assert_eq!((listed(&file)[0].as_str(), oldest(&file)), ("b8", Some(1)));
}

#[test]
fn of_another_platform_behind_the_same_name_nothing_older_is_kept() {
    let file = File::new();
    some(&file, (1..=9).map(|number| of("a", number)));
    everything(&file, [of("b", 4), of("b", 5)]);
    assert_eq!((listed(&file), oldest(&file)), (vec!["b5".into(), "b4".into()], Some(4)));
    everything(&file, []);
    assert_eq!((listed(&file), oldest(&file), file.mirror.newest_activity(&platform()).unwrap()), (vec![], None, None));
}

#[test]
fn an_old_reading_of_everything_replaces_nothing() {
    let file = File::new();
    let early = Batch { extent: Extent::Everything { cursor: None }, ..file.batch([]) };
    everything(&file, [of("a", 1), of("a", 2)]);
    file.mirror.apply(early).unwrap();
    assert_eq!(listed(&file), ["a2", "a1"]);
}

#[test]
fn a_log_that_may_not_be_seen_stays_as_it_was_known() {
    let file = File::new();
    some(&file, (1..=3).map(|number| of("a", number)));
    let visible = |log| Extent::Visible { cursor: Some("2".into()), whole: Whole { devices: true, others: false }, log };
    apply(&file, visible(false), []);
    assert_eq!((listed(&file).len(), oldest(&file)), (3, Some(1)));
    apply(&file, visible(true), [of("b", 3)]);
    assert_eq!(listed(&file), ["b3"], "another database");
}
