//! Changing devices that are in, and noticing those that come back.

use clawpair_api::{AcknowledgeAlert, AlertStatus, ChangeDevices, DeviceStatus, EditDevice};
use clawpair_app::view::many::OutcomeKind;
use clawpair_core::watch::Severity;
use clawpair_gateway_stage::{Peer, shared};

use crate::stage::{LOOK, Stage, alert, eventually, seen, told};

#[tokio::test]
async fn a_device_is_renamed_and_found() {
    let stage = Stage::new().await;
    let (peer, _session) = stage.local("Tablet 4711").await;
    let device = stage.device(&peer).await.device;
    let rename = |name: &str| EditDevice { name: Some(name.to_owned()), ..EditDevice::default() };
    let renamed = stage.gateway().edit_device(&device.id, device.revision, &rename("Hallway 0815")).await.unwrap();
    assert_eq!((renamed.device.name.as_str(), renamed.device.said_name.as_deref()), ("Hallway 0815", Some("Tablet 4711")));
    assert_eq!(stage.found("hall 4711").await, ["Hallway 0815"]);
    let late = stage.gateway().edit_device(&device.id, device.revision, &rename("Cellar")).await.unwrap_err();
    assert_eq!(late.code, "changed_meanwhile");
    let typed = EditDevice { device_type: Some("Lamp".to_owned()), ..EditDevice::default() };
    assert_eq!(stage.gateway().edit_device(&device.id, renamed.device.revision, &typed).await.unwrap_err().code, "unsupported");
    let nobody = Peer::foreign("x").identity.id().to_string();
    assert_eq!(stage.gateway().edit_device(&nobody, 0, &rename("Nobody")).await.unwrap_err().code, "not_found");
}

#[tokio::test]
async fn a_rotated_token_cuts_the_device_off_and_is_noted() {
    let stage = Stage::new().await;
    let (peer, session) = stage.local("Rotated").await;
    let rotated = stage.gateway().rotate_role_token(&peer.identity.id().to_string(), "operator").await.unwrap();
    assert_eq!(session.closed().await, 4001);
    let gateway = stage.gateway();
    let noted =
        async || gateway.device(&rotated.device.id).await.ok()?.gateway?.tokens.into_iter().find_map(|token| token.rotated_at);
    eventually(&stage.app, "when it was", noted).await;
}

#[tokio::test]
async fn a_revoked_token_shuts_the_device_out_until_it_is_approved_again() {
    let stage = Stage::new().await;
    let peer = Peer::foreign("Revoked");
    peer.asks(shared(), &LOOK).await;
    let request = stage.request("device", &peer).await;
    stage.gateway().approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let session = peer.joins(shared(), &LOOK).await;
    let id = stage.device(&peer).await.device.id;
    stage.gateway().revoke_role_token(&id, "operator").await.unwrap();
    let written = &stage.written("revoke_token", 1).await[0];
    assert_eq!((written.thing.as_ref().map(|thing| &thing.id), written.details.as_deref()), (Some(&id), Some("operator")));
    assert_eq!(session.closed().await, 4001);
    let gateway = stage.gateway();
    let is_out = async || gateway.device(&id).await.ok().filter(|device| device.device.status == DeviceStatus::Disabled);
    eventually(&stage.app, "that it is shut out", is_out).await;

    peer.asks(shared(), &LOOK).await;
    let alert = stage.alert(&id, |_| true).await;
    assert_eq!((alert.rule.as_str(), alert.severity), ("device_returned", Severity::Medium));
    assert!(alert.sentence.contains("“Revoked” had its token as operator revoked here and asks"), "{}", alert.sentence);
    let request = stage.request("device", &peer).await;
    gateway.approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let is_in = async || gateway.device(&id).await.ok().filter(|device| device.device.status == DeviceStatus::Active);
    eventually(&stage.app, "that it is in", is_in).await;
    let open = gateway.alerts(AlertStatus::Open, None).await.unwrap().alerts;
    let count = open.iter().find(|open| open.id == alert.id).map(|open| open.count);
    assert_eq!(count, Some(1), "letting it in on purpose is no return");
}

#[tokio::test]
async fn many_are_removed_in_one_call_although_one_of_them_is_gone() {
    let stage = Stage::new().await;
    let gateway = stage.gateway();
    let nobody = Peer::foreign("x").identity.id().to_string();
    for gone in [None, Some(&nobody)] {
        let (first, one) = stage.local("First of many").await;
        let (second, other) = stage.local("Second of many").await;
        let here = [&first, &second].map(|peer| peer.identity.id().to_string());
        let device_ids: Vec<String> = here.iter().chain(gone).cloned().collect();
        let form = ChangeDevices::Revoke { device_ids, reason: None };
        let outcomes = gateway.change_devices(&form).await.unwrap().outcomes;
        let said: Vec<OutcomeKind> = outcomes.iter().map(|outcome| outcome.outcome).collect();
        let expected = [OutcomeKind::Changed, OutcomeKind::Changed, OutcomeKind::Refused];
        assert_eq!(said, expected[..form.device_ids().len()], "{outcomes:?}");
        assert_eq!((one.closed().await, other.closed().await), (4001, 4001));
        for id in &here {
            eventually(&stage.app, "its end", async || gateway.device(id).await.err()).await;
        }
    }
    let tags = ChangeDevices::AddTags { device_ids: vec![nobody], tags: vec!["old".into()] };
    assert_eq!(gateway.change_devices(&tags).await.unwrap_err().code, "unsupported");
}

#[tokio::test]
async fn a_removed_device_that_comes_back_raises_one_alert() {
    let stage = Stage::new().await;
    let mut events = stage.app.events();
    let (peer, session) = stage.local("Removed").await;
    let id = peer.identity.id().to_string();
    let removed = stage.gateway().revoke_device(&id, None).await.unwrap();
    assert_eq!((removed.device.status, removed.device.connected), (DeviceStatus::Revoked, false));
    assert_eq!(session.closed().await, 4001);
    let gateway = stage.gateway();
    eventually(&stage.app, "its end", async || gateway.device(&id).await.err()).await;

    let _session = peer.joins(shared(), &LOOK).await;
    // Between asking and being in there may be a look.
    let about_it = |event| alert(event).filter(|alert| alert.subject.as_deref() == Some(&id) && alert.severity == Severity::High);
    let raised = told(&mut events, "the alert", about_it).await;
    assert_eq!(raised.rule, "device_returned");
    assert!(raised.sentence.contains("“Removed” was removed here and is in again"), "{}", raised.sentence);

    // More looks say nothing more, and somebody has looked.
    let (other, _other) = stage.local("Somebody else").await;
    stage
        .gateway()
        .edit_device(
            &other.identity.id().to_string(),
            stage.device(&other).await.device.revision,
            &EditDevice { name: Some("Another look".to_owned()), ..EditDevice::default() },
        )
        .await
        .unwrap();
    let open = gateway.alerts(AlertStatus::Open, None).await.unwrap().alerts;
    let about_it: Vec<_> = open.iter().filter(|alert| alert.subject.as_deref() == Some(&id)).collect();
    assert_eq!(about_it, [&raised], "one alert, and nothing was added to it");
    let note = AcknowledgeAlert { note: Some("My own tablet.".to_owned()) };
    let seen = gateway.acknowledge_alert(&raised.id, &note).await.unwrap();
    assert_eq!((seen.status, seen.note.as_deref()), (AlertStatus::Acknowledged, Some("My own tablet.")));
    assert_eq!(gateway.acknowledge_alert("alert-none", &note).await.unwrap_err().code, "not_found");
}
