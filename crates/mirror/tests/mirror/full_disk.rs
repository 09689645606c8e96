//! The program starts on a disk that is full.

use clawpair_mirror::{DeviceQuery, Intent, Mirror, MirrorError};

use crate::common::{Counting, File, at, device, place, platform};
use crate::disk::{self, Trouble};

const REVOKE: Intent = Intent::Revoke { reason: None };

#[test]
fn what_is_kept_is_read_and_what_was_under_way_goes_out_once_there_is_room_again() {
    let this = "full_disk::what_is_kept_is_read_and_what_was_under_way_goes_out_once_there_is_room_again";
    let Some(folder) = disk::again(this) else { return };
    let (path, rng) = (folder.join("mirror.db"), Counting::default());
    let mirror = Mirror::open(&path).unwrap();
    mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    let file = File { folder: tempfile::tempdir().unwrap(), mirror };
    file.some([device("a"), device("b")]);
    file.mirror.ask(&place("a"), &REVOKE, at(0), &rng).unwrap();
    let sent = file.mirror.take_several(&platform(), 1, at(1)).unwrap().remove(0);
    drop(file);
    disk::is(Some(Trouble::Full));

    let mirror = Mirror::open(&path).unwrap();
    mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    let page = mirror.devices(&DeviceQuery { limit: 10, ..DeviceQuery::default() }).unwrap();
    assert_eq!(page.devices.iter().map(|found| found.record.device.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((mirror.review_summary().unwrap().added, mirror.outbox_counts().unwrap().not_yet_revoked), (2, 1));
    assert_eq!(mirror.ask(&place("b"), &REVOKE, at(2), &rng).unwrap_err(), MirrorError::DiskFull);

    disk::is(None);
    assert_eq!(mirror.take_several(&platform(), 1, at(2)).unwrap(), [], "it may still be on its way");
    let again = mirror.take_several(&platform(), 1, at(122)).unwrap().remove(0);
    assert_eq!((again.idempotency_key, again.attempts), (sent.idempotency_key, 2));
    mirror.put_in_group(&place("b"), Some(&"cellar".parse().unwrap()), at(122)).unwrap();
    assert_eq!(mirror.device(&place("b")).unwrap().group.unwrap().as_str(), "cellar");
}
