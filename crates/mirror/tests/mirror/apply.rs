use clawpair_api::{Device, DeviceStatus, ErrorBody, ErrorCode};
use clawpair_mirror::{
    About, Act, Batch, Delivery, DeviceQuery, Extent, FacetQuery, Intent, Mirror, MirrorError, Noted, Place, Standing, Summary,
};
use proptest::prelude::*;

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, revoked};

fn standing(mirror: &Mirror, id: &str) -> Standing {
    mirror.device(&place(id)).unwrap().standing
}

#[test]
fn a_batch_that_comes_twice_changes_nothing_the_second_time() {
    let file = File::new();
    let batch = file.batch([device("a"), device("b")]);
    assert_eq!(file.mirror.apply(batch.clone()).unwrap().changed, 2);
    assert_eq!(file.mirror.apply(batch).unwrap().changed, 0);
    assert_eq!(file.mirror.summary(None).unwrap().active, 2);
}

#[test]
fn a_revoked_device_stays_revoked_whatever_arrives_later() {
    let file = File::new();
    let early = file.batch([device("a")]);
    file.some([revoked(device("a"))]);
    file.mirror.apply(early).unwrap();
    file.some([Device { revision: 9, ..device("a") }]);
    assert_eq!(standing(&file.mirror, "a"), Standing::Revoked);
    assert_eq!(file.mirror.summary(None).unwrap().active, 0);
}

#[test]
fn a_later_reading_of_everything_can_tell_that_a_device_is_back() {
    let file = File::new();
    file.some([revoked(device("a"))]);
    file.everything([device("a")]);
    assert_eq!(standing(&file.mirror, "a"), Standing::Active);
}

#[test]
fn what_is_not_in_a_reading_of_everything_is_gone_and_not_shown_as_let_in() {
    let file = File::new();
    file.everything([device("a"), device("b")]);
    file.everything([device("b")]);
    let gone = file.mirror.device(&place("a")).unwrap();
    assert_eq!((gone.standing, gone.record.device.status), (Standing::Gone, DeviceStatus::Revoked));
    assert_eq!(file.mirror.summary(None).unwrap().gone, 1);
}

#[test]
fn a_reading_of_everything_does_not_end_what_a_later_one_has_brought() {
    let file = File::new();
    let early = Batch { extent: Extent::Everything { cursor: None }, ..file.batch([]) };
    file.some([device("a")]);
    file.mirror.apply(early).unwrap();
    assert_eq!(standing(&file.mirror, "a"), Standing::Active);
}

#[test]
fn a_batch_is_applied_whole_or_not_at_all() {
    let file = File::new();
    let large = Device { said_name: Some("x".repeat(70_000)), ..device("b") };
    let refused = file.mirror.apply(file.batch([device("a"), large])).unwrap_err();
    assert!(matches!(refused, MirrorError::Invalid(_)));
    assert_eq!(file.mirror.summary(None).unwrap().active, 0);
}

#[test]
fn a_platform_says_as_of_when_and_why_it_is_stale() {
    let file = File::new();
    let why = ErrorBody::new(ErrorCode::StorageUnavailable, "The platform does not answer.");
    file.mirror.apply(Batch { extent: Extent::Some { cursor: Some("c1".into()) }, ..file.batch([]) }).unwrap();
    file.mirror.mark_stale(&platform(), at(10), &why).unwrap();
    file.mirror.mark_stale(&platform(), at(20), &why).unwrap();
    let stale = file.mirror.platforms().unwrap().remove(0);
    assert_eq!((stale.as_of, stale.cursor.as_deref()), (Some(at(0)), Some("c1")));
    assert_eq!(stale.stale.map(|stale| stale.since), Some(at(10)));
    let told = Batch { reading: file.mirror.reading(at(30)).unwrap(), ..file.batch([device("a")]) };
    file.mirror.apply(told).unwrap();
    let told = file.mirror.platforms().unwrap().remove(0);
    assert_eq!((told.as_of, told.stale.is_some()), (Some(at(0)), true), "what was told says nothing of all the rest");
    let read =
        Batch { reading: file.mirror.reading(at(40)).unwrap(), extent: Extent::Everything { cursor: None }, ..file.batch([]) };
    file.mirror.apply(read).unwrap();
    let fresh = file.mirror.platforms().unwrap().remove(0);
    assert_eq!((fresh.stale, fresh.as_of, fresh.cursor.as_deref()), (None, Some(at(40)), Some("c1")));
    let asked_before = file.mirror.reading(at(70)).unwrap().unasked().with_as_of(at(60));
    file.mirror.apply(Batch { reading: asked_before, extent: Extent::Everything { cursor: None }, ..file.batch([]) }).unwrap();
    assert_eq!(file.mirror.platform(&platform()).unwrap().as_of, Some(at(60)), "when it was asked, and not when that was entered");
}

#[test]
fn what_was_known_is_there_after_opening_the_file_again() {
    let file = File::new();
    file.some([device("a")]);
    let File { folder, mirror } = file;
    drop(mirror);
    let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    assert_eq!(standing(&mirror, "a"), Standing::Active);
}

#[test]
fn what_a_platform_can_do_is_known_until_it_is_forgotten() {
    let file = File::new();
    let known = || file.mirror.platform(&platform()).unwrap().capabilities;
    assert_eq!(known(), None);
    file.mirror.keep_capabilities(&platform(), &["requests", "alerts"]).unwrap();
    assert_eq!(known(), Some(vec!["requests".to_owned(), "alerts".to_owned()]));
    file.mirror.forget_platform(&platform(), at(1)).unwrap();
    file.mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    assert_eq!(known(), None);
}

