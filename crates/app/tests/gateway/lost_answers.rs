//! The gateway is asked for something, and nobody hears whether it was done.

use std::sync::Arc;

use clawpair_api::{Alert, AlertStatus};
use clawpair_app::view::outbox::ErrandState;
use clawpair_app::view::platform::{PlatformRequest, PlatformState};
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_core::watch::Severity;
use clawpair_gateway_stage::{Ask, Between, Peer, shared};
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::pending::Seen;
use xtask::openclaw::TOKEN;

use crate::desk::Desk;
use crate::stage::{LOOK, Stage, connected, eventually, seen, until, with_token};

/// An app whose way to the shared gateway loses answers.
async fn stage() -> (Stage, Between) {
    let between = Between::before(shared()).await;
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(with_token("Far", between.port())).await.unwrap().id;
    connected(&app, &id).await;
    (Stage { desk, app, id }, between)
}

/// Two others are removed and come back, one after the other. The alert about the second comes from a look that began after everything
/// that was done before, and after all was told that the looks before it have shown.
async fn others_return(stage: &Stage) {
    for name in ["Somebody else", "Another one"] {
        let (other, session) = stage.local(name).await;
        let id = other.identity.id().to_string();
        stage.gateway().revoke_device(&id, None).await.unwrap();
        assert_eq!(session.closed().await, 4001);
        let _session = other.joins(shared(), &LOOK).await;
        stage.alert(&id, |alert| alert.severity == Severity::High).await;
    }
}

/// A device that was removed, and asks to be let in again: its id, the alert about that, and its request.
async fn asks_again(stage: &Stage, peer: &Peer) -> (String, Alert, PlatformRequest) {
    peer.asks(shared(), &LOOK).await;
    let request = stage.request("device", peer).await;
    let gateway = stage.gateway();
    gateway.approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let id = stage.device(peer).await.device.id;
    gateway.revoke_device(&id, None).await.unwrap();
    eventually(&stage.app, "its end", async || gateway.device(&id).await.err()).await;
    peer.asks(shared(), &LOOK).await;
    let asks = stage.alert(&id, |_| true).await;
    let request = stage.request("device", peer).await;
    (id, asks, request)
}

#[tokio::test]
async fn a_removal_is_remembered_all_the_same() {
    let (stage, between) = stage().await;
    let (peer, session) = stage.local("Unheard of").await;
    let id = peer.identity.id().to_string();
    between.loses_answer_to("device.pair.remove");
    let _ = stage.gateway().revoke_device(&id, None).await;
    assert_eq!(session.closed().await, 4001);
    let gateway = stage.gateway();
    eventually(&stage.app, "its end", async || gateway.device(&id).await.err()).await;
    stage.written("verified", 1).await;

    let _session = peer.joins(shared(), &LOOK).await;
    let alert = stage.alert(&id, |alert| alert.severity == Severity::High).await;
    assert!(alert.sentence.contains("“Unheard of” was removed here and is in again"), "{}", alert.sentence);
}

#[tokio::test]
async fn an_approval_of_ours_is_no_return() {
    let (stage, between) = stage().await;
    let peer = Peer::foreign("Forgiven");
    let (id, asks, request) = asks_again(&stage, &peer).await;
    between.loses_answer_to("device.pair.approve");
    let _ = stage.gateway().approve_request(&request.request.id, &seen(&request)).await;
    stage.device(&peer).await;
    others_return(&stage).await;
    let open = stage.gateway().alerts(AlertStatus::Open, None).await.unwrap().alerts;
    let about_it: Vec<_> = open.into_iter().filter(|alert| alert.subject.as_deref() == Some(&id)).collect();
    assert_eq!(about_it, [asks], "that it asked is all there is to tell");
}

#[tokio::test]
async fn an_approval_that_was_never_carried_out_lets_nobody_return_unnoticed() {
    let (stage, between) = stage().await;
    let peer = Peer::foreign("Unforgiven");
    let (id, _asks, request) = asks_again(&stage, &peer).await;
    // It gets lost, and before it can be sent again somebody else has denied the request.
    between.shut(true);
    between.loses_request("device.pair.approve");
    let _ = stage.gateway().approve_request(&request.request.id, &seen(&request)).await;
    until(&stage.app, &stage.id, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;
    let (manager, seen) = manager(&peer).await;
    manager.reject(&seen).await.unwrap();
    between.shut(false);
    stage.app.try_platform_now(&stage.id).await.unwrap();
    let gateway = stage.gateway();
    let is_gone =
        async || gateway.requests(None).await.unwrap().requests.iter().all(|waits| waits.request.id != request.request.id);
    eventually(&stage.app, "its end", async || is_gone().await.then_some(())).await;

    let peer = Peer { far: false, ..peer };
    let _session = peer.joins(shared(), &LOOK).await;
    let alert = stage.alert(&id, |alert| alert.severity == Severity::High).await;
    assert!(alert.sentence.contains("“Unforgiven” was removed here and is in again"), "{}", alert.sentence);
}

#[tokio::test]
async fn a_removal_that_was_refused_after_one_was_lost_makes_no_return_of_a_later_approval() {
    let (stage, between) = stage().await;
    let peer = Peer::foreign("Stays");
    peer.asks(shared(), &LOOK).await;
    let request = stage.request("device", &peer).await;
    stage.gateway().approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let id = stage.device(&peer).await.device.id;
    between.loses_request("device.pair.remove");
    between.refuses("device.pair.remove");
    let _ = stage.gateway().revoke_device(&id, None).await;
    let failed = async || {
        let errands = stage.app.outbox(0).await.unwrap().errands.into_iter();
        errands.map(|errand| errand.state).find(|state| matches!(state, ErrandState::Failed { .. }))
    };
    eventually(&stage.app, "the refusal", failed).await;

    // It has been in all the time, and is let in for more by somebody else.
    peer.asks(shared(), &Ask::operator(&["operator.read", "operator.write"])).await;
    let (manager, seen) = manager(&peer).await;
    manager.approve(&seen).await.unwrap();
    others_return(&stage).await;
    let open = stage.gateway().alerts(AlertStatus::Open, None).await.unwrap().alerts;
    assert!(open.iter().all(|alert| alert.subject.as_deref() != Some(&id)), "{open:?}");
}

/// Another program, and what it sees of a device's request.
async fn manager(peer: &Peer) -> (Connection, Seen) {
    let target = Target { address: format!("ws://127.0.0.1:{}", shared()).parse().unwrap(), pin: None };
    let caller =
        Caller { identity: DeviceIdentity::generate(&SystemRng), name: "Another manager".to_owned(), clock: Arc::new(SystemClock) };
    let token = Credential::Shared(Secret::new(TOKEN.to_owned()));
    let (manager, _events) = Connection::open(&target, &caller, &token).await.unwrap();
    let pending = manager.devices().await.unwrap().pending;
    let seen = pending.iter().find(|pending| pending.device == peer.identity.id()).unwrap().seen();
    (manager, seen)
}
