use std::time::Duration;

use clawpair_api::{Device, DeviceStatus, ErrorBody, ErrorCode, PairingStatus, Request};
use clawpair_mirror::{Answer, Batch, Choice, Conflict, Delivery, Extent, Intent, Mirror, MirrorError, Thing, Wait};

use crate::common::{File, OneByOne as _, at, device, platform, request, revoked};
use crate::desk::{DONE, Desk, REVOKE, refused, rename, some};

#[test]
fn a_revocation_counts_as_not_done_until_a_later_reading_shows_it() {
    let desk = Desk::new();
    let errand = desk.ask("a", &REVOKE);
    let early = desk.file.batch([revoked(device("a"))]);
    let sent = desk.take(at(1)).unwrap();
    assert_eq!(desk.settle(&sent, DONE).acknowledged_at, Some(at(2)));
    desk.mirror().apply(early).unwrap();
    assert!(matches!(desk.delivery(errand.id), Delivery::Acknowledged { .. }));
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
    assert_eq!(desk.mirror().unverified(&platform()).unwrap().len(), 1);
    desk.file.some([revoked(device("a"))]);
    assert!(matches!(desk.delivery(errand.id), Delivery::Verified { .. }));
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 0);
}

#[test]
fn what_was_asked_for_later_and_perhaps_done_is_no_contradiction() {
    let desk = Desk::new();
    let first = desk.ask("a", &rename("x"));
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    desk.ask("a", &rename("y"));
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    let named = |name: &str, revision| Device { name: name.into(), revision, ..device("a") };
    desk.file.some([named("y", 3)]);
    assert!(matches!(desk.delivery(first.id), Delivery::Acknowledged { .. }), "the other may be what is shown");
    desk.ask("a", &REVOKE);
    desk.file.some([named("y", 4)]);
    assert!(matches!(desk.delivery(first.id), Delivery::Overtaken { .. }));
}

#[test]
fn an_acknowledged_revocation_that_a_reading_contradicts_is_a_conflict_and_still_not_done() {
    let desk = Desk::new();
    let errand = desk.ask("a", &REVOKE);
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    desk.file.some([device("a")]);
    assert!(matches!(desk.delivery(errand.id), Delivery::Failed { conflict: Conflict::NotShown, .. }));
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
}

#[test]
fn a_device_that_was_paired_again_with_the_same_key_is_told_and_can_be_revoked() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let sent = desk.take(at(1)).unwrap();
    desk.settle(&sent, DONE);
    desk.file.everything([Device { paired_at: at(50).to_string(), ..device("a") }, device("b")]);
    let Delivery::Failed { conflict, .. } = desk.delivery(sent.id) else { panic!("a conflict") };
    assert_eq!(conflict, Conflict::PairedAgain { id: "a".into() });
    let anew = desk.mirror().choose(sent.id, Choice::RevokeReturned, at(60), &desk.rng).unwrap().unwrap();
    assert_ne!(anew.idempotency_key, sent.idempotency_key);
    assert_eq!(anew.paired_at, Some(at(50)));
}

#[test]
fn things_asked_of_one_device_go_out_one_after_the_other_and_others_pass_by() {
    let desk = Desk::new();
    let (first, second, other) = (desk.ask("a", &rename("x")), desk.ask("a", &rename("y")), desk.ask("b", &REVOKE));
    let taken = [desk.take(at(1)).unwrap(), desk.take(at(1)).unwrap()];
    assert_eq!(taken.each_ref().map(|errand| errand.id), [first.id, other.id]);
    assert_eq!(desk.take(at(1)), None);
    desk.settle(&taken[0], DONE);
    assert_eq!(desk.take(at(1)).unwrap().id, second.id);
}

#[test]
fn a_second_edit_is_meant_on_top_of_the_first() {
    let desk = Desk::new();
    desk.ask("a", &rename("x"));
    let second = desk.ask("a", &rename("y"));
    assert_eq!(second.revision, Some(1));
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Done { revision: Some(2) });
    assert_eq!(desk.take(at(3)).unwrap().revision, Some(2));
}

#[test]
fn an_edit_is_meant_on_top_of_one_that_was_acknowledged_and_is_in_no_list_yet() {
    let desk = Desk::new();
    desk.ask("a", &rename("x"));
    let waiting = desk.ask("a", &rename("y"));
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Done { revision: Some(2) });
    // As after a program was killed before it entered the device that came with the answer.
    assert_eq!(desk.ask("a", &rename("z")).revision, Some(2));
    let second = desk.take(at(3)).unwrap();
    assert_eq!((second.id, second.revision), (waiting.id, Some(2)));
    desk.settle(&second, Answer::Done { revision: Some(3) });
    assert_eq!(desk.take(at(5)).unwrap().revision, Some(3));
}

