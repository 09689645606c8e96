use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use clawpair_api::Device;
use clawpair_mirror::{Answer, Choice, Conflict, Delivery, Intent, Mirror, MirrorError, Standing};

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, revoked};

const REVOKE: Intent = Intent::Revoke { reason: None };

/// With a device that is revoked, one whose revocation is acknowledged, and one whose revocation waits.
pub fn file() -> (File, Counting) {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a"), device("b"), device("c")]);
    file.some([revoked(device("a"))]);
    file.mirror.ask(&place("b"), &REVOKE, at(0), &rng).unwrap();
    let taken = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(taken.id, 1, Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.mirror.ask(&place("c"), &REVOKE, at(3), &rng).unwrap();
    (file, rng)
}

pub fn path(file: &File) -> PathBuf {
    file.mirror.path().to_owned()
}

/// Whatever a table or index holds is not as it was written. Nobody may have the file open.
pub fn damage(path: &Path, name: &str) {
    let db = rusqlite::Connection::open(path).unwrap();
    let root: u32 = db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?", [name], |row| row.get(0)).unwrap();
    let size: u32 = db.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
    drop(db);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&vec![0x5a; usize::try_from(size).unwrap()], u64::from(root - 1) * u64::from(size)).unwrap();
}

fn fault<T>(done: Result<T, MirrorError>) -> String {
    match done {
        Err(MirrorError::Damaged(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it can be read"),
    }
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
    let looked = Mirror::look_at_backup(&copy, &path).unwrap();
    assert_eq!((looked.devices, looked.waiting, looked.since, looked.as_of), (3, 1, 0, None));
    looked.journal.unwrap();
    let (mirror, put_back) = Mirror::restore(&copy, &path, at(5)).unwrap();
    assert_eq!(put_back.questions, 1);
    assert!(put_back.replaced.unwrap().exists());
    let Delivery::Failed { conflict, .. } = mirror.errand(2).unwrap().delivery else { panic!("a conflict") };
    assert_eq!(conflict, Conflict::Restored);
    assert_eq!(mirror.take_due(&platform(), at(9)).unwrap(), None);
    assert!(mirror.choose(2, Choice::TryAgain, at(6), &rng).unwrap().is_some());
    assert_eq!(mirror.device(&place("a")).unwrap().standing, Standing::Revoked);
    mirror.verify_journal().unwrap().unwrap();
    let replaced = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = replaced.collect();
    assert!(names.iter().any(|name| name.starts_with("mirror.db.replaced-")));
    assert!(names.iter().all(|name| !name.contains("restoring")), "{names:?}");
}

#[test]
fn a_file_that_cannot_be_moved_into_its_place_leaves_the_old_one_there() {
    let (file, _) = file();
    let (path, copy) = (path(&file), file.folder.path().join("copy.db"));
    file.mirror.backup(&copy).unwrap();
    let File { folder, mirror } = file;
    // With a second handle the file is in use.
    let refused = Mirror::restore(&copy, &path, at(5)).err().unwrap();
    assert!(refused.to_string().contains("has it open"), "{refused}");
    assert_eq!(mirror.device(&place("c")).unwrap().standing, Standing::Active);
    drop(mirror);
    // Nothing can be moved onto a folder.
    let moved = folder.path().join("kept.db");
    std::fs::rename(&path, &moved).unwrap();
    std::fs::create_dir_all(path.join("something")).unwrap();
    assert!(Mirror::restore(&copy, &path, at(6)).is_err());
    assert!(path.join("something").exists() && Mirror::open(&moved).is_ok());
}

#[test]
fn what_cannot_be_read_of_the_file_before_is_said_when_a_backup_takes_its_place() {
    let (file, _) = file();
    let (path, copy) = (path(&file), file.folder.path().join("copy.db"));
    file.mirror.backup(&copy).unwrap();
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    damage(&path, "outbox");
    let (_, put_back) = Mirror::restore(&copy, &path, at(5)).unwrap();
    assert_eq!((put_back.questions, put_back.whole), (1, false));
}

#[test]
fn it_is_told_when_the_file_is_closed() {
    let (file, _) = file();
    let (tell, told) = std::sync::mpsc::channel();
    let path = path(&file);
    let File { folder: _folder, mirror } = file;
    mirror.when_closed(move || tell.send(()).unwrap());
    let mirror = std::sync::Arc::new(mirror);
    let other = std::sync::Arc::clone(&mirror);
    drop(mirror);
    assert!(told.try_recv().is_err());
    drop(other);
    told.try_recv().unwrap();
    std::fs::remove_file(&path).unwrap();
    Mirror::open(&path).unwrap();
}

#[test]
fn what_is_no_backup_is_not_put_back() {
    let (file, _) = file();
    let other = file.folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE device (x)").unwrap();
    assert!(matches!(Mirror::restore(&other, &path(&file), at(5)), Err(MirrorError::Invalid(_))));
    std::fs::write(&other, "no database at all").unwrap();
    assert!(matches!(Mirror::restore(&other, &path(&file), at(5)), Err(MirrorError::Invalid(_))));
    assert!(matches!(Mirror::look_at_backup(file.folder.path(), &path(&file)), Err(MirrorError::Invalid(_))));
    assert!(matches!(Mirror::look_at_backup(&other.join("nowhere"), &path(&file)), Err(MirrorError::Unavailable(_))));
    assert_eq!(file.mirror.device(&place("c")).unwrap().standing, Standing::Active);
}

#[test]
fn a_backup_with_something_put_in_is_not_put_back() {
    for put_in in [
        "CREATE TRIGGER ours AFTER INSERT ON outbox BEGIN DELETE FROM outbox; END",
        "CREATE VIEW ours AS SELECT 1",
        "CREATE TABLE ours (x)",
        "DROP INDEX outbox_to_send",
        "ALTER TABLE journal ADD COLUMN ours TEXT",
    ] {
        let (file, _) = file();
        let copy = file.folder.path().join("copy.db");
        file.mirror.backup(&copy).unwrap();
        Mirror::look_at_backup(&copy, &path(&file)).unwrap();
        rusqlite::Connection::open(&copy).unwrap().execute_batch(put_in).unwrap();
        let refused = Mirror::look_at_backup(&copy, &path(&file)).unwrap_err();
        assert!(matches!(&refused, MirrorError::Invalid(why) if why.contains("copy.db is no backup")), "{put_in}: {refused}");
        assert_eq!(Mirror::restore(&copy, &path(&file), at(5)).err(), Some(refused));
    }
}

#[test]
fn a_backup_that_is_damaged_or_newer_is_left_alone() {
    let (file, _) = file();
    let copy = file.folder.path().join("copy.db");
    file.mirror.backup(&copy).unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..].fill(0x5a);
    std::fs::write(&copy, damaged).unwrap();
    assert!(matches!(Mirror::look_at_backup(&copy, &path(&file)), Err(MirrorError::Invalid(_))));
    std::fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(Mirror::look_at_backup(&copy, &path(&file)), Err(MirrorError::Invalid(_))));
    std::fs::write(&copy, whole).unwrap();
    rusqlite::Connection::open(&copy).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = Mirror::look_at_backup(&copy, &path(&file)).unwrap_err();
    assert!(matches!(refused, MirrorError::Newer(_)) && refused.to_string().contains("newer Clawpair"));
}

