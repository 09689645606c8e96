//! What a file has learned since a backup was made, and the backup that takes its place must not lose.

use clawpair_api::{Device, PairingStatus};
use clawpair_mirror::{Answer, Conflict, Delivery, Errand, Intent, JournalFilter, Mirror, Standing, Whole};

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, request, revoked, thing, waiting};
use crate::desk::{DONE, REVOKE};
use crate::keeping::{file, path};

const EVERYTHING: Whole = Whole { devices: true, others: true };

/// Lets in who waits.
fn approve() -> Intent {
    Intent::Approve { public_key: "k".into(), permissions: Vec::new() }
}

/// The file after a backup has taken its place.
fn restored(copy: &std::path::Path, before: File) -> File {
    let File { folder, mirror } = before;
    let path = mirror.path().to_owned();
    drop(mirror);
    let (mirror, put_back) = Mirror::restore(copy, &path, at(70)).unwrap();
    assert!(put_back.whole);
    File { folder, mirror }
}

impl File {
    /// An approval goes out and is acknowledged.
    fn goes_out(&self, rng: &Counting) -> Errand {
        let sent = self.mirror.take_several(&platform(), 1, at(2)).unwrap().remove(0);
        self.mirror.settle(sent.id, 1, DONE, at(3), rng).unwrap()
    }

    /// Whether a device that joins with a lost key is revoked.
    fn revokes_who_joins_with(&self, key: &str) -> bool {
        self.look(EVERYTHING, vec![thing(Device { key_fingerprint: key.into(), ..device("c") })]);
        self.mirror.asked_of(&place("c"), 10).unwrap().iter().any(|errand| errand.intent.revokes())
    }
}

#[test]
fn what_was_asked_for_since_a_backup_was_made_is_not_lost_with_it() {
    let (file, rng) = file();
    let (path, copy) = (path(&file), file.folder.path().join("copy.db"));
    file.mirror.backup(&copy).unwrap();
    file.some([device("d"), device("e"), device("f")]);
    for id in ["d", "e", "f"] {
        file.mirror.ask(&place(id), &REVOKE, at(10), &rng).unwrap();
    }
    // One is known to have arrived, of one that is not known, and the third waits. Another has become a conflict.
    let taken = file.mirror.take_several(&platform(), 9, at(11)).unwrap();
    let [c, d, e, f] = &taken[..] else { panic!("{taken:?}") };
    file.mirror.settle(d.id, 1, Answer::Done { revision: None }, at(12), &rng).unwrap();
    let why = clawpair_api::ErrorBody::new(clawpair_api::ErrorCode::AccessDenied, "You may not.");
    file.mirror.settle(e.id, 1, Answer::Refused(why), at(12), &rng).unwrap();
    file.mirror.enter_platform(&"q".parse().unwrap(), &"Added since".parse().unwrap()).unwrap();
    assert_eq!(Mirror::look_at_backup(&copy, &path).unwrap().since, 3);
    let File { folder, mirror } = file;
    drop(mirror);

    let (mirror, put_back) = Mirror::restore(&copy, &path, at(20)).unwrap();
    assert_eq!((put_back.questions, put_back.whole), (2, true), "c waited in the backup, and whether f arrived is not known");
    assert_eq!(mirror.not_yet_revoked().unwrap(), 5);
    let known =
        |errand: &Errand| mirror.outbox(0, 10).unwrap().into_iter().find(|kept| kept.idempotency_key == errand.idempotency_key);
    let [c, d, e, f] = [c, d, e, f].map(|errand| known(errand).expect("it is kept").delivery);
    assert!(matches!(c, Delivery::Failed { conflict: Conflict::Restored, .. }), "{c:?}");
    assert!(matches!(d, Delivery::Acknowledged { .. }), "{d:?}");
    assert!(matches!(e, Delivery::Failed { conflict: Conflict::NotAllowed { .. }, .. }), "{e:?}");
    assert!(matches!(f, Delivery::Failed { conflict: Conflict::AskedSince, .. }), "{f:?}");
    assert_eq!(mirror.take_due(&platform(), at(30)).unwrap(), None, "nothing goes out by itself");
    mirror.verify_journal().unwrap().unwrap();
    // The next reading says whether what was acknowledged is so.
    let restored = File { folder, mirror };
    restored.everything([revoked(device("a")), revoked(device("b")), device("c"), revoked(device("d")), device("e"), device("f")]);
    assert_eq!(restored.mirror.not_yet_revoked().unwrap(), 3);
}

