//! Following a server that comes and goes.

use std::sync::Arc;
use std::time::Duration;

use clawpair_api::Event;
use clawpair_client::{ClientError, Followed, Follower, Trust};
use clawpair_core::access::Role;
use clawpair_core::rng::Rng;
use clawpair_server::Identity;
use tokio::time::timeout;

use crate::doubles::{Double, answer};
use crate::fixture::{TestServer, a_pin, credential, form, listening_hard, patient, remote};

/// Waits as short as waits can be.
struct Hurry;

impl Rng for Hurry {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

async fn next(follower: &mut Follower) -> Followed {
    timeout(Duration::from_secs(30), follower.next()).await.expect("something is told").expect("it goes on")
}

async fn until(follower: &mut Follower, fits: impl Fn(&Followed) -> bool) -> Vec<Followed> {
    let mut told = Vec::new();
    loop {
        told.push(next(follower).await);
        if fits(&told[told.len() - 1]) {
            return told;
        }
    }
}

fn is_connected(told: &Followed) -> bool {
    matches!(told, Followed::Connected { .. })
}

fn is_of(told: &Followed, name: &str) -> bool {
    matches!(told, Followed::Event(event) if matches!(&**event, Event::Pairing { pairing } if pairing.name == name))
}

fn copy(identity: &Identity) -> Identity {
    let key = zeroize::Zeroizing::new(identity.key_der().to_vec());
    Identity::from_der(key, identity.certificate_der().to_vec()).unwrap()
}

#[tokio::test]
async fn what_happens_while_the_server_cannot_be_reached_is_told_afterwards() {
    let mut server = TestServer::start().await;
    let mut follower = server.signed_in(Role::Viewer).await.follow(Arc::new(Hurry), None);
    assert_eq!(next(&mut follower).await, Followed::Connected { resumed: false });
    server.owner().create_pairing_code(&form("before")).await.unwrap();
    until(&mut follower, |told| is_of(told, "before")).await;
    server.stop().await;
    server.owner().create_pairing_code(&form("meanwhile")).await.unwrap();
    let lost = until(&mut follower, |told| matches!(told, Followed::Lost { why: ClientError::Unreachable { .. }, .. })).await;
    assert!(matches!(lost[0], Followed::Lost { .. }), "{lost:?}");
    let identity = copy(&server.identity);
    server.listen(&identity);
    let back = until(&mut follower, is_connected).await;
    assert_eq!(back.last(), Some(&Followed::Connected { resumed: true }));
    let told = until(&mut follower, |told| is_of(told, "meanwhile")).await;
    assert!(!told.iter().any(|told| is_of(told, "before")), "it was told before: {told:?}");
}

#[tokio::test]
async fn a_follower_goes_on_where_another_one_ended() {
    let server = TestServer::start().await;
    let client = server.signed_in(Role::Viewer).await;
    let mut first = client.follow(Arc::new(Hurry), None);
    next(&mut first).await;
    server.owner().create_pairing_code(&form("one")).await.unwrap();
    until(&mut first, |told| is_of(told, "one")).await;
    let cursor = first.cursor().map(str::to_owned);
    drop(first);
    server.owner().create_pairing_code(&form("two")).await.unwrap();
    let told = until(&mut client.follow(Arc::new(Hurry), cursor), |told| is_of(told, "two")).await;
    assert_eq!(told[0], Followed::Connected { resumed: true });
    assert!(!told.iter().any(|told| is_of(told, "one")), "{told:?}");
}

#[tokio::test]
async fn a_cursor_of_another_database_begins_anew() {
    let server = TestServer::start().await;
    let client = server.signed_in(Role::Viewer).await;
    let mut follower = client.follow(Arc::new(Hurry), Some("0".repeat(32)));
    assert_eq!(next(&mut follower).await, Followed::Connected { resumed: false });
}

#[tokio::test]
async fn a_revoked_key_ends_it_for_good() {
    let server = TestServer::start().await;
    let key = server.key(Role::Viewer).await;
    let client = server.client(Trust::Pinned(server.identity.pin())).with(credential(&key.key));
    let mut follower = client.follow(Arc::new(Hurry), None);
    next(&mut follower).await;
    server.owner().revoke_api_key(&key.api_key.id).await.unwrap();
    let told = until(&mut follower, |told| matches!(told, Followed::Refused(_))).await;
    assert!(matches!(told.last(), Some(Followed::Refused(why)) if why.code() == "api_key_revoked"), "{told:?}");
    assert_eq!(follower.next().await, None);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_gets_it() {
    let busy = r#"{"code":"rate_limited","message":"Too many.","hint":null}"#;
    let double = Double::saying([answer("429 Too Many Requests", "retry-after: 7", busy)]).await;
    let client = remote(double.address.clone(), Trust::Pinned(a_pin()));
    let told = next(&mut client.follow(Arc::new(Hurry), None)).await;
    let Followed::Lost { again, why } = told else { panic!("{told:?}") };
    assert_eq!((again, why.code()), (Duration::from_millis(7_500), "rate_limited"));
}

#[tokio::test]
async fn a_connection_that_died_without_a_word_is_noticed() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9000\r\n\r\nid: 0\n\ndata: {\"type\":\"resync\"}\n\n";
    let double = Double::falling_silent_after(head).await;
    let client = patient(double.address.clone(), Trust::Pinned(a_pin()), listening_hard());
    let mut follower = client.follow(Arc::new(Hurry), None);
    assert_eq!(next(&mut follower).await, Followed::Connected { resumed: false });
    assert_eq!(next(&mut follower).await, Followed::Event(Box::new(Event::Resync)));
    let lost = next(&mut follower).await;
    assert!(matches!(lost, Followed::Lost { why: ClientError::TooSlow { .. }, .. }), "{lost:?}");
    assert_eq!(next(&mut follower).await, Followed::Connected { resumed: true });
    assert!(double.asked()[1].starts_with("GET /api/v1/events?since=0 "), "{:?}", double.asked());
}
