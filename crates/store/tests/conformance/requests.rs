use clawpair_core::activity::Actor;
use clawpair_core::key::DeviceKey;
use clawpair_core::pairing::{DECISION_MINUTES, InvalidTransition, PairingStatus};
use clawpair_core::permission::Permissions;
use clawpair_core::request::{Decided, Decision, InvalidDecision, MAX_OTHER_KEYS, Request, Seen};
use clawpair_core::store::{Claim, ClaimOutcome, DeviceQuery, RequestFilter, Store};
use ed25519_dalek::SigningKey;

use super::fixtures::{NOON, Opened, by_code, by_link, open, open_asking};

fn key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap()
}

fn approval(seed: u8) -> Decision {
    Decision::Approve(Seen { key: *key(seed).as_bytes(), permissions: Permissions::parse(&["sensor:read"]).unwrap() })
}

async fn decide(store: &dyn Store, opened: &Opened, decision: Decision) -> Result<Decided, InvalidDecision> {
    store.decide_request(opened.pairing.id, decision, Actor::Owner, NOON).await.unwrap().expect("a request")
}

async fn asks(store: &dyn Store, claim: Claim) -> Request {
    match store.claim(claim).await.unwrap() {
        ClaimOutcome::Waiting { request, .. } => request,
        other => panic!("{other:?}"),
    }
}

async fn refusal(store: &dyn Store, claim: Claim) -> (InvalidTransition, Option<usize>) {
    match store.claim(claim).await.unwrap() {
        ClaimOutcome::Refused { reason, seen_by, .. } => (reason, seen_by.map(|request| request.asking.other_keys)),
        other => panic!("{other:?}"),
    }
}

pub async fn a_claim_waits_until_a_person_has_decided(store: &dyn Store) {
    let opened = open_asking(store).await;
    assert_eq!(store.request(opened.pairing.id).await.unwrap(), None);
    let asked = asks(store, by_link(&opened, 1, NOON)).await;
    assert_eq!((asked.asking.key, asked.asking.description.name.as_str()), (key(1), "hub"));
    assert_eq!((asked.asking.address.as_str(), asked.asking.at), ("192.0.2.7", NOON));
    assert_eq!(asks(store, by_code(&opened, 1, NOON.plus_minutes(1))).await, asked, "asking again changes nothing");
    assert!(store.devices(&DeviceQuery::newest(10)).await.unwrap().items.is_empty());
    assert!(matches!(decide(store, &opened, approval(1)).await, Ok(Decided::Now(_))));
    assert!(matches!(decide(store, &opened, approval(1)).await, Ok(Decided::Before(_))));
    assert!(store.devices(&DeviceQuery::newest(10)).await.unwrap().items.is_empty(), "it has yet to come back");
    for repeated in [false, true] {
        match store.claim(by_link(&opened, 1, NOON.plus_minutes(2))).await.unwrap() {
            ClaimOutcome::Paired { device, repeated: again, .. } => {
                assert_eq!((device.id, again), (opened.pairing.device_id, repeated));
            }
            other => panic!("{other:?}"),
        }
    }
    let request = store.request(opened.pairing.id).await.unwrap().unwrap();
    assert_eq!(request.status(NOON), PairingStatus::Completed);
}

pub async fn a_denied_device_hears_so_and_stays_out(store: &dyn Store) {
    let opened = open_asking(store).await;
    asks(store, by_link(&opened, 1, NOON)).await;
    let reason = Some("Not mine".parse().unwrap());
    assert!(matches!(decide(store, &opened, Decision::Deny(reason.clone())).await, Ok(Decided::Now(_))));
    assert_eq!(refusal(store, by_link(&opened, 1, NOON)).await.0, InvalidTransition::Denied);
    assert_eq!(refusal(store, by_link(&opened, 2, NOON)).await.0, InvalidTransition::Used);
    assert_eq!(decide(store, &opened, approval(1)).await, Err(InvalidDecision::Decided));
    let request = store.request(opened.pairing.id).await.unwrap().unwrap();
    assert_eq!((request.status(NOON), request.reason), (PairingStatus::Denied, reason));
}

