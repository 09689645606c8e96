//! The program is killed, or the disk becomes full, right before each change of a file or a name while one file is put in the place of
//! another. Whenever that is, one of the two is there, whole, with all that was asked for, and what a person has to know is told.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use clawpair_core::rng::SystemRng;
use clawpair_mirror::{Choice, Conflict, Delivery, Intent, Mirror};

use crate::common::{OneByOne as _, at, place};
use crate::disk::Disk;
use crate::keeping::{self, damage};

const REVOKE: Intent = Intent::Revoke { reason: None };
const TOLD: &str = "it was told";

/// What happens before a change is made.
#[derive(Clone, Copy)]
enum Before {
    /// The program is killed.
    Killed,
    /// The disk is full from then on.
    Full,
}

/// Starts a test of this program over and over in a folder that was made the same, and lets this happen one change later each time. After
/// each, looks at the folder and at whether the program came so far as to tell what it has done.
fn at_each_change(before: Before, test: &str, made: &Path, mut look: impl FnMut(&Path, bool)) {
    let beside = tempfile::tempdir().unwrap();
    let (disk, counted) = (Disk::new(beside.path()), beside.path().join("count"));
    let mut start = |trouble: (&str, String)| {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(made).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let mut command = disk.command(test, folder.path());
        // Of a file that is only being made, all that counts is that it is there.
        command.env("DISK_UNCOUNTED", "mirror.db.new").env("DISK_COUNT", &counted).env(trouble.0, trouble.1);
        let ended = command.stderr(Stdio::null()).output().unwrap();
        look(folder.path(), String::from_utf8_lossy(&ended.stdout).contains(TOLD));
        ended.status
    };
    assert!(start(("DISK_DIES_AT", "0".into())).success());
    let changes: usize = std::fs::read_to_string(&counted).unwrap().parse().unwrap();
    assert!((10..200).contains(&changes), "{changes}");
    for change in 1..=changes {
        match before {
            Before::Full => drop(start(("DISK_FULL_AT", change.to_string()))),
            Before::Killed => assert_eq!(start(("DISK_DIES_AT", change.to_string())).signal(), Some(9)),
        }
    }
}

fn work_in() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("DISK_FOLDER")?).join("mirror.db"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("mirror.db.") && name != "mirror.db.lock");
    names.sort();
    names
}

/// A revocation that is acknowledged and one that waits, in a file that is closed; its folder and their keys.
fn asked() -> (tempfile::TempDir, [String; 2]) {
    let (file, _) = keeping::file();
    let keys = [1, 2].map(|id| file.mirror.errand(id).unwrap().idempotency_key);
    (file.folder, keys)
}

fn setting_aside(before: Before, test: &str, table: &str) {
    if let Some(path) = work_in() {
        // Whoever calls this hears why not.
        if let Ok((_mirror, Some(_))) = Mirror::open_or_begin_anew(&path, at(5)) {
            println!("{TOLD}");
        }
        return;
    }
    let (made, keys) = asked();
    let path = made.path().join("mirror.db");
    damage(&path, table);
    if let Ok(mirror) = Mirror::open(&path) {
        // It is met only now.
        mirror.device(&place("c")).unwrap_err();
    }
    at_each_change(before, test, made.path(), |data, told| {
        let (mirror, aside) = Mirror::open_or_begin_anew(&data.join("mirror.db"), at(9)).unwrap();
        assert!(told || aside.is_some(), "nobody was told");
        assert!(aside.is_none_or(|aside| aside.to.exists() && aside.all_errands && aside.saved_errands == 2));
        assert_eq!([1, 2].map(|id| mirror.errand(id).unwrap().idempotency_key), keys);
        assert_eq!(mirror.not_yet_revoked().unwrap(), 2);
        assert_eq!(mirror.tombstones(None, None, 10).unwrap().len(), 1);
        mirror.verify_journal().unwrap().unwrap();
        let names = names(data);
        assert!(matches!(&names[..], [one] if one.starts_with("mirror.db.damaged-")), "{names:?}");
    });
}

const UNREADABLE: &str = "outbox_to_send";
const READABLE: &str = "device";

#[test]
fn killed_what_waits_is_saved_from_a_file_that_cannot_be_opened() {
    let name = "broken_off::killed_what_waits_is_saved_from_a_file_that_cannot_be_opened";
    setting_aside(Before::Killed, name, UNREADABLE);
}

#[test]
fn killed_what_waits_is_saved_from_a_file_whose_damage_was_met_later() {
    let name = "broken_off::killed_what_waits_is_saved_from_a_file_whose_damage_was_met_later";
    setting_aside(Before::Killed, name, READABLE);
}

#[test]
fn on_a_full_disk_what_waits_is_saved_from_a_file_that_cannot_be_opened() {
    let name = "broken_off::on_a_full_disk_what_waits_is_saved_from_a_file_that_cannot_be_opened";
    setting_aside(Before::Full, name, UNREADABLE);
}

#[test]
fn on_a_full_disk_what_waits_is_saved_from_a_file_whose_damage_was_met_later() {
    let name = "broken_off::on_a_full_disk_what_waits_is_saved_from_a_file_whose_damage_was_met_later";
    setting_aside(Before::Full, name, READABLE);
}

fn putting_back(before: Before, test: &str) {
    if let Some(path) = work_in() {
        // Whoever calls this hears why not.
        let _ = Mirror::restore(&path.with_file_name("copy.db"), &path, at(5));
        return;
    }
    let (made, keys) = asked();
    let path = made.path().join("mirror.db");
    let mirror = Mirror::open(&path).unwrap();
    mirror.backup(&made.path().join("copy.db")).unwrap();
    mirror.withdraw(2, at(4)).unwrap();
    let since = mirror.ask(&place("c"), &REVOKE, at(4), &SystemRng).unwrap().idempotency_key;
    drop(mirror);
    let (mut old, mut new) = (0, 0);
    at_each_change(before, test, made.path(), |data, _| {
        let mirror = Mirror::open(&data.join("mirror.db")).unwrap();
        let errands = [1, 2, 3].map(|id| mirror.errand(id).unwrap());
        let known = errands.each_ref().map(|errand| errand.idempotency_key.as_str());
        assert_eq!(known, [keys[0].as_str(), keys[1].as_str(), since.as_str()]);
        mirror.verify_journal().unwrap().unwrap();
        let names = names(data);
        match errands.map(|errand| errand.delivery) {
            [Delivery::Acknowledged { .. }, Delivery::Withdrawn { .. }, Delivery::Queued { .. }] => {
                old += 1;
                assert_eq!(names, [""; 0]);
            }
            [
                Delivery::Acknowledged { .. },
                Delivery::Failed { conflict: Conflict::Restored, .. },
                Delivery::Failed { conflict: Conflict::AskedSince, .. },
            ] => {
                new += 1;
                assert!(matches!(&names[..], [one] if one.starts_with("mirror.db.replaced-")), "{names:?}");
                assert!(mirror.choose(3, Choice::TryAgain, at(9), &SystemRng).unwrap().is_some());
            }
            other => panic!("{other:?}"),
        }
    });
    assert!(old > 5 && new > 0, "{old} {new}");
}

#[test]
fn killed_a_backup_is_in_its_place_or_the_file_before_is() {
    putting_back(Before::Killed, "broken_off::killed_a_backup_is_in_its_place_or_the_file_before_is");
}

#[test]
fn on_a_full_disk_a_backup_is_in_its_place_or_the_file_before_is() {
    putting_back(Before::Full, "broken_off::on_a_full_disk_a_backup_is_in_its_place_or_the_file_before_is");
}