#[test]
fn a_journal_that_is_not_whole_is_told_before_a_backup_is_put_back() {
    let (file, _) = file();
    let copy = file.folder.path().join("copy.db");
    file.mirror.backup(&copy).unwrap();
    rusqlite::Connection::open(&copy).unwrap().execute_batch("UPDATE journal SET details = 'other' WHERE number = 2").unwrap();
    assert!(Mirror::look_at_backup(&copy, &path(&file)).unwrap().journal.is_err());
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
    assert!(aside.to.exists() && !aside.all_errands && !aside.all_else);
    assert!(aside.sentence().contains("damaged and is set aside"));
    assert_eq!(mirror.not_yet_revoked().unwrap(), 0);
    mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
}

#[test]
fn damage_that_is_met_while_the_file_is_in_use_is_mended_at_the_next_start() {
    let (file, _) = file();
    let path = path(&file);
    file.mirror.put_in_group(&place("c"), Some(&"cellar".parse().unwrap()), at(4)).unwrap();
    let File { folder, mirror } = file;
    let keys = [1, 2].map(|id| mirror.errand(id).unwrap().idempotency_key);
    drop(mirror);
    damage(&path, "device_by_id");
    let (mirror, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    assert_eq!(aside, None, "nobody has looked there yet");
    fault(mirror.device(&place("c")));
    // Whoever comes while it is open uses it as it is.
    let (other, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    assert_eq!((aside, other.errand(2).unwrap().idempotency_key), (None, keys[1].clone()));
    drop(other);
    drop(mirror);
    let (mirror, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    let aside = aside.unwrap();
    assert!(aside.all_errands && aside.all_else, "{aside:?}");
    assert_eq!((aside.saved_errands, aside.why.as_str()), (2, "database disk image is malformed"));
    assert_eq!([1, 2].map(|id| mirror.errand(id).unwrap().idempotency_key), keys);
    assert_eq!(mirror.not_yet_revoked().unwrap(), 2);
    mirror.verify_journal().unwrap().unwrap();
    // Read again, everything is as it was, and what was over before is neither buried twice nor news.
    let renewed = File { folder, mirror };
    renewed.everything([revoked(device("a")), revoked(device("b")), device("c")]);
    assert_eq!(renewed.mirror.not_yet_revoked().unwrap(), 1);
    let buried: Vec<_> = renewed.mirror.tombstones(None, None, 10).unwrap().into_iter().map(|dead| dead.place.id).collect();
    assert_eq!(buried, ["b", "a"]);
    let found = renewed.mirror.tombstones(Some(&device("b").key_fingerprint.parse().unwrap()), None, 10).unwrap();
    assert_eq!(found[0].place.id, "b", "it is found by its words");
    assert_eq!(renewed.mirror.alarms().unwrap(), []);
    assert_eq!(renewed.mirror.device(&place("c")).unwrap().group.unwrap().as_str(), "cellar");
    let File { folder: _folder, mirror } = renewed;
    drop(mirror);
    assert_eq!(Mirror::open_or_begin_anew(&path, at(6)).unwrap().1, None, "it is mended");
}

#[test]
fn what_is_not_of_the_form_that_is_written_is_not_met_again_after_a_start() {
    let (file, _) = file();
    let path = path(&file);
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("UPDATE outbox SET intent = '{' WHERE id = 1; UPDATE tombstone SET who = '{'").unwrap();
    drop(db);
    let mirror = Mirror::open(&path).unwrap();
    fault(mirror.outbox(0, 10));
    drop(mirror);
    let (mirror, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    let aside = aside.unwrap();
    assert!(!aside.all_errands && !aside.all_else);
    assert!(aside.sentence().contains("saved were 1. Ask again for what is missing. Not all groups"), "{}", aside.sentence());
    assert_eq!(mirror.outbox(0, 10).unwrap().len(), 1);
    assert_eq!(mirror.tombstones(None, None, 10).unwrap(), []);
}

#[test]
fn what_lies_behind_a_damaged_place_is_saved_too() {
    let (file, rng) = (File::new(), Counting::default());
    file.some((0..400).map(|id| device(&id.to_string())));
    for id in 0..400 {
        file.mirror.ask(&place(&id.to_string()), &REVOKE, at(0), &rng).unwrap();
    }
    let path = path(&file);
    let File { folder: _folder, mirror } = file;
    drop(mirror);
    let page = page_in_the_middle(&path, "outbox");
    let bytes = std::fs::File::options().write(true).open(&path).unwrap();
    bytes.write_all_at(&[0x5a; 4_096], (page - 1) * 4_096).unwrap();
    let (mirror, aside) = Mirror::open_or_begin_anew(&path, at(5)).unwrap();
    let saved = aside.unwrap().saved_errands;
    assert!((300..400).contains(&saved), "all but those of one page: {saved}");
    assert!(mirror.errand(1).is_ok() && mirror.errand(400).is_ok());
}

/// Of the pages that hold a table's rows, one that is neither the first nor the last.
fn page_in_the_middle(path: &Path, table: &str) -> u64 {
    let db = rusqlite::Connection::open(path).unwrap();
    let root: u32 = db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table], |row| row.get(0)).unwrap();
    db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
    drop(db);
    let bytes = std::fs::read(path).unwrap();
    let at = (root as usize - 1) * 4_096;
    assert_eq!(bytes[at], 5, "it has pages below it");
    // The cells of an inner page begin with the page below each.
    let count = usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]]));
    let place = at + 12 + 2 * (count / 2);
    let cell = at + usize::from(u16::from_be_bytes([bytes[place], bytes[place + 1]]));
    u64::from(u32::from_be_bytes(bytes[cell..cell + 4].try_into().unwrap()))
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