#[test]
fn a_lost_key_that_has_joined_since_a_backup_was_made_is_asked_about_and_not_revoked_twice() {
    let (file, rng) = (File::new(), Counting::default());
    let (path, copy, whole) = (path(&file), file.folder.path().join("copy.db"), Whole { devices: true, others: true });
    let approve = Intent::Approve { public_key: "k".into(), permissions: Vec::new() };
    file.look(whole, vec![waiting("w")]);
    file.mirror.ask(&place("w"), &approve, at(1), &rng).unwrap();
    let sent = file.mirror.take_several(&platform(), 1, at(2)).unwrap().remove(0);
    file.mirror.settle_all(vec![(sent.id, 1, Answer::Done { revision: None })], at(3), &rng).unwrap();
    file.mirror.revoke_everywhere(&sent.key, None, at(3), &rng).unwrap();
    file.mirror.backup(&copy).unwrap();
    let joined = || thing(Device { key_fingerprint: sent.key.clone(), ..device("c") });
    file.look(whole, vec![joined()]);
    assert_eq!(file.mirror.not_yet_revoked().unwrap(), 1);
    let File { folder, mirror } = file;
    drop(mirror);

    let (mirror, _) = Mirror::restore(&copy, &path, at(20)).unwrap();
    let restored = File { folder, mirror };
    restored.look(whole, vec![joined()]);
    let revocations = restored.mirror.outbox(0, 10).unwrap().into_iter().filter(|errand| errand.intent.revokes());
    let waits: Vec<_> = revocations.map(|errand| (errand.place.id, errand.delivery)).collect();
    assert!(matches!(&waits[..], [(id, Delivery::Failed { conflict: Conflict::AskedSince, .. })] if id == "c"), "{waits:?}");
}

#[test]
fn who_was_shut_out_since_a_backup_was_made_stays_so() {
    let (file, rng) = (File::new(), Counting::default());
    let (path, copy, whole) = (path(&file), file.folder.path().join("copy.db"), Whole { devices: true, others: true });
    let approve = Intent::Approve { public_key: "k".into(), permissions: Vec::new() };
    file.look(whole, vec![thing(device("a")), thing(device("b")), waiting("w")]);
    file.mirror.backup(&copy).unwrap();
    // One is removed, another returns, and a key is lost whose approval has gone out.
    file.look(whole, vec![thing(device("b")), waiting("w")]);
    file.look(whole, vec![waiting("w")]);
    file.look(whole, vec![thing(device("b")), waiting("w")]);
    file.mirror.acknowledge_alarm(file.mirror.alarms().unwrap()[0].number, at(1)).unwrap();
    file.mirror.ask(&place("w"), &approve, at(1), &rng).unwrap();
    let sent = file.mirror.take_several(&platform(), 1, at(2)).unwrap().remove(0);
    file.mirror.settle_all(vec![(sent.id, 1, Answer::Done { revision: None })], at(3), &rng).unwrap();
    file.mirror.revoke_everywhere(&sent.key, None, at(3), &rng).unwrap();
    let (buried, length) = (file.mirror.tombstones(None, None, 10).unwrap(), file.mirror.journal_length().unwrap());
    let File { folder, mirror } = file;
    drop(mirror);

    let (mirror, put_back) = Mirror::restore(&copy, &path, at(20)).unwrap();
    assert!(put_back.whole);
    let restored = File { folder, mirror };
    assert_eq!(restored.mirror.tombstones(None, None, 10).unwrap(), buried);
    assert_eq!(restored.mirror.device(&place("a")).unwrap().standing, Standing::Gone);
    assert_eq!(restored.mirror.review_summary().unwrap().ended, 1);
    assert_eq!(restored.mirror.alarms().unwrap(), [], "somebody has looked at it");
    let entries = restored.mirror.journal(&JournalFilter { action: Some("restored".into()), ..JournalFilter::default() }, None, 1);
    let told = entries.unwrap().0.remove(0).entry.details.unwrap();
    assert!(told.starts_with(&format!("The journal before it ended with entry {length}, ")), "{told}");
    // The next look is the first one for the restored file.
    let joined = Device { key_fingerprint: sent.key.clone(), ..device("c") };
    restored.look(whole, vec![thing(device("a")), thing(device("b")), thing(joined)]);
    let alarms: Vec<_> = restored.mirror.alarms().unwrap().into_iter().map(|alarm| alarm.place.id).collect();
    assert_eq!(alarms, ["a"], "a key that was shut out has come back");
    let asked = restored.mirror.outbox(0, 10).unwrap().into_iter().filter(|errand| errand.intent.revokes());
    assert_eq!(asked.map(|errand| errand.place.id).collect::<Vec<_>>(), ["c"], "a key that is lost has joined");
    restored.mirror.verify_journal().unwrap().unwrap();
}

