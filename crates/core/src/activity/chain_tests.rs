use super::*;
use crate::id::{ApiKeyId, PairingId};
use std::net::IpAddr;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn log(entries: usize) -> (Vec<Entry>, Head) {
    let (mut log, mut head) = (Vec::new(), Head::EMPTY);
    for _ in 0..entries {
        let actor = Actor::ApiKey(ApiKeyId::from_bytes([1; 16]), Some(IpAddr::from([192, 0, 2, 7])));
        let action = Action::PairingOpened(PairingId::from_bytes([2; 16]));
        let entry = Entry::after(&head, NOON, actor, &action, Some("why"));
        head = Head { number: entry.number, hash: entry.hash };
        log.push(entry);
    }
    (log, head)
}

fn verify(start: Checkpoint, entries: &[Entry], head: Head) -> Result<Verified, Fault> {
    let mut verifier = Verifier::new(start, head);
    entries.iter().try_for_each(|entry| verifier.check(entry))?;
    verifier.finish()
}

#[test]
fn a_whole_log_is_whole() {
    for length in 0..4 {
        let (log, head) = log(length);
        let verified = verify(Checkpoint::GENESIS, &log, head).unwrap();
        assert_eq!(verified, Verified { first: i64::from(length > 0), last: head });
    }
}

#[test]
fn a_change_of_any_field_is_found_and_named() {
    let changes: [fn(&mut Entry); 8] = [
        |entry| entry.at = NOON.plus_minutes(1),
        |entry| entry.actor = "owner".into(),
        |entry| entry.action = "pairing_cancelled".into(),
        |entry| entry.subject = "pair-x".into(),
        |entry| entry.address = None,
        |entry| entry.details = Some("another".into()),
        |entry| entry.format = Format::First,
        |entry| entry.hash[31] ^= 1,
    ];
    for change in changes {
        let (mut log, head) = log(5);
        change(&mut log[2]);
        assert_eq!(verify(Checkpoint::GENESIS, &log, head), Err(Fault::Changed { number: 3 }));
    }
}

#[test]
fn a_removed_entry_is_named_wherever_it_stood() {
    for (removed, first, last) in [(0..1, 1, 1), (1..3, 2, 3), (4..5, 5, 5), (0..5, 1, 5)] {
        let (mut log, head) = log(5);
        log.drain(removed);
        let fault = verify(Checkpoint::GENESIS, &log, head).unwrap_err();
        assert_eq!(fault, Fault::Missing { first, last });
        assert!(fault.to_string().contains(" missing."), "{fault}");
    }
}

#[test]
fn an_entry_that_was_put_in_is_named_even_with_a_right_hash() {
    let (log, head) = log(5);
    let mut before = log.clone();
    before.insert(0, Entry { number: 0, ..log[0].clone() });
    assert_eq!(verify(Checkpoint::GENESIS, &before, head), Err(Fault::Added { number: 0 }));
    let forged = Entry::after(&head, NOON, Actor::Owner, &Action::PairingOpened(PairingId::from_bytes([3; 16])), None);
    let after = [log.as_slice(), &[forged]].concat();
    assert_eq!(verify(Checkpoint::GENESIS, &after, head), Err(Fault::Added { number: 6 }));
}

#[test]
fn a_log_with_another_end_than_noted_is_found() {
    let (log, head) = log(2);
    let other = Head { hash: [1; 32], ..head };
    assert_eq!(verify(Checkpoint::GENESIS, &log, other), Err(Fault::Head { number: 2 }));
}

#[test]
fn a_pruned_log_is_whole_from_its_checkpoint_on() {
    let (log, head) = log(5);
    let checkpoint = Checkpoint { first: 4, previous: log[2].hash };
    assert_eq!(Checkpoint::from_details(&checkpoint.to_details()), Some(checkpoint));
    let more = format!("{}; removed 3 from before 2026-01-01T00:00:00Z", checkpoint.to_details());
    assert_eq!(Checkpoint::from_details(&more), Some(checkpoint));
    assert_eq!(verify(checkpoint, &log[3..], head).unwrap().first, 4);
    assert_eq!(verify(Checkpoint::GENESIS, &log[3..], head), Err(Fault::Missing { first: 1, last: 3 }));
    assert_eq!(verify(checkpoint, &log, head), Err(Fault::Added { number: 1 }));
}

#[test]
fn an_entry_of_the_first_format_keeps_its_hash() {
    let entry = Entry {
        number: 1,
        at: NOON,
        actor: "owner".into(),
        action: "pairing_opened".into(),
        subject: "pair-x".into(),
        address: None,
        details: None,
        format: Format::First,
        hash: GENESIS,
    };
    // Computed apart from this program, of the fields as they were written then.
    let expected = "3758c7a73f1dcac79eac3b964ae2baa077d95686676243fbc6fd4fab4636c8d7";
    assert_eq!(entry.hash_after(&GENESIS).map(|hash| hex(&hash)).as_deref(), Some(expected));
}

#[test]
fn details_are_bounded_and_harmless() {
    let entry = Entry::after(
        &Head::EMPTY,
        NOON,
        Actor::Platform,
        &Action::PairingOpened(PairingId::from_bytes([2; 16])),
        Some(&"a\u{202e}".repeat(500)),
    );
    let details = entry.details.unwrap();
    assert_eq!(details.chars().count(), MAX_DETAILS);
    assert!(!details.contains('\u{202e}'));
}