#[test]
fn an_attempt_whose_answer_was_lost_goes_out_again_under_the_same_key_after_a_wait() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let first = desk.take(at(1)).unwrap();
    let Delivery::Queued { wait: Wait { until: due, .. } } = desk.settle(&first, Answer::Lost).delivery else { panic!("queued") };
    assert!(due > at(2) && due <= at(3));
    assert_eq!(desk.mirror().next_due(&platform(), at(2)).unwrap(), Some(due));
    assert_eq!(desk.take(at(2)), None);
    let second = desk.take(at(3)).unwrap();
    assert_eq!((second.attempts, second.idempotency_key), (2, first.idempotency_key));
}

#[test]
fn waits_double_up_to_five_minutes() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let (mut now, mut waits) = (at(1), Vec::new());
    for _ in 0..12 {
        let sent = desk.take(now).unwrap();
        let settled = desk.mirror().settle(sent.id, sent.attempts, Answer::Lost, now, &desk.rng).unwrap();
        let Delivery::Queued { wait: Wait { until: due, .. } } = settled.delivery else { panic!("queued") };
        waits.push(due.as_millis() - now.as_millis());
        now = due;
    }
    assert_eq!(waits, [750, 1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 96_000, 192_000, 225_000, 225_000, 225_000]);
}

#[test]
fn a_platform_that_asks_for_patience_gets_it_up_to_a_day() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let later = |seconds| Answer::refused(ErrorBody::new(ErrorCode::RateLimited, "No."), 429, Some(Duration::from_secs(seconds)));
    let sent = desk.take(at(1)).unwrap();
    let Delivery::Queued { wait: Wait { until: due, .. } } = desk.settle(&sent, later(30)).delivery else { panic!("queued") };
    assert!(due >= at(32) && due <= at(33));
    let sent = desk.take(due).unwrap();
    let Delivery::Queued { wait: Wait { until: due, .. } } = desk.settle(&sent, later(9_999_999)).delivery else {
        panic!("queued")
    };
    assert!(due < at(2 + 86_400 + 2));
}

#[test]
fn a_refusal_is_judged_by_its_status_whatever_its_word() {
    for (status, passes) in
        [(400, false), (403, false), (404, false), (409, false), (408, true), (425, true), (429, true), (503, true)]
    {
        let answer = Answer::refused(ErrorBody::new(ErrorCode::Unknown, "No."), status, None);
        assert_eq!(matches!(answer, Answer::Later { .. }), passes, "{status}");
        let desk = Desk::new();
        desk.ask("a", &REVOKE);
        let settled = desk.settle(&desk.take(at(1)).unwrap(), answer);
        assert_eq!(matches!(settled.delivery, Delivery::Queued { .. }), passes, "{status}");
    }
}

#[test]
fn a_refusal_is_not_tried_again() {
    let desk = Desk::new();
    let (_, conflict) = desk.failed(&REVOKE, ErrorCode::AccessDenied);
    assert!(matches!(conflict, Conflict::NotAllowed { .. }) && conflict.sentence().contains("No."));
    assert_eq!(desk.take(at(1_000_000)), None);
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
}

#[test]
fn a_revocation_whose_device_is_gone_is_to_be_decided_and_leaves_nobody_let_in() {
    let desk = Desk::new();
    let (_, conflict) = desk.failed(&REVOKE, ErrorCode::NotFound);
    assert_eq!(conflict, Conflict::Gone);
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 0);
    let counts = desk.mirror().outbox_counts().unwrap();
    assert_eq!((counts.not_yet_revoked, counts.conflicts), (0, 1));
}

#[test]
fn a_revocation_that_was_refused_counts_no_more_once_somebody_else_has_revoked_the_device() {
    for seen_before in [true, false] {
        let desk = Desk::new();
        let errand = desk.ask("a", &REVOKE);
        if seen_before {
            desk.file.some([revoked(device("a"))]);
        }
        desk.settle(&desk.take(at(1)).unwrap(), refused(ErrorCode::AccessDenied));
        if !seen_before {
            assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
            desk.file.some([revoked(device("a"))]);
        }
        let Delivery::Failed { conflict, .. } = desk.delivery(errand.id) else { panic!("a conflict") };
        assert_eq!((&conflict, conflict.choices()), (&Conflict::Gone, &[Choice::Leave][..]));
        let counts = desk.mirror().outbox_counts().unwrap();
        assert_eq!((counts.not_yet_revoked, counts.conflicts), (0, 1), "a person is told how it has ended");
    }
}

#[test]
fn a_key_that_was_paired_again_counts_until_the_device_that_has_it_now_is_over() {
    let desk = Desk::new();
    let again = || Device { key_fingerprint: device("a").key_fingerprint, ..device("c") };
    desk.file.some([again()]);
    desk.ask("a", &REVOKE);
    let sent = desk.take(at(1)).unwrap();
    desk.settle(&sent, refused(ErrorCode::NotFound));
    desk.file.everything([device("b"), again()]);
    assert!(matches!(desk.delivery(sent.id), Delivery::Failed { conflict: Conflict::PairedAgain { .. }, .. }));
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
    desk.file.everything([device("b"), revoked(again())]);
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 0);
}

