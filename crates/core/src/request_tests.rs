use ed25519_dalek::SigningKey;

use super::*;
use crate::claim::ClaimSecret;
use crate::id::DeviceId;
use crate::pairing::{DECISION_MINUTES, InvalidTransition, REPEAT_MINUTES, Step};

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap()
}

fn raw(seed: u8) -> RawKey {
    *key(seed).as_bytes()
}

fn secret() -> ClaimSecret {
    ClaimSecret::Code("J4K2T8P7N1RG".parse().unwrap())
}

fn opened() -> Pairing {
    Pairing {
        id: PairingId::from_bytes([1; 16]),
        device_id: DeviceId::from_bytes([2; 16]),
        name: "hub".parse().unwrap(),
        device_type: "IoT Gateway".parse().unwrap(),
        permissions: Permissions::parse(&["lights:control"]).unwrap(),
        created_at: NOON,
        expires_at: NOON.plus_minutes(1),
        ask_first: true,
        state: PairingState::Open,
        typed: true,
        wrong_guesses: 0,
    }
}

fn asked(by: u8) -> Request {
    let Ok(Step::Ask(pairing)) = opened().claim(&secret(), raw(by), NOON) else { panic!("not asked") };
    let asking = Asking { key: key(by), description: Description::default(), address: "192.0.2.7".into(), at: NOON, other_keys: 0 };
    Request { pairing, asking, reason: None }
}

fn approve(by: u8, permission: &str) -> Decision {
    Decision::Approve(Seen { key: raw(by), permissions: Permissions::parse(&[permission]).unwrap() })
}

fn approved() -> Pairing {
    match asked(1).decide(&approve(1, "lights:control"), NOON.plus_minutes(1)) {
        Ok(Decided::Now(request)) => request.pairing,
        other => panic!("{other:?}"),
    }
}

/// The vector of `docs/DEVICE-PROTOCOL.md`.
#[test]
fn golden_comparison() {
    let pin = ServerPin::from_bytes(*b"0123456789abcdef");
    assert_eq!(Comparison::of(pin, &key(7), PairingId::from_bytes([1; 16])).to_string(), "924 981");
    assert_eq!(Comparison(7).to_string(), "000 007");
}

#[test]
fn the_comparison_number_depends_on_all_three() {
    let pin = ServerPin::from_bytes([1; 16]);
    let number = Comparison::of(pin, &key(1), PairingId::from_bytes([1; 16]));
    assert_ne!(number, Comparison::of(ServerPin::from_bytes([2; 16]), &key(1), PairingId::from_bytes([1; 16])));
    assert_ne!(number, Comparison::of(pin, &key(2), PairingId::from_bytes([1; 16])));
    assert_ne!(number, Comparison::of(pin, &key(1), PairingId::from_bytes([2; 16])));
}

#[test]
fn a_claim_waits_for_a_decision_and_outlives_its_code_meanwhile() {
    let waiting = asked(1).pairing;
    let later = waiting.expires_at.plus_minutes(1);
    assert_eq!(waiting.status(later), PairingStatus::Waiting);
    assert_eq!(waiting.clone().claim(&secret(), raw(1), later), Ok(Step::Wait(waiting.clone())));
    assert_eq!(waiting.clone().claim(&secret(), raw(2), later), Err(InvalidTransition::Used));
    let late = NOON.plus_minutes(DECISION_MINUTES);
    assert_eq!(waiting.status(late), PairingStatus::Expired);
    assert_eq!(waiting.claim(&secret(), raw(1), late), Err(InvalidTransition::Unanswered));
}

#[test]
fn an_approved_device_joins_if_it_comes_back_in_time_and_no_other_does() {
    let approved = approved();
    let soon = NOON.plus_minutes(DECISION_MINUTES);
    assert_eq!(approved.clone().claim(&secret(), raw(2), soon), Err(InvalidTransition::Used));
    let Ok(Step::Join(joined)) = approved.clone().claim(&secret(), raw(1), soon) else { panic!("not joined") };
    assert_eq!(joined.state, PairingState::Completed { by: raw(1), at: soon });
    assert!(matches!(joined.clone().claim(&secret(), raw(1), soon), Ok(Step::Repeat(_))));
    assert_eq!(joined.claim(&secret(), raw(1), soon.plus_minutes(REPEAT_MINUTES)), Err(InvalidTransition::Used));
    let late = NOON.plus_minutes(1 + DECISION_MINUTES);
    assert_eq!(approved.claim(&secret(), raw(1), late), Err(InvalidTransition::Unanswered));
}

#[test]
fn approving_is_about_the_key_and_the_permissions_that_were_seen() {
    assert_eq!(asked(1).decide(&approve(2, "lights:control"), NOON), Err(InvalidDecision::Changed));
    assert_eq!(asked(1).decide(&approve(1, "sensor:read"), NOON), Err(InvalidDecision::Changed));
}

#[test]
fn a_decision_comes_in_time_and_is_made_once() {
    let late = NOON.plus_minutes(DECISION_MINUTES);
    assert_eq!(asked(1).decide(&approve(1, "lights:control"), late), Err(InvalidDecision::Expired));
    assert_eq!(asked(1).decide(&Decision::Deny(None), late), Err(InvalidDecision::Expired));
    let Ok(Decided::Now(denied)) = asked(1).decide(&Decision::Deny(None), NOON) else { panic!("not denied") };
    assert!(matches!(denied.clone().decide(&Decision::Deny(None), NOON), Ok(Decided::Before(_))));
    assert_eq!(denied.clone().decide(&approve(1, "lights:control"), NOON), Err(InvalidDecision::Decided));
    assert_eq!(denied.pairing.clone().claim(&secret(), raw(1), NOON), Err(InvalidTransition::Denied));
    assert_eq!(denied.pairing.claim(&secret(), raw(2), NOON), Err(InvalidTransition::Used));
    let approved = Request { pairing: approved(), ..asked(1) };
    assert!(matches!(approved.clone().decide(&approve(1, "lights:control"), NOON), Ok(Decided::Before(_))));
    assert_eq!(approved.decide(&Decision::Deny(None), NOON), Err(InvalidDecision::Decided));
}

#[test]
fn a_code_may_be_taken_back_while_a_device_waits() {
    let cancelled = asked(1).pairing.cancel(NOON).unwrap();
    assert_eq!(cancelled.claim(&secret(), raw(1), NOON), Err(InvalidTransition::Cancelled));
    assert_eq!(asked(1).pairing.cancel(NOON.plus_minutes(DECISION_MINUTES)), Err(InvalidTransition::Expired));
}