#[test]
fn a_platform_that_is_not_entered_is_named_as_missing() {
    let file = File::new();
    let other = Place { platform: "other".parse().unwrap(), id: "a".into() };
    assert_eq!(file.mirror.device(&other), Err(MirrorError::NotFound("platform")));
}

#[test]
fn a_platform_that_is_forgotten_takes_its_devices_along_and_leaves_its_tombstones() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a"), device("b"), revoked(device("c"))]);
    let errand = file.mirror.ask(&place("a"), &Intent::Revoke { reason: None }, at(0), &rng).unwrap();
    file.mirror.forget_platform(&platform(), at(1)).unwrap();
    assert_eq!(file.mirror.summary(None).unwrap(), Summary::default());
    assert_eq!(file.mirror.devices(&DeviceQuery::default()).unwrap().devices, []);
    assert_eq!((file.mirror.platforms().unwrap().len(), file.mirror.facets(&FacetQuery::default()).unwrap().types.len()), (0, 0));
    assert!(matches!(file.mirror.errand(errand.id).unwrap().delivery, Delivery::Abandoned { .. }));
    assert_eq!(file.mirror.not_yet_revoked().unwrap(), 0);
    assert_eq!(file.mirror.tombstones(None, None, 10).unwrap().len(), 1);
    assert_eq!(file.mirror.take_due(&platform(), at(2)), Err(MirrorError::NotFound("platform")));
    file.mirror.verify_journal().unwrap().unwrap();
    let journal = file.mirror.journal(&clawpair_mirror::JournalFilter::default(), None, 10).unwrap();
    file.mirror.forget_platform(&platform(), at(3)).expect("forgetting twice is forgetting");
    assert_eq!(file.mirror.journal(&clawpair_mirror::JournalFilter::default(), None, 10).unwrap(), journal);
    // Entered again, it is read from the beginning, and a key that comes back is still known.
    file.mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    file.some([device("a"), Device { key_fingerprint: device("c").key_fingerprint, ..device("d") }]);
    assert_eq!((file.mirror.summary(None).unwrap().active, file.mirror.alarms().unwrap().len()), (2, 1));
}

#[test]
fn a_platform_that_nobody_knows_any_more_is_told_with_what_is_not_revoked_and_forgotten_by_no_person() {
    let (file, rng) = (File::new(), Counting::default());
    file.some([device("a"), device("b")]);
    file.mirror.enter_platform(&"q".parse().unwrap(), &"Other".parse().unwrap()).unwrap();
    let at_the_office = Noted {
        act: Act::AddPlatform,
        about: About::Platform(platform()),
        details: Some("https://office.example".into()),
        refused: None,
    };
    file.mirror.note(&[at_the_office], at(0)).unwrap();
    file.mirror.ask(&place("a"), &Intent::Revoke { reason: None }, at(0), &rng).unwrap();
    file.mirror.ask(&place("b"), &Intent::Enable, at(0), &rng).unwrap();
    let strangers = || file.mirror.strangers(|id| id.as_str() == "q").unwrap();
    let stranger = strangers().remove(0);
    assert_eq!((&stranger.id, stranger.not_yet_revoked), (&platform(), 1));
    assert_eq!((stranger.name.as_str(), stranger.address.as_deref()), ("Platform", Some("https://office.example")));
    file.mirror.forget_stranger(&platform(), at(1)).unwrap();
    assert_eq!((strangers(), file.mirror.not_yet_revoked().unwrap()), (vec![], 0));
    let (journal, _) = file.mirror.journal(&clawpair_mirror::JournalFilter::default(), None, 1).unwrap();
    assert_eq!((journal[0].entry.actor.as_str(), journal[0].entry.action.as_str()), ("platform", "platform_unknown"));
}

#[derive(Clone, Debug)]
struct Heard {
    id: u8,
    revision: u32,
    revoked: bool,
}

/// What a platform says of a device at a revision is always the same, and nothing follows a revocation.
fn histories() -> impl Strategy<Value = Vec<Heard>> {
    let ends = proptest::collection::vec(2..6_u32, 4);
    ends.prop_map(|ends| {
        let of = |(id, end): (u8, u32)| (1..=end).map(move |revision| Heard { id, revision, revoked: revision == end && end > 3 });
        (0..).zip(ends).flat_map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_in_any_order_and_any_number_end_in_the_same(
        history in histories(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 30),
    ) {
        let said = |heard: &Heard| {
            let plain = Device { revision: heard.revision, name: format!("r{}", heard.revision), ..device(&heard.id.to_string()) };
            if heard.revoked { Device { revision: heard.revision, ..revoked(plain) } } else { plain }
        };
        let file = File::new();
        let batches: Vec<Batch> = history.iter().map(|heard| file.batch([said(heard)])).collect();
        for index in order {
            file.mirror.apply(batches[index.index(batches.len())].clone()).unwrap();
        }
        for batch in batches.iter().rev() {
            file.mirror.apply(batch.clone()).unwrap();
        }
        for last in history.iter().filter(|heard| !history.iter().any(|h| h.id == heard.id && h.revision > heard.revision)) {
            let listed = file.mirror.device(&place(&last.id.to_string())).unwrap();
            prop_assert_eq!(listed.record.device.revision, last.revision);
            prop_assert_eq!(listed.standing == Standing::Revoked, last.revoked);
        }
        let summary = file.mirror.summary(None).unwrap();
        prop_assert_eq!(summary.active + summary.revoked, 4);
    }
}
