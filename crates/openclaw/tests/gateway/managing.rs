//! Changing devices that are in.

use clawpair_core::clock::Timestamp;
use clawpair_gateway_stage::{Ask, Peer, Session, shared};
use clawpair_openclaw::access::{Role, Scope};
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::{Closed, GatewayError};
use clawpair_openclaw::operations::DeviceList;
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::returned::{Back, How, ThrownOut, returned};

use crate::stage::{at, caller, manager, refused, token};

/// The moment of a look that certainly began after whatever was done before.
const LATER: Timestamp = Timestamp::from_millis(i64::MAX);
const LOOK: Ask<'static> = Ask::operator(&["operator.read"]);

/// A device of this computer, which is let in by itself, and its connection.
async fn local(name: &str) -> (Peer, Session) {
    let peer = Peer { far: false, ..Peer::foreign(name) };
    let session = peer.joins(shared(), &LOOK).await;
    (peer, session)
}

async fn find(manager: &Connection, peer: &Peer) -> Option<PairedDevice> {
    manager.devices().await.unwrap().paired.into_iter().find(|device| device.device == peer.identity.id())
}

#[tokio::test]
async fn a_device_is_renamed_and_found_by_its_name() {
    let (manager, _events) = manager().await;
    let (peer, _session) = local("Tablet 4711").await;
    manager.rename(&peer.identity.id(), &"Hallway 0815".parse().unwrap()).await.unwrap();
    let device = find(&manager, &peer).await.unwrap();
    assert_eq!(device.title(), "Hallway 0815");
    assert!(device.connected && device.is_found_by(&"hall 4711".parse().unwrap(), ""));
    let stranger = Peer::foreign("x").identity.id();
    let error = manager.rename(&stranger, &"Nobody".parse().unwrap()).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("gateway_refused", "The gateway refused: unknown deviceId"));
}

#[tokio::test]
async fn a_rotated_token_cuts_the_device_off() {
    let (manager, _events) = manager().await;
    let (peer, session) = local("Rotated").await;
    let old = session.hello["auth"]["deviceToken"].as_str().unwrap().to_owned();
    let rotated = manager.rotate(&peer.identity.id(), &Role::Operator, None).await.unwrap();
    assert_eq!(rotated.own, None);
    assert_eq!(session.closed().await, 4001);
    let details = peer.is_refused(shared(), &Ask { auth: ("deviceToken", &old), ..LOOK }).await;
    assert_eq!(details["code"], "AUTH_DEVICE_TOKEN_MISMATCH");
    assert_eq!(find(&manager, &peer).await.unwrap().tokens[0].rotated, Some(rotated.at));
}

#[tokio::test]
async fn a_revoked_role_must_be_approved_again() {
    let (manager, _events) = manager().await;
    let peer = Peer::foreign("Revoked");
    peer.asks(shared(), &LOOK).await;
    let seen = |list: &DeviceList| list.pending.iter().find(|pending| pending.device == peer.identity.id()).unwrap().seen();
    manager.approve(&seen(&manager.devices().await.unwrap())).await.unwrap();
    let session = peer.joins(shared(), &LOOK).await;
    let at = manager.revoke(&peer.identity.id(), &Role::Operator).await.unwrap();
    assert_eq!(session.closed().await, 4001);
    let gone = [ThrownOut { device: peer.identity.id(), how: How::Revoked(Role::Operator), at }];
    assert_eq!(returned(&manager.devices().await.unwrap(), LATER, &gone), []);

    assert_eq!(peer.is_refused(shared(), &LOOK).await["reason"], "role-upgrade");
    let list = manager.devices().await.unwrap();
    assert_eq!(returned(&list, LATER, &gone), [(&gone[0], Back::Asking)]);
    manager.approve(&seen(&list)).await.unwrap();
    assert_eq!(returned(&manager.devices().await.unwrap(), LATER, &gone), [(&gone[0], Back::In)]);
}

#[tokio::test]
async fn a_removed_device_that_still_holds_the_shared_token_comes_back_and_is_recognised() {
    let (manager, _events) = manager().await;
    let (peer, session) = local("Removed").await;
    manager.remove(&peer.identity.id()).await.unwrap();
    assert_eq!(session.closed().await, 4001);
    assert_eq!(find(&manager, &peer).await, None);
    let gone = [ThrownOut { device: peer.identity.id(), how: How::Removed, at: manager.gateway_time() }];
    assert_eq!(returned(&manager.devices().await.unwrap(), LATER, &gone), []);
    let _session = peer.joins(shared(), &LOOK).await;
    assert_eq!(returned(&manager.devices().await.unwrap(), LATER, &gone), [(&gone[0], Back::In)]);
}

#[tokio::test]
async fn this_programs_own_token_can_be_rotated_revoked_and_its_device_removed() {
    let caller = caller();
    let (first, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let old = first.hello().own_token.clone().unwrap();
    let (own, _events) = Connection::open(&at(shared()), &caller, &Credential::Own(old.clone())).await.unwrap();
    let me = caller.identity.id();
    let new = own.rotate(&me, &Role::Operator, None).await.unwrap().own.expect("its own token is shown to it");
    assert_eq!(own.ended().await, Closed::CutOff);
    assert_eq!(refused(&at(shared()), &caller, &Credential::Own(old)).await, GatewayError::OwnTokenEnded);

    let (own, _events) = Connection::open(&at(shared()), &caller, &Credential::Own(new.clone())).await.unwrap();
    assert!(own.hello().scopes.contains(&Scope::Admin));
    own.revoke(&me, &Role::Operator).await.unwrap();
    assert_eq!(own.ended().await, Closed::CutOff);
    assert_eq!(refused(&at(shared()), &caller, &Credential::Own(new)).await, GatewayError::OwnTokenEnded);
    // From the gateway's own computer the shared token is enough to come back.
    Connection::open(&at(shared()), &caller, &token()).await.unwrap();
}
