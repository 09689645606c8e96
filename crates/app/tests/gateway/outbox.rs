//! What is asked of a gateway that cannot be reached, and what becomes of it once it can.

use clawpair_app::view::outbox::{ErrandFault, ErrandState};
use clawpair_app::view::platform::PlatformState;
use clawpair_gateway_stage::{Between, Peer, shared};

use crate::desk::Desk;
use crate::stage::{LOOK, connected, eventually, until, with_token};

#[tokio::test]
async fn a_removal_waits_for_its_gateway_and_counts_as_done_when_a_later_look_shows_it() {
    let between = Between::before(shared()).await;
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(with_token("Workshop", between.port())).await.unwrap().id;
    connected(&app, &id).await;
    let local = |name| Peer { far: false, ..Peer::foreign(name) };
    let (lost, other) = (local("Lost"), local("Other"));
    let sessions = (lost.joins(shared(), &LOOK).await, other.joins(shared(), &LOOK).await);
    let gateway = app.platform(&id).unwrap();
    let [lost_id, other_id] = [&lost, &other].map(|peer| peer.identity.id().to_string());
    for device in [&lost_id, &other_id] {
        eventually(&app, "the device", async || gateway.device(device).await.ok()).await;
    }
    drop(sessions);
    between.cut();
    until(&app, &id, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;

    let key = gateway.device(&lost_id).await.unwrap().device.key_fingerprint;
    let asked = app.revoke_everywhere(key.clone(), Some("Left on the train")).await.unwrap();
    assert!(matches!(&asked[..], [one] if one.subject == lost_id && matches!(one.state, ErrandState::Queued { .. })), "{asked:?}");
    assert_eq!(app.outbox(0).await.unwrap().summary.not_yet_revoked, 1);
    let shown = gateway.device(&lost_id).await.unwrap();
    assert_eq!((shown.pending.len(), shown.pending[0].attempts), (1, 0), "it is NOT yet revoked");

    between.shut(false);
    app.try_platform_now(&id).await.unwrap();
    let is_over = async || (app.outbox(0).await.unwrap().summary.not_yet_revoked == 0).then_some(());
    eventually(&app, "that it is seen to be removed", is_over).await;
    assert_eq!(gateway.device(&lost_id).await.unwrap_err().code, "not_found");
    assert!(gateway.device(&other_id).await.is_ok());

    // The key comes back, and that is an alarm.
    let _again = lost.joins(shared(), &LOOK).await;
    let alarm =
        eventually(&app, "the alarm", async || app.alarms().await.unwrap().into_iter().find(|alarm| alarm.key == key)).await;
    assert_eq!((alarm.subject.as_str(), alarm.ended_device.as_str(), alarm.asks), (lost_id.as_str(), lost_id.as_str(), false));
    app.acknowledge_alarm(alarm.number).await.unwrap();
    assert!(app.alarms().await.unwrap().iter().all(|alarm| alarm.key != key));
}

#[tokio::test]
async fn a_device_that_was_paired_again_meanwhile_is_not_removed_but_asked_about() {
    let between = Between::before(shared()).await;
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(with_token("Workshop", between.port())).await.unwrap().id;
    connected(&app, &id).await;
    let peer = Peer { far: false, ..Peer::foreign("Twice") };
    drop(peer.joins(shared(), &LOOK).await);
    let gateway = app.platform(&id).unwrap();
    let device = peer.identity.id().to_string();
    eventually(&app, "the device", async || gateway.device(&device).await.ok()).await;
    between.cut();
    until(&app, &id, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;
    gateway.revoke_device(&device, None).await.unwrap();
    drop((gateway, app));

    // Somebody else removes it and lets it in again, from another desk.
    let elsewhere = Desk::new();
    let other = elsewhere.start().await.unwrap();
    let there = other.add_platform(with_token("Workshop", shared())).await.unwrap().id;
    connected(&other, &there).await;
    other.platform(&there).unwrap().revoke_device(&device, None).await.unwrap();
    let _again = peer.joins(shared(), &LOOK).await;
    drop(other);

    between.shut(false);
    let app = desk.start().await.unwrap();
    connected(&app, &id).await;
    let failed = async || {
        let errands = app.outbox(0).await.unwrap().errands.into_iter();
        errands.map(|errand| errand.state).find(|state| matches!(state, ErrandState::Failed { .. }))
    };
    let state = eventually(&app, "the conflict", failed).await;
    assert!(
        matches!(&state, ErrandState::Failed { fault: ErrandFault::PairedAgain, sentence, .. } if sentence.contains("NOT revoked"))
    );
    assert!(app.platform(&id).unwrap().device(&device).await.is_ok(), "it is let in");
}
