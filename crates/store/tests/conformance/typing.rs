//! Codes that may be typed: the guess budget, and locators of their own.

use clawpair_core::activity::Actor;
use clawpair_core::claim::ClaimSecret;
use clawpair_core::pairing::{MAX_TYPED_CODES, MAX_WRONG_GUESSES};
use clawpair_core::store::{ClaimOutcome, Entry, Guess, Opening, Store, TypedCodes};

use super::fixtures::{NOON, Opened, by_code, by_link, claim, new_pairing, open, wrong_code};

fn record() -> Vec<u8> {
    b"record".to_vec()
}

async fn opening(store: &dyn Store, entry: Entry) -> Opening {
    loop {
        match store.open_pairing(new_pairing(NOON, false, entry.clone()).0).await.unwrap() {
            Opening::LocatorTaken => {}
            other => return other,
        }
    }
}

async fn live(store: &dyn Store) -> u32 {
    store.typed_codes(NOON).await.unwrap().live
}

pub async fn the_guess_budget_has_room_for_so_many_typed_codes(store: &dyn Store) {
    let first = open(store).await;
    for _ in 1..MAX_TYPED_CODES {
        assert!(matches!(opening(store, Entry::Typed(record())).await, Opening::Opened(pairing) if pairing.typed));
    }
    let spent = TypedCodes { live: MAX_TYPED_CODES, next_ends: Some(first.pairing.expires_at) };
    assert_eq!(store.typed_codes(NOON).await.unwrap(), spent);
    assert_eq!(opening(store, Entry::Typed(record())).await, Opening::BudgetSpent(spent));
    assert!(matches!(opening(store, Entry::Off).await, Opening::Opened(pairing) if !pairing.typed));
    let late = first.pairing.expires_at;
    assert_eq!(store.typed_codes(late).await.unwrap(), TypedCodes { live: 0, next_ends: None });
}

pub async fn a_typed_code_that_is_used_cancelled_or_burnt_makes_room(store: &dyn Store) {
    let (used, cancelled, burnt) = (open(store).await, open(store).await, open(store).await);
    assert_eq!(live(store).await, 3);
    store.claim(by_link(&used, 1, NOON)).await.unwrap();
    assert_eq!(live(store).await, 2);
    store.cancel_pairing(cancelled.pairing.id, Actor::Owner, NOON).await.unwrap();
    assert_eq!(live(store).await, 1);
    for _ in 0..MAX_WRONG_GUESSES {
        store.claim(claim(ClaimSecret::Code(wrong_code(&burnt)), 2, NOON)).await.unwrap();
    }
    assert_eq!(live(store).await, 0);
}

pub async fn two_live_typed_codes_never_share_a_locator(store: &dyn Store) {
    let opened = open(store).await;
    let at_locator = |entry| {
        let (mut new, code, link) = new_pairing(NOON, false, entry);
        new.locator = opened.code.locator().number();
        (new, code, link)
    };
    assert_eq!(store.open_pairing(at_locator(Entry::Typed(record())).0).await.unwrap(), Opening::LocatorTaken);
    assert!(matches!(store.open_pairing(at_locator(Entry::Off).0).await.unwrap(), Opening::Opened(_)));
    store.cancel_pairing(opened.pairing.id, Actor::Owner, NOON).await.unwrap();
    assert!(matches!(store.open_pairing(at_locator(Entry::Typed(record())).0).await.unwrap(), Opening::Opened(_)));
}

pub async fn a_code_that_is_not_for_typing_is_taken_whole_and_never_charged(store: &dyn Store) {
    let (new, code, link) = new_pairing(NOON, false, Entry::Off);
    let pairing = new.pairing.clone();
    store.open_pairing(new).await.unwrap();
    let opened = Opened { pairing, code, link };
    let outcome = store.claim(claim(ClaimSecret::Code(wrong_code(&opened)), 2, NOON)).await.unwrap();
    assert!(matches!(outcome, ClaimOutcome::Unknown { charged } if charged.is_empty()));
    assert!(matches!(store.claim(by_code(&opened, 1, NOON)).await.unwrap(), ClaimOutcome::Paired { .. }));
}

pub async fn a_guess_is_charged_before_it_is_answered_and_taken_back_if_right(store: &dyn Store) {
    let opened = open(store).await;
    let (id, locator) = (opened.pairing.id, opened.code.locator().number());
    let guesses = || async { store.pairing(id).await.unwrap().unwrap().wrong_guesses };
    assert_eq!(store.charge_guess(locator, NOON).await.unwrap(), Some(Guess { pairing: id, record: record() }));
    assert_eq!(guesses().await, 1);
    assert_eq!(store.forgive_guess(id, NOON).await.unwrap().unwrap().wrong_guesses, 0);
    assert_eq!(store.forgive_guess(id, NOON).await.unwrap(), None, "nothing left to take back");
    for _ in 0..MAX_WRONG_GUESSES {
        assert!(store.charge_guess(locator, NOON).await.unwrap().is_some());
        store.record_wrong_guess(id, Actor::Device(None), NOON).await.unwrap();
    }
    assert_eq!(store.charge_guess(locator, NOON).await.unwrap(), None, "used up");
    assert_eq!(store.charge_guess(locator ^ 1, NOON).await.unwrap(), None, "no such code");
    let entries = store.activity(1, 100).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.action == "claim_refused").count(), usize::from(MAX_WRONG_GUESSES));
}

pub async fn a_claimed_or_expired_code_takes_no_more_guesses(store: &dyn Store) {
    let opened = open(store).await;
    let locator = opened.code.locator().number();
    assert_eq!(store.charge_guess(locator, opened.pairing.expires_at).await.unwrap(), None);
    store.charge_guess(locator, NOON).await.unwrap().unwrap();
    store.claim(by_link(&opened, 1, NOON)).await.unwrap();
    assert_eq!(store.charge_guess(locator, NOON).await.unwrap(), None);
    assert_eq!(store.forgive_guess(opened.pairing.id, NOON).await.unwrap(), None);
}