#[test]
fn a_revocation_that_is_asked_for_anew_stands_in_the_place_of_the_one_that_failed() {
    let desk = Desk::new();
    let (failed, _) = desk.failed(&REVOKE, ErrorCode::AccessDenied);
    let anew = desk.ask("a", &REVOKE);
    assert_ne!(anew.id, failed.id);
    assert!(matches!(desk.delivery(failed.id), Delivery::Withdrawn { .. }));
    let counts = desk.mirror().outbox_counts().unwrap();
    assert_eq!((counts.not_yet_revoked, counts.conflicts), (1, 0));
}

#[test]
fn each_refusal_becomes_a_conflict_with_choices() {
    let edit = rename("x");
    for (intent, code, conflict) in [
        (&edit, ErrorCode::ChangedMeanwhile, Conflict::Changed),
        (&edit, ErrorCode::NotFound, Conflict::Gone),
        (&edit, ErrorCode::AlreadyRevoked, Conflict::Gone),
        (&REVOKE, ErrorCode::NotFound, Conflict::Gone),
    ] {
        let (_, found) = Desk::new().failed(intent, code);
        assert_eq!(found, conflict);
        assert!(found.choices().contains(&Choice::Leave) && found.sentence().ends_with('.'));
    }
}

#[test]
fn a_device_that_was_revoked_already_is_what_was_wanted() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let settled = desk.settle(&desk.take(at(1)).unwrap(), refused(ErrorCode::AlreadyRevoked));
    assert!(matches!(settled.delivery, Delivery::Acknowledged { .. }));
}

#[test]
fn overwriting_asks_anew_without_a_revision() {
    let desk = Desk::new();
    let (sent, _) = desk.failed(&rename("x"), ErrorCode::ChangedMeanwhile);
    assert!(matches!(desk.mirror().choose(sent.id, Choice::RevokeReturned, at(3), &desk.rng), Err(MirrorError::Invalid(_))));
    let anew = desk.mirror().choose(sent.id, Choice::Overwrite, at(3), &desk.rng).unwrap().unwrap();
    assert_eq!((anew.revision, &anew.intent), (None, &rename("x")));
    assert!(matches!(desk.delivery(sent.id), Delivery::Withdrawn { .. }));
}

#[test]
fn an_old_attempts_refusal_says_nothing_and_its_acknowledgement_does() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let first = desk.take(at(1)).unwrap();
    desk.settle(&first, Answer::Lost);
    desk.take(at(100)).unwrap();
    assert!(matches!(desk.settle(&first, refused(ErrorCode::AccessDenied)).delivery, Delivery::Sent { .. }));
    assert!(matches!(desk.settle(&first, DONE).delivery, Delivery::Acknowledged { .. }));
    assert!(matches!(desk.settle(&first, Answer::Lost).delivery, Delivery::Acknowledged { .. }));
}

#[test]
fn only_what_was_never_sent_can_be_taken_back() {
    let desk = Desk::new();
    let errand = desk.ask("a", &REVOKE);
    let sent = desk.take(at(1)).unwrap();
    desk.settle(&sent, Answer::Lost);
    assert!(matches!(desk.mirror().withdraw(errand.id, at(3)), Err(MirrorError::Invalid(_))));
    let other = desk.ask("b", &REVOKE);
    assert!(matches!(desk.mirror().withdraw(other.id, at(3)).unwrap().delivery, Delivery::Withdrawn { .. }));
}

#[test]
fn revoking_twice_is_one_revocation() {
    let desk = Desk::new();
    assert_eq!(desk.ask("a", &REVOKE).id, desk.ask("a", &REVOKE).id);
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 1);
}

#[test]
fn what_was_under_way_when_the_program_ended_goes_out_again() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    let sent = desk.take(at(1)).unwrap();
    let Desk { file: File { folder, mirror }, .. } = desk;
    drop(mirror);
    let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    let again = mirror.take_due(&platform(), at(2)).unwrap().unwrap();
    assert_eq!((again.attempts, again.idempotency_key), (2, sent.idempotency_key));
}

#[test]
fn an_attempt_of_which_nothing_is_heard_for_two_minutes_is_lost() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    desk.take(at(1)).unwrap();
    assert_eq!(desk.take(at(121)), None);
    assert_eq!(desk.take(at(122)).unwrap().attempts, 2);
}

