//! The gateway does what it was asked for, and nobody hears so.

use clawpair_api::{AlertStatus, EditDevice};
use clawpair_core::watch::Severity;
use clawpair_gateway_stage::{Between, Peer, shared};

use crate::desk::Desk;
use crate::stage::{LOOK, Stage, connected, eventually, seen, with_token};

/// An app whose way to the shared gateway loses answers.
async fn stage() -> (Stage, Between) {
    let between = Between::before(shared()).await;
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(with_token("Far", between.port())).await.unwrap().id;
    connected(&app, &id).await;
    (Stage { desk, app, id }, between)
}

/// A look that begins after everything that was done before.
async fn another_look(stage: &Stage) {
    let (other, _session) = stage.local("Somebody else").await;
    let revision = stage.device(&other).await.device.revision;
    let name = EditDevice { name: Some("Another look".to_owned()), ..EditDevice::default() };
    stage.gateway().edit_device(&other.identity.id().to_string(), revision, &name).await.unwrap();
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
    peer.asks(shared(), &LOOK).await;
    let request = stage.request("device", &peer).await;
    let gateway = stage.gateway();
    gateway.approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let id = stage.device(&peer).await.device.id;
    gateway.revoke_device(&id, None).await.unwrap();
    eventually(&stage.app, "its end", async || gateway.device(&id).await.err()).await;

    peer.asks(shared(), &LOOK).await;
    let asks = stage.alert(&id, |_| true).await;
    let request = stage.request("device", &peer).await;
    between.loses_answer_to("device.pair.approve");
    let _ = gateway.approve_request(&request.request.id, &seen(&request)).await;
    stage.device(&peer).await;
    another_look(&stage).await;
    let open = gateway.alerts(AlertStatus::Open, None).await.unwrap().alerts;
    let about_it: Vec<_> = open.into_iter().filter(|alert| alert.subject.as_deref() == Some(&id)).collect();
    assert_eq!(about_it, [asks], "that it asked is all there is to tell");
}
