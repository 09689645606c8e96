//! Several programs of one person on one file.

use clawpair_api::Device;
use clawpair_mirror::{Answer, Batch, Delivery, Extent, Intent, MAX_CHANGES, MAX_RECORD_BYTES, Mirror, MirrorError, Standing};

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, revoked, thing};

const REVOKE: Intent = Intent::Revoke { reason: None };

fn other(file: &File) -> Mirror {
    Mirror::open(file.mirror.path()).unwrap()
}

fn batch(mirror: &Mirror, device: Device) -> Batch {
    Batch {
        platform: platform(),
        reading: mirror.reading(at(0)).unwrap(),
        extent: Extent::Some { cursor: None },
        things: vec![thing(device)],
    }
}

#[test]
fn what_another_program_asked_before_an_answer_confirms_nothing() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a")]);
    let other = other(&file);
    let id = file.mirror.ask(&place("a"), &REVOKE, at(0), &rng).unwrap().id;
    let early = batch(&other, device("a"));
    let early_too = batch(&other, revoked(device("a")));
    let taken = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(taken.id, 1, Answer::Done { revision: None }, at(2), &rng).unwrap();
    for batch in [early, early_too] {
        other.apply(batch).unwrap();
        assert!(matches!(file.mirror.errand(id).unwrap().delivery, Delivery::Acknowledged { .. }));
    }
    other.apply(batch(&other, revoked(device("a")))).unwrap();
    assert!(matches!(file.mirror.errand(id).unwrap().delivery, Delivery::Verified { .. }));
    assert_eq!(file.mirror.not_yet_revoked().unwrap(), 0);
}

#[test]
fn what_another_program_read_earlier_does_not_replace_what_was_read_later() {
    let file = File::new();
    let other = other(&file);
    let named = |name: &str| Device { name: name.into(), ..device("a") };
    let early = batch(&other, named("early"));
    file.some([named("late")]);
    other.apply(early).unwrap();
    assert_eq!(file.mirror.device(&place("a")).unwrap().record.device.name, "late");
    other.apply(batch(&other, named("latest"))).unwrap();
    assert_eq!(file.mirror.device(&place("a")).unwrap().record.device.name, "latest");
}

#[test]
fn what_is_on_its_way_is_left_to_the_program_that_sends_it() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a")]);
    let id = file.mirror.ask(&place("a"), &REVOKE, at(0), &rng).unwrap().id;
    file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    let second = other(&file);
    assert_eq!(second.take_due(&platform(), at(2)).unwrap(), None);
    assert!(matches!(second.errand(id).unwrap().delivery, Delivery::Sent { .. }));
    let File { folder, mirror } = file;
    drop(mirror);
    assert_eq!(second.take_due(&platform(), at(2)).unwrap(), None, "its answer may come yet");
    drop(second);
    let third = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    assert_eq!(third.take_due(&platform(), at(2)).unwrap().map(|errand| (errand.id, errand.attempts)), Some((id, 2)));
}

#[test]
fn what_a_slow_program_has_taken_does_not_go_out_once_another_has_taken_it() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a")]);
    file.mirror.ask(&place("a"), &REVOKE, at(0), &rng).unwrap();
    let slow = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    assert!(file.mirror.sets_out(&slow, at(100)).unwrap());
    let second = other(&file);
    assert_eq!(second.take_due(&platform(), at(130)).unwrap(), None, "it went out a while ago, not when it was taken");
    let taken = second.take_due(&platform(), at(221)).unwrap().unwrap();
    assert!(!file.mirror.sets_out(&slow, at(222)).unwrap());
    assert!(second.sets_out(&taken, at(222)).unwrap());
    second.settle(taken.id, taken.attempts, Answer::Done { revision: None }, at(223), &rng).unwrap();
    assert!(!second.sets_out(&taken, at(224)).unwrap(), "it was done");
}

#[test]
fn one_program_notices_what_another_has_written_and_not_what_itself_has() {
    let file = File::new();
    let other = other(&file);
    let before = file.mirror.written_elsewhere().unwrap();
    file.some([device("a")]);
    assert_eq!(file.mirror.written_elsewhere().unwrap(), before);
    other.apply(batch(&other, revoked(device("a")))).unwrap();
    assert_ne!(file.mirror.written_elsewhere().unwrap(), before);
    assert_eq!(file.mirror.device(&place("a")).unwrap().standing, Standing::Revoked);
}

#[test]
fn no_file_is_moved_away_from_under_another_program() {
    let file = File::new();
    let copy = file.folder.path().join("copy.db");
    file.mirror.backup(&copy).unwrap();
    let path = file.mirror.path().to_owned();
    let refused = Mirror::restore(&copy, &path, at(0)).err();
    assert!(matches!(&refused, Some(MirrorError::Unavailable(why)) if why.contains("another program")), "{refused:?}");
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    Mirror::restore(&copy, &path, at(0)).unwrap();
}

/// Another program would wait too long for one that is read for the first time and has very much.
#[test]
fn what_is_more_than_one_transaction_may_hold_counts_as_read_with_its_last_part() {
    let file = File::new();
    let mut devices: Vec<Device> = (0..=MAX_CHANGES).map(|number| device(&number.to_string())).collect();
    // Those of the first part are kept, and the last cannot be.
    devices[MAX_CHANGES].name = "x".repeat(MAX_RECORD_BYTES);
    let everything = || Extent::Everything { cursor: Some("1".into()) };
    let refused = file.mirror.apply(Batch { extent: everything(), ..file.batch(devices.clone()) }).unwrap_err();
    assert!(matches!(refused, MirrorError::Invalid(_)), "{refused:?}");
    let known = || (file.mirror.summary(Some(&platform())).unwrap().active, file.mirror.platform(&platform()).unwrap().cursor);
    assert_eq!(known(), (i64::try_from(MAX_CHANGES).unwrap(), None));
    devices[MAX_CHANGES].name = "y".into();
    devices.remove(0);
    let applied = file.mirror.apply(Batch { extent: everything(), ..file.batch(devices) }).unwrap();
    assert_eq!((applied.changed, applied.ended), (2, 1), "one is new, and one is gone");
    assert_eq!(known(), (i64::try_from(MAX_CHANGES).unwrap(), Some("1".into())));
}
