//! Devices of others ask, and a person decides about exactly what was seen.

use clawpair_gateway_stage::{Ask, FAR_AWAY, Peer, shared};
use clawpair_openclaw::Event;
use clawpair_openclaw::access::{Role, Scope};
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::operations::DecisionError;
use clawpair_openclaw::paired::ApprovedVia;
use clawpair_openclaw::pending::PendingDevice;

use crate::stage::{MINUTE, at, caller, manager, now, token};

const LOOK: Ask<'static> = Ask::operator(&["operator.read"]);
const CHANGE: Ask<'static> = Ask::operator(&["operator.read", "operator.write"]);

/// Its request, as the manager sees it.
async fn seen(manager: &Connection, peer: &Peer) -> Option<PendingDevice> {
    manager.devices().await.unwrap().pending.into_iter().find(|pending| pending.device == peer.identity.id())
}

#[tokio::test]
async fn a_foreign_request_is_announced_and_shown_for_what_it_is() {
    let (manager, mut events) = manager().await;
    let peer = Peer::foreign("Kitchen \u{1b}[31mTablet\u{202e}");
    let before = now();
    peer.asks(shared(), &CHANGE).await;
    while events.recv().await.expect("an event") != Event::Devices {}
    let pending = seen(&manager, &peer).await.unwrap();
    assert_eq!(pending.name.as_ref().unwrap().as_str(), "Kitchen Tablet\u{fffd}");
    assert_eq!(pending.from, Some(FAR_AWAY.parse().unwrap()));
    assert_eq!(pending.wants.scopes(), [Scope::Write, Scope::Read]);
    assert!(!pending.known);
    let ends = pending.expires().as_millis();
    assert!((before..=now()).contains(&(ends - 5 * MINUTE)), "not five minutes after it was asked: {ends}");
}

#[tokio::test]
async fn approving_lets_in_exactly_what_was_seen() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Approved");
    peer.asks(shared(), &LOOK).await;
    let pending = seen(&manager, &peer).await.unwrap();
    let device = manager.approve(&pending.seen()).await.unwrap();
    assert_eq!((device.key, device.access.scopes()), (pending.key, [Scope::Read].as_slice()));
    assert_eq!(device.approved_via, Some(ApprovedVia::Owner));
    let session = peer.joins(shared(), &LOOK).await;
    assert_eq!(session.hello["auth"]["scopes"], serde_json::json!(["operator.read"]));
    assert_eq!(manager.approve(&pending.seen()).await, Err(DecisionError::Gone));
}

#[tokio::test]
async fn rejecting_ends_the_request() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Rejected");
    peer.asks(shared(), &LOOK).await;
    let pending = seen(&manager, &peer).await.unwrap();
    manager.reject(&pending.seen()).await.unwrap();
    assert_eq!(seen(&manager, &peer).await, None);
    assert_eq!(manager.reject(&pending.seen()).await, Err(DecisionError::Gone));
}

#[tokio::test]
async fn a_request_that_changes_between_look_and_click_is_not_approved() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Superseded");
    peer.asks(shared(), &LOOK).await;
    let looked = seen(&manager, &peer).await.unwrap();
    peer.asks(shared(), &CHANGE).await;
    for decided in [manager.approve(&looked.seen()).await.map(drop), manager.reject(&looked.seen()).await] {
        let Err(DecisionError::Changed { now }) = decided else { panic!("{decided:?}") };
        assert_ne!(now.request, looked.request);
        assert!(now.wants.allows(&Scope::Write) && !looked.wants.allows(&Scope::Write));
        assert!(DecisionError::Changed { now }.to_string().starts_with("This changed while you looked"));
    }
    assert!(manager.devices().await.unwrap().paired.iter().all(|device| device.device != peer.identity.id()));
}

#[tokio::test]
async fn a_request_that_is_only_repeated_is_still_what_was_seen() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Patient");
    peer.asks(shared(), &LOOK).await;
    let looked = seen(&manager, &peer).await.unwrap();
    peer.asks(shared(), &LOOK).await;
    manager.approve(&looked.seen()).await.unwrap();
}

#[tokio::test]
async fn what_a_known_device_asks_in_addition_is_a_difference() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Growing");
    peer.asks(shared(), &LOOK).await;
    let device = manager.approve(&seen(&manager, &peer).await.unwrap().seen()).await.unwrap();
    peer.asks(shared(), &Ask::operator(&["operator.read", "operator.admin"])).await;
    let pending = seen(&manager, &peer).await.unwrap();
    assert!(pending.known);
    let difference = pending.wants.beyond(&device.access);
    assert_eq!(difference.added, [Scope::Admin]);
    assert!(difference.adds_control() && difference.new_roles.is_empty());
}

#[tokio::test]
async fn who_may_not_pair_is_told_which_scope_is_missing() {
    let caller = caller();
    let (all, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let mut own = all.hello().own_token.clone().unwrap();
    own.scopes = vec![Scope::Read];
    let (reader, _events) = Connection::open(&at(shared()), &caller, &Credential::Own(own)).await.unwrap();
    assert_eq!(reader.devices().await, Err(GatewayError::MissingScope { scope: Some(Scope::Pairing) }));
}

#[tokio::test]
async fn a_node_and_what_it_offers_are_approved_in_two_steps() {
    let (manager, _events) = manager().await;
    let peer = Peer::node("edge-node");
    let offers = |commands: &'static [&'static str]| Ask { role: "node", scopes: &[], commands, ..LOOK };
    peer.asks(shared(), &offers(&["system.run"])).await;
    let pending = seen(&manager, &peer).await.unwrap();
    assert_eq!(pending.wants.roles(), [Role::Node]);
    manager.approve(&pending.seen()).await.unwrap();

    let session = peer.joins(shared(), &offers(&["system.run", "system.which"])).await;
    let node = || async {
        let list = manager.node_requests().await.unwrap();
        list.pending.into_iter().find(|node| node.node == peer.identity.id())
    };
    let looked = node().await.expect("what it offers waits");
    assert_eq!(looked.offers.commands, ["system.run", "system.which"]);
    let mut other = looked.seen();
    other.offers.commands.pop();
    assert!(matches!(manager.approve_node(&other).await, Err(DecisionError::Changed { .. })));
    manager.approve_node(&looked.seen()).await.unwrap();
    assert_eq!(node().await, None);
    assert_eq!(manager.reject_node(&looked.seen()).await, Err(DecisionError::Gone));
    drop(session);
}