#[test]
fn who_was_shut_out_since_stays_so_though_the_file_has_forgotten_the_platform_and_lists_none_of_it() {
    let (file, copy) = (File::new(), "copy.db");
    let copy = file.folder.path().join(copy);
    file.some([device("a"), device("b")]);
    file.mirror.backup(&copy).unwrap();
    file.some([revoked(device("a"))]);
    file.mirror.forget_platform(&platform(), at(61)).unwrap();
    file.mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    let restored = restored(&copy, file);
    let standing = |id| restored.mirror.device(&place(id)).unwrap().standing;
    assert_eq!([standing("a"), standing("b")], [Standing::Revoked, Standing::Active]);
    restored.look(EVERYTHING, vec![thing(device("a"))]);
    assert_eq!(restored.mirror.alarms().unwrap().len(), 1, "where it is let in again, its key has come back");
}

#[test]
fn a_key_that_was_let_in_since_is_revoked_once_it_joins_if_it_is_lost_after_a_backup_was_put_back() {
    for asked_before in [true, false] {
        let (file, rng) = (File::new(), Counting::default());
        let copy = file.folder.path().join("copy.db");
        file.look(EVERYTHING, vec![waiting("w")]);
        let ask = || file.mirror.ask(&place("w"), &approve(), at(1), &rng).unwrap();
        let asked = asked_before.then(ask);
        file.mirror.backup(&copy).unwrap();
        let key = asked.unwrap_or_else(ask).key;
        file.goes_out(&rng);
        file.look(EVERYTHING, vec![clawpair_mirror::Thing::Request(Box::new(request("w", PairingStatus::Approved).into()))]);
        assert!(file.mirror.outbox(0, 10).unwrap().is_empty(), "it is seen to be done");
        assert_eq!(Mirror::look_at_backup(&copy, file.mirror.path()).unwrap().since, 0);
        let restored = restored(&copy, file);
        restored.mirror.verify_journal().unwrap().unwrap();
        restored.mirror.revoke_everywhere(&key, None, at(71), &rng).unwrap();
        assert!(restored.revokes_who_joins_with(&key), "{asked_before}");
    }
}

#[test]
fn a_key_that_was_let_in_at_a_platform_that_is_added_again_is_revoked_once_it_joins() {
    let (file, rng) = (File::new(), Counting::default());
    file.look(EVERYTHING, vec![waiting("w")]);
    file.mirror.ask(&place("w"), &approve(), at(1), &rng).unwrap();
    let key = file.goes_out(&rng).key;
    file.mirror.forget_platform(&platform(), at(4)).unwrap();
    file.mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    file.mirror.revoke_everywhere(&key, None, at(5), &rng).unwrap();
    assert!(file.revokes_who_joins_with(&key));
}
