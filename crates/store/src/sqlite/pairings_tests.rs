use std::cell::RefCell;

use super::*;
use clawpair_core::claim::{Description, VerifiedClaim, sign};
use clawpair_core::key::DeviceKey;
use clawpair_core::permission::Permissions;
use clawpair_core::request::{Decision, Seen};
use clawpair_core::secret::KeyedHash;
use ed25519_dalek::SigningKey;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn opened(db: &Commit<'_>) -> Pairing {
    let pairing = Pairing {
        id: PairingId::from_bytes([1; 16]),
        device_id: DeviceId::from_bytes([2; 16]),
        name: "hub".parse().unwrap(),
        device_type: "IoT Gateway".parse().unwrap(),
        permissions: Permissions::parse(&["sensor:read"]).unwrap(),
        created_at: NOON,
        expires_at: NOON.plus_minutes(10),
        ask_first: false,
        state: PairingState::Open,
        typed: true,
        wrong_guesses: 0,
    };
    let (code, link) = (KeyedHash::from_bytes([3; 32]), KeyedHash::from_bytes([4; 32]));
    open(db, &NewPairing { pairing: pairing.clone(), locator: 0, entry: Entry::Typed(Vec::new()), code, link, by: Actor::Owner })
        .unwrap();
    pairing
}

fn claimed(at: Timestamp) -> Claim {
    let (signing, secret) = (SigningKey::from_bytes(&[7; 32]), ClaimSecret::Code("000000000000".parse().unwrap()));
    let (key, id) = (DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap(), uuid::Uuid::nil());
    let signature = sign(&signing, &[0; 32], &secret, &Description::default(), id);
    let claim = VerifiedClaim::verify(secret, key, &Description::default(), id, &[0; 32], &signature).unwrap();
    Claim { claim, secret: KeyedHash::from_bytes([3; 32]), address: String::new(), at }
}

/// What the state machine would let pass if it had looked at an older row: the database itself says no.
#[test]
fn the_database_refuses_what_was_decided_on_an_older_row() {
    let won = |db: &Commit<'_>, pairing: Pairing, at| {
        matches!(complete(db, pairing.clone(), pairing, &claimed(at)).unwrap(), ClaimOutcome::Paired { .. })
    };
    let fresh = || {
        let mut db = Connection::open_in_memory().unwrap();
        crate::migrate(&mut db, super::super::MIGRATIONS).unwrap();
        db
    };
    let (connection, keys) = (fresh(), RefCell::default());
    let db = Commit::over(&connection, &keys);
    let pairing = opened(&db);
    assert!(won(&db, pairing.clone(), NOON));
    assert!(!won(&db, pairing, NOON), "completed");
    let (connection, keys) = (fresh(), RefCell::default());
    let db = Commit::over(&connection, &keys);
    let pairing = opened(&db);
    cancel(&db, pairing.id, Actor::Owner, NOON).unwrap().unwrap().unwrap();
    assert!(!won(&db, pairing, NOON), "cancelled");
    let (connection, keys) = (fresh(), RefCell::default());
    let db = Commit::over(&connection, &keys);
    let pairing = opened(&db);
    let late = pairing.expires_at;
    assert!(!won(&db, pairing, late), "expired");
}

/// The same for asking first: nothing joins that was not approved, and nothing is decided twice.
#[test]
fn the_database_refuses_to_let_in_what_nobody_approved() {
    let (mut connection, keys, claim) = (Connection::open_in_memory().unwrap(), RefCell::default(), claimed(NOON));
    crate::migrate(&mut connection, super::super::MIGRATIONS).unwrap();
    let db = Commit::over(&connection, &keys);
    let before = opened(&db);
    db.execute("UPDATE pairing SET ask_first = 1", []).unwrap();
    let joins = |at| matches!(complete(&db, before.clone(), before.clone(), &claimed(at)).unwrap(), ClaimOutcome::Paired { .. });
    let asks = || matches!(ask(&db, before.clone(), &before, &claim).unwrap(), ClaimOutcome::Waiting { .. });
    assert!(!joins(NOON), "nobody was asked");
    assert!(asks());
    assert!(!asks(), "claimed by then");
    assert!(!joins(NOON), "nobody has decided");
    let seen = Seen { key: *claim.claim.key.as_bytes(), permissions: before.permissions.clone() };
    let other = Seen { permissions: Permissions::parse(&["lights:control"]).unwrap(), ..seen.clone() };
    let record = |decision, at| requests::record(&db, &requests::find(&db, before.id).unwrap().unwrap(), &decision, at).unwrap();
    assert!(!record(Decision::Approve(other), NOON), "other permissions");
    assert!(!record(Decision::Approve(seen.clone()), NOON.plus_minutes(DECISION_MINUTES)), "too late");
    assert!(record(Decision::Approve(seen), NOON));
    assert!(!record(Decision::Deny(None), NOON), "decided by then");
    assert!(!joins(NOON.plus_minutes(DECISION_MINUTES)), "came back too late");
    assert!(joins(NOON));
}