pub async fn an_approval_of_another_key_or_other_permissions_changes_nothing(store: &dyn Store) {
    let opened = open_asking(store).await;
    let asked = asks(store, by_link(&opened, 1, NOON)).await;
    let wider = Seen { key: *key(1).as_bytes(), permissions: Permissions::parse(&["sensor:read", "lights:control"]).unwrap() };
    assert_eq!(decide(store, &opened, approval(2)).await, Err(InvalidDecision::Changed));
    assert_eq!(decide(store, &opened, Decision::Approve(wider)).await, Err(InvalidDecision::Changed));
    assert_eq!(store.request(opened.pairing.id).await.unwrap(), Some(asked));
    let late = NOON.plus_minutes(DECISION_MINUTES);
    let outcome = store.decide_request(opened.pairing.id, approval(1), Actor::Owner, late).await.unwrap();
    assert_eq!(outcome, Some(Err(InvalidDecision::Expired)));
    assert_eq!(refusal(store, by_link(&opened, 1, late)).await.0, InvalidTransition::Unanswered);
    let unasked = open(store).await;
    assert_eq!(store.decide_request(unasked.pairing.id, approval(1), Actor::Owner, NOON).await.unwrap(), None);
}

pub async fn a_second_key_is_refused_and_counted_once(store: &dyn Store) {
    let opened = open_asking(store).await;
    asks(store, by_link(&opened, 1, NOON)).await;
    assert_eq!(refusal(store, by_code(&opened, 2, NOON)).await, (InvalidTransition::Used, Some(1)));
    assert_eq!(refusal(store, by_link(&opened, 2, NOON)).await, (InvalidTransition::Used, None), "known already");
    for seed in 3..20 {
        refusal(store, by_link(&opened, seed, NOON)).await;
    }
    let request = store.request(opened.pairing.id).await.unwrap().unwrap();
    assert_eq!((request.asking.key, request.asking.other_keys), (key(1), MAX_OTHER_KEYS));
}

pub async fn of_many_that_ask_one_waits(store: &dyn Store) {
    let opened = open_asking(store).await;
    let mut waiting = 0;
    for seed in 1..=32 {
        waiting += usize::from(matches!(
            store.claim(by_link(&opened, seed, NOON)).await.unwrap(),
            ClaimOutcome::Waiting { first: true, .. }
        ));
    }
    assert_eq!(waiting, 1);
}

pub async fn requests_are_listed_while_they_wait(store: &dyn Store) {
    let (first, second, unasked) = (open_asking(store).await, open_asking(store).await, open_asking(store).await);
    asks(store, by_link(&first, 1, NOON)).await;
    asks(store, by_link(&second, 2, NOON)).await;
    decide(store, &first, approval(1)).await.unwrap();
    let ids = |filter, after| async move {
        let page = store.requests(filter, after, 1).await.unwrap();
        (page.items.iter().map(|request| request.pairing.id).collect::<Vec<_>>(), page.next)
    };
    let (newest, oldest) = (first.pairing.id.max(second.pairing.id), first.pairing.id.min(second.pairing.id));
    assert_eq!(ids(RequestFilter::All, None).await, (vec![newest], Some(newest)));
    assert_eq!(ids(RequestFilter::All, Some(newest)).await, (vec![oldest], None));
    assert_eq!(ids(RequestFilter::WaitingAt(NOON), None).await, (vec![second.pairing.id], None));
    assert_eq!(ids(RequestFilter::WaitingAt(NOON.plus_minutes(DECISION_MINUTES)), None).await, (vec![], None));
    let open = store.pairings(&clawpair_core::store::PairingQuery::open(10, NOON)).await.unwrap();
    assert_eq!(open.items.iter().map(|pairing| pairing.id).collect::<Vec<_>>(), [unasked.pairing.id], "claimed is not open");
}

pub async fn a_code_may_be_taken_back_while_a_device_waits(store: &dyn Store) {
    let opened = open_asking(store).await;
    asks(store, by_link(&opened, 1, NOON)).await;
    let late = opened.pairing.expires_at.plus_seconds(-1);
    store.cancel_pairing(opened.pairing.id, Actor::Owner, late).await.unwrap().unwrap().unwrap();
    assert_eq!(refusal(store, by_link(&opened, 1, late)).await.0, InvalidTransition::Cancelled);
    assert_eq!(decide(store, &opened, approval(1)).await, Err(InvalidDecision::Decided));
}

pub async fn every_decision_is_in_the_activity_log(store: &dyn Store) {
    let (first, second) = (open_asking(store).await, open_asking(store).await);
    for opened in [&first, &second] {
        asks(store, by_link(opened, 1, NOON)).await;
    }
    decide(store, &first, approval(1)).await.unwrap();
    decide(store, &second, Decision::Deny(None)).await.unwrap();
    decide(store, &second, Decision::Deny(None)).await.unwrap();
    let entries = store.activity(2, 100).await.unwrap();
    let words: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(words, ["request_made", "request_made", "request_approved", "request_denied"]);
}
