use std::path::PathBuf;

use clawpair_api::Device;
use clawpair_mirror::{Answer, Choice, Conflict, Delivery, Intent, Mirror, MirrorError, Standing};

use crate::common::{Counting, File, at, device, place, platform, revoked};

const REVOKE: Intent = Intent::Revoke { reason: None };

/// With a device that is revoked, one whose revocation is acknowledged, and one whose revocation waits.
fn file() -> (File, Counting) {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a"), device("b"), device("c")]);
    file.some([revoked(device("a"))]);
    file.mirror.ask(&place("b"), &REVOKE, at(0), &rng).unwrap();
    let taken = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(taken.id, 1, Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.mirror.ask(&place("c"), &REVOKE, at(3), &rng).unwrap();
    (file, rng)
}

fn path(file: &File) -> PathBuf {
    file.mirror.path().to_owned()
}

#[test]
fn a_backup_is_put_back_and_what_waited_in_it_is_asked_about() {
    let (file, rng) = file();
    let (path, copy) = (path(&file), file.folder.path().join("copy.db"));
    file.mirror.backup(&copy).unwrap();
    assert!(file.mirror.backup(&copy).unwrap_err().to_string().contains("exists already"));
    let File { folder, mirror } = file;
    mirror.withdraw(2, at(4)).unwrap();
    drop(mirror);
    let mirror = Mirror::restore(&copy, &path, at(5)).unwrap();
    let Delivery::Failed { conflict, .. } = mirror.errand(2).unwrap().delivery else { panic!("a conflict") };
    assert_eq!(conflict, Conflict::Restored);
    assert_eq!(mirror.take_due(&platform(), at(9)).unwrap(), None);
    assert!(mirror.choose(2, Choice::TryAgain, at(6), &rng).unwrap().is_some());
    assert_eq!(mirror.device(&place("a")).unwrap().standing, Standing::Revoked);
    mirror.verify_journal().unwrap().unwrap();
    let replaced = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(replaced.into_iter().any(|name| name.starts_with("mirror.db.replaced-")));
}

#[test]
fn what_is_no_backup_is_not_put_back() {
    let (file, _) = file();
    let other = file.folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE device (x)").unwrap();
    assert!(matches!(Mirror::restore(&other, &path(&file), at(5)), Err(MirrorError::Invalid(_))));
    std::fs::write(&other, "no database at all").unwrap();
    assert!(matches!(Mirror::restore(&other, &path(&file), at(5)), Err(MirrorError::Damaged(_))));
    assert_eq!(file.mirror.device(&place("c")).unwrap().standing, Standing::Active);
}

#[test]
fn a_damaged_file_is_set_aside_and_said_so() {
    let (file, _) = file();
    let path = path(&file);
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    std::fs::write(&path, "This is no database any more, and long enough to be looked at as one.").unwrap();
    let (mirror, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    let aside = aside.unwrap();
    assert!(aside.to.exists() && !aside.complete);
    assert!(aside.sentence().contains("damaged and is set aside"));
    assert_eq!(mirror.not_yet_revoked().unwrap(), 0);
    mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
}

#[test]
fn what_waits_is_saved_from_a_file_whose_devices_are_damaged() {
    let (file, _) = file();
    let path = path(&file);
    let File { folder, mirror } = file;
    let keys = [1, 2].map(|id| mirror.errand(id).unwrap().idempotency_key);
    drop(mirror);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("DROP TABLE device; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    let (mirror, aside) = Mirror::begin_anew(&path, "no such table: device", at(5)).unwrap();
    assert!(aside.complete);
    assert_eq!(aside.saved_errands, 2);
    assert_eq!([1, 2].map(|id| mirror.errand(id).unwrap().idempotency_key), keys);
    assert_eq!(mirror.not_yet_revoked().unwrap(), 2);
    mirror.verify_journal().unwrap().unwrap();
    // Read again, everything is as it was, and what was over before is neither buried twice nor news.
    let renewed = File { folder, mirror };
    renewed.everything([revoked(device("a")), revoked(device("b")), device("c")]);
    assert_eq!(renewed.mirror.not_yet_revoked().unwrap(), 1);
    let buried: Vec<_> = renewed.mirror.tombstones(None, 10).unwrap().into_iter().map(|dead| dead.place.id).collect();
    assert_eq!(buried, ["b", "a"]);
    assert_eq!(renewed.mirror.alarms().unwrap(), []);
}

#[test]
fn a_device_that_had_joined_long_before_another_with_its_key_was_revoked_did_not_come_back() {
    let file = File::new();
    file.some([revoked(device("a"))]);
    let twin = |paired| Device { key_fingerprint: device("a").key_fingerprint, paired_at: at(paired).to_string(), ..device("b") };
    file.some([twin(-90_000)]);
    assert_eq!(file.mirror.alarms().unwrap(), []);
    file.some([Device { id: "c".into(), ..twin(-80_000) }]);
    assert_eq!(file.mirror.alarms().unwrap().len(), 1);
}

#[test]
fn an_old_program_leaves_a_newer_file_as_it_is() {
    let (file, _) = file();
    let path = path(&file);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let Err(refused) = Mirror::open_or_begin_anew(&path, at(5)) else { panic!("refused") };
    assert!(matches!(refused, MirrorError::Newer(_)) && refused.to_string().contains("newer Clawpair"));
    assert!(path.exists());
}

#[test]
fn a_read_only_file_is_a_sentence() {
    let (file, _) = file();
    let path = path(&file);
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let Err(refused) = Mirror::open_or_begin_anew(&path, at(5)) else { panic!("refused") };
    assert_eq!(refused, MirrorError::ReadOnly);
    assert!(refused.body().hint.is_some());
}
