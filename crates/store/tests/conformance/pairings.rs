use std::sync::Arc;

use clawpair_core::activity::Actor;
use clawpair_core::claim::ClaimSecret;
use clawpair_core::code::PairingCode;
use clawpair_core::pairing::{InvalidTransition, MAX_WRONG_GUESSES, PairingStatus};
use clawpair_core::rng::SystemRng;
use clawpair_core::store::{ClaimOutcome, DeviceQuery, PairingQuery, Store};

use super::fixtures::{NOON, by_code, by_link, claim, open, open_at, paired, revoke, wrong_code};

async fn refusal(store: &dyn Store, claim: clawpair_core::store::Claim) -> InvalidTransition {
    match store.claim(claim).await.unwrap() {
        ClaimOutcome::Refused { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

pub async fn an_open_pairing_is_found_and_listed(store: &dyn Store) {
    let opened = open(store).await;
    assert_eq!(store.pairing(opened.pairing.id).await.unwrap(), Some(opened.pairing.clone()));
    let listed = store.pairings(&PairingQuery::open(10, NOON)).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&opened.pairing));
    let later = store.pairings(&PairingQuery::open(10, opened.pairing.expires_at)).await.unwrap();
    assert_eq!(later.items, [], "expiry is computed, nobody has to sweep");
}

/// `stores` are several doors to one database, as two processes have.
pub async fn only_one_claim_wins(stores: Vec<Arc<dyn Store>>) {
    let store = Arc::clone(&stores[0]);
    let opened = open(&*store).await;
    let racers: Vec<_> = (0..64)
        .map(|seed| {
            let (store, claim) = (
                Arc::clone(&stores[usize::from(seed) % stores.len()]),
                if seed % 2 == 0 { by_link(&opened, seed, NOON) } else { by_code(&opened, seed, NOON) },
            );
            tokio::spawn(async move { store.claim(claim).await.unwrap() })
        })
        .collect();
    let (mut won, mut used) = (0, 0);
    for racer in racers {
        match racer.await.unwrap() {
            ClaimOutcome::Paired { repeated: false, .. } => won += 1,
            ClaimOutcome::Refused { reason: InvalidTransition::Used, .. } => used += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, used), (1, 63));
    assert_eq!(store.devices(&DeviceQuery::newest(100)).await.unwrap().items.len(), 1);
}

pub async fn the_winner_may_repeat_for_a_while(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    for at in [NOON, NOON.plus_minutes(9)] {
        match store.claim(by_link(&opened, 1, at)).await.unwrap() {
            ClaimOutcome::Paired { device: again, repeated: true, .. } => assert_eq!(again.id, device.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refusal(store, by_link(&opened, 1, NOON.plus_minutes(10))).await, InvalidTransition::Used);
    assert_eq!(store.devices(&DeviceQuery::newest(100)).await.unwrap().items.len(), 1);
}

pub async fn another_key_is_refused_after_the_winner(store: &dyn Store) {
    let (opened, _) = paired(store, 1).await;
    assert_eq!(refusal(store, by_link(&opened, 2, NOON)).await, InvalidTransition::Used);
    assert_eq!(refusal(store, by_code(&opened, 2, NOON)).await, InvalidTransition::Used, "both secrets end together");
}

pub async fn an_expired_or_cancelled_code_is_worthless(store: &dyn Store) {
    let opened = open(store).await;
    assert_eq!(refusal(store, by_link(&opened, 1, opened.pairing.expires_at)).await, InvalidTransition::Expired);
    let cancelled = store.cancel_pairing(opened.pairing.id, Actor::Owner, NOON).await.unwrap().unwrap().unwrap();
    assert_eq!(cancelled.status(NOON), PairingStatus::Cancelled);
    assert_eq!(refusal(store, by_link(&opened, 1, NOON)).await, InvalidTransition::Cancelled);
    assert_eq!(refusal(store, by_code(&opened, 1, NOON)).await, InvalidTransition::Cancelled);
    assert_eq!(store.pairing(opened.pairing.id).await.unwrap(), Some(cancelled));
}

pub async fn wrong_codes_burn_typing_and_leave_the_link(store: &dyn Store) {
    let opened = open(store).await;
    let guess = ClaimSecret::Code(wrong_code(&opened));
    for wrong in 1..=MAX_WRONG_GUESSES {
        match store.claim(claim(guess.clone(), 2, NOON)).await.unwrap() {
            ClaimOutcome::Unknown { charged } => {
                assert_eq!(charged.iter().map(|p| (p.id, p.wrong_guesses)).collect::<Vec<_>>(), [(opened.pairing.id, wrong)]);
            }
            other => panic!("{other:?}"),
        }
    }
    match store.claim(claim(guess, 2, NOON)).await.unwrap() {
        ClaimOutcome::Unknown { charged } => assert_eq!(charged, [], "a burnt code is charged no further"),
        other => panic!("{other:?}"),
    }
    assert_eq!(refusal(store, by_code(&opened, 1, NOON)).await, InvalidTransition::EntryBurnt);
    assert!(matches!(store.claim(by_link(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::Paired { repeated: false, .. }));
}

pub async fn a_wrong_code_with_a_foreign_locator_costs_nothing(store: &dyn Store) {
    let opened = open(store).await;
    let foreign = loop {
        let code = PairingCode::generate(&SystemRng);
        if code.locator() != opened.code.locator() {
            break code;
        }
    };
    let outcome = store.claim(claim(ClaimSecret::Code(foreign), 2, NOON)).await.unwrap();
    assert!(matches!(outcome, ClaimOutcome::Unknown { charged } if charged.is_empty()));
    assert_eq!(store.pairing(opened.pairing.id).await.unwrap().unwrap().wrong_guesses, 0);
}

pub async fn a_used_code_cannot_be_cancelled(store: &dyn Store) {
    let (opened, _) = paired(store, 1).await;
    let outcome = store.cancel_pairing(opened.pairing.id, Actor::Owner, NOON).await.unwrap();
    assert_eq!(outcome, Some(Err(InvalidTransition::Used)));
}

pub async fn every_change_is_in_the_activity_chain(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    refusal(store, by_link(&opened, 2, NOON)).await;
    revoke(store, device.id).await;
    revoke(store, device.id).await;
    let other = open(store).await;
    store.cancel_pairing(other.pairing.id, Actor::Owner, NOON).await.unwrap();
    let entries = store.activity(0, 100).await.unwrap();
    let words: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        words,
        ["pairing_opened", "pairing_completed", "claim_refused", "device_revoked", "pairing_opened", "pairing_cancelled"]
    );
}

pub async fn time_that_was_written_is_remembered(store: &dyn Store) {
    assert_eq!(store.latest().await.unwrap(), None);
    open_at(store, NOON.plus_minutes(3)).await;
    assert_eq!(store.latest().await.unwrap(), Some(NOON.plus_minutes(3)));
}