#[test]
fn a_decision_that_does_not_go_out_in_time_expires() {
    let desk = Desk::new();
    desk.requests(some(), Desk::asking(PairingStatus::Waiting));
    let errand = desk.ask("pair-1", &Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None });
    assert_eq!(errand.expires_at, Some(at(600)));
    assert_eq!(desk.take(at(600)), None);
    assert!(matches!(desk.delivery(errand.id), Delivery::Expired { .. }));
}

#[test]
fn a_decision_ends_with_its_request_by_the_platforms_clock() {
    let desk = Desk::new();
    let ahead =
        Batch { extent: Extent::Everything { cursor: None }, things: Desk::asking(PairingStatus::Waiting), ..desk.file.batch([]) };
    let reading = ahead.reading.with_clock_ahead(Some(120_000));
    desk.mirror().apply(Batch { reading, ..ahead }).unwrap();
    assert_eq!(desk.mirror().platform(&platform()).unwrap().ahead_millis, 120_000);
    desk.requests(Extent::Some { cursor: Some("1".into()) }, vec![]);
    let deny = Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None };
    assert_eq!(desk.ask("pair-1", &deny).expires_at, Some(at(480)), "known from the last reading that said it");
}

#[test]
fn a_decision_is_verified_by_the_request_as_it_stands_then() {
    for (status, verified) in [(PairingStatus::Denied, true), (PairingStatus::Approved, false)] {
        let desk = Desk::new();
        desk.requests(some(), Desk::asking(PairingStatus::Waiting));
        let errand = desk.ask("pair-1", &Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None });
        desk.settle(&desk.take(at(1)).unwrap(), DONE);
        desk.requests(some(), Desk::asking(status));
        assert_eq!(matches!(desk.delivery(errand.id), Delivery::Verified { .. }), verified);
    }
}

#[test]
fn an_approval_at_a_platform_without_ended_requests_is_verified_by_the_device() {
    let desk = Desk::new();
    desk.requests(some(), Desk::asking(PairingStatus::Waiting));
    let permissions = vec!["sensor:read".to_owned()];
    let errand = desk.ask("pair-1", &Intent::Approve { public_key: "k".into(), permissions });
    desk.settle(&desk.take(at(1)).unwrap(), DONE);
    desk.file.everything([device("a"), device("b"), Device { key_fingerprint: "KEY0-0000-new".into(), ..device("c") }]);
    assert!(matches!(desk.delivery(errand.id), Delivery::Verified { .. }));
}

#[test]
fn other_changes_are_verified_by_what_is_listed() {
    let changes = [
        (rename("x"), Device { name: "x".into(), ..device("a") }),
        (Intent::Disable { reason: None }, Device { status: DeviceStatus::Disabled, ..device("a") }),
        (
            Intent::EditTags { tags: clawpair_core::tags::Tags::parse(&["t"]).unwrap() },
            Device { tags: vec!["t".into()], ..device("a") },
        ),
    ];
    for (intent, after) in changes {
        let desk = Desk::new();
        let errand = desk.ask("a", &intent);
        desk.settle(&desk.take(at(1)).unwrap(), DONE);
        desk.file.some([Device { revision: 2, ..after }]);
        assert!(matches!(desk.delivery(errand.id), Delivery::Verified { .. }), "{intent:?}");
    }
}

#[test]
fn a_lost_device_is_revoked_on_every_platform_that_knows_its_key_or_on_none() {
    let desk = Desk::new();
    let other = "q".parse().unwrap();
    desk.mirror().enter_platform(&other, &"Other".parse().unwrap()).unwrap();
    let key = device("a").key_fingerprint;
    let twin = desk.file.batch([Device { key_fingerprint: key.clone(), ..device("twin") }]);
    desk.mirror().apply(Batch { platform: other, ..twin }).unwrap();
    let asks = Request { key_fingerprint: key.clone(), ..request("pair-1", PairingStatus::Waiting) };
    desk.requests(some(), vec![Thing::Request(Box::new(asks.into()))]);
    let places = desk.mirror().key_places(&key).unwrap();
    let errands = desk.mirror().revoke_everywhere(&key, None, at(1), &desk.rng).unwrap();
    let known: Vec<_> = places.into_iter().map(|known| known.place).collect();
    assert_eq!(known, errands.iter().map(|errand| errand.place.clone()).collect::<Vec<_>>());
    let words: Vec<_> = errands.iter().map(|errand| (errand.place.platform.as_str(), errand.intent.word())).collect();
    assert_eq!(words, [("p", "revoke"), ("q", "revoke"), ("p", "deny")]);
    assert_eq!(desk.mirror().not_yet_revoked().unwrap(), 2);
    assert!(desk.mirror().key_places("KEY9-9999-zzzz").unwrap().is_empty());
    let unknown = desk.mirror().revoke_everywhere("KEY9-9999-zzzz", None, at(1), &desk.rng);
    assert!(matches!(unknown, Err(MirrorError::NotFound(_))));
}
