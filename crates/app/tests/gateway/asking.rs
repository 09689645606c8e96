//! Devices of others ask, and a person decides in the app.

use std::time::Instant;

use clawpair_api::{Event, PairingStatus};
use clawpair_app::view::AppEvent;
use clawpair_app::view::openclaw::GatewayRequestKind;
use clawpair_gateway_stage::{Ask, FAR_AWAY, Peer, shared};

use crate::stage::{LOOK, Stage, eventually, seen, told};

const CHANGE: Ask<'static> = Ask::operator(&["operator.read", "operator.write"]);

#[tokio::test]
async fn a_foreign_request_is_told_shown_and_approved() {
    let before = Instant::now();
    let stage = Stage::new().await;
    let mut events = stage.app.events();
    let peer = Peer::foreign("Kitchen \u{1b}[31mTablet\u{202e}");
    peer.asks(shared(), &CHANGE).await;
    let resync = |event| matches!(event, AppEvent::Platform { event, .. } if *event == Event::Resync).then_some(());
    told(&mut events, "that something changed", resync).await;
    let request = stage.request("device", &peer).await;
    assert_eq!(request.request.name, "Kitchen Tablet\u{fffd}");
    assert_eq!(request.request.permissions, ["operator", "operator.write", "operator.read"]);
    assert_eq!(request.request.key_fingerprint, peer.identity.public_key().fingerprint());
    assert_eq!(request.request.address.as_deref(), Some(FAR_AWAY));
    let off = u32::try_from(before.elapsed().as_secs()).unwrap() + 1;
    assert!((300 - off..=300 + off).contains(&request.request.seconds_left), "{}", request.request.seconds_left);
    let asked = request.gateway.as_ref().unwrap();
    assert_eq!((asked.kind, asked.known, asked.missing.is_empty()), (GatewayRequestKind::Device, false, true));

    let approved = stage.gateway().approve_request(&request.request.id, &seen(&request)).await.unwrap();
    assert_eq!(approved.request.status, PairingStatus::Approved);
    let device = stage.device(&peer).await;
    assert_eq!(device.device.permissions, request.request.permissions);
    let _session = peer.joins(shared(), &CHANGE).await;
    let gateway = stage.gateway();
    let id = peer.identity.id().to_string();
    let is_there = async || gateway.device(&id).await.ok().filter(|device| device.device.connected);
    eventually(&stage.app, "its presence", is_there).await;
}

#[tokio::test]
async fn a_denied_request_is_gone() {
    let stage = Stage::new().await;
    let peer = Peer::foreign("Denied");
    peer.asks(shared(), &LOOK).await;
    let request = stage.request("device", &peer).await;
    let denied = stage.gateway().deny_request(&request.request.id, &seen(&request)).await.unwrap();
    assert_eq!(denied.request.status, PairingStatus::Denied);
    let again = stage.gateway().deny_request(&request.request.id, &seen(&request)).await.unwrap_err();
    assert_eq!(again.code, "request_gone");
    assert!(stage.gateway().device(&peer.identity.id().to_string()).await.is_err());
}

#[tokio::test]
async fn a_request_that_changes_between_look_and_click_is_not_decided() {
    let stage = Stage::new().await;
    let peer = Peer::foreign("Superseded");
    peer.asks(shared(), &LOOK).await;
    let looked = stage.request("device", &peer).await;
    peer.asks(shared(), &CHANGE).await;
    let (gateway, id) = (stage.gateway(), &looked.request.id);
    for decided in [gateway.approve_request(id, &seen(&looked)).await, gateway.deny_request(id, &seen(&looked)).await] {
        let refused = decided.unwrap_err();
        assert_eq!(refused.code, "request_changed");
        assert!(refused.message.starts_with("This changed while you looked") && refused.hint.is_some());
    }
    // What is wanted now is shown, and can be decided.
    let now = async || {
        let requests = gateway.requests(None).await.unwrap().requests;
        requests.into_iter().find(|request| request.request.id == *id && request.request.permissions != looked.request.permissions)
    };
    let now = eventually(&stage.app, "what it asks for now", now).await;
    gateway.approve_request(id, &seen(&now)).await.unwrap();
}

#[tokio::test]
async fn what_a_known_device_asks_in_addition_is_a_difference() {
    let stage = Stage::new().await;
    let peer = Peer::foreign("Growing");
    peer.asks(shared(), &LOOK).await;
    let first = stage.request("device", &peer).await;
    stage.gateway().approve_request(&first.request.id, &seen(&first)).await.unwrap();
    stage.device(&peer).await;
    peer.asks(shared(), &Ask::operator(&["operator.read", "operator.admin"])).await;
    let more = stage.request("device", &peer).await.gateway.unwrap();
    assert_eq!((more.added, more.kept), (vec!["operator.admin".to_owned()], vec!["operator.read".to_owned()]));
    assert!(more.known && more.adds_control && more.new_roles.is_empty());
    let more = stage.request("device", &peer).await;
    stage.gateway().approve_request(&more.request.id, &seen(&more)).await.unwrap();
    stage.written("verified", 2).await;
    assert!(stage.device(&peer).await.device.permissions.contains(&"operator.admin".to_owned()));
}

#[tokio::test]
async fn a_node_is_let_in_and_then_what_it_offers() {
    let stage = Stage::new().await;
    let peer = Peer::node("edge-node");
    let ask = Ask { role: "node", scopes: &[], commands: &["system.run", "system.which"], ..LOOK };
    peer.asks(shared(), &ask).await;
    let request = stage.request("device", &peer).await;
    assert_eq!(request.gateway.as_ref().unwrap().new_roles, ["node"]);
    stage.gateway().approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let _session = peer.joins(shared(), &ask).await;
    let offer = stage.request("node", &peer).await;
    let asked = offer.gateway.as_ref().unwrap();
    assert_eq!((asked.kind, asked.commands.len()), (GatewayRequestKind::Node, 2));
    let mut less = seen(&offer);
    less.permissions.pop();
    assert_eq!(stage.gateway().approve_request(&offer.request.id, &less).await.unwrap_err().code, "request_changed");
    stage.gateway().approve_request(&offer.request.id, &seen(&offer)).await.unwrap();
    assert_eq!(stage.gateway().approve_request(&offer.request.id, &seen(&offer)).await.unwrap_err().code, "request_gone");
    stage.written("verified", 2).await;
}
