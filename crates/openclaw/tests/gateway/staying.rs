//! Staying connected, whatever happens to the gateway or to this program's credentials.

use std::sync::Arc;

use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Ask, Between, Peer, own, shared};
use clawpair_openclaw::access::Role;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::{ApprovalReason, GatewayError};
use clawpair_openclaw::setup_code::Grant;
use clawpair_openclaw::supervisor::{Snapshot, State};
use tokio::sync::watch;
use tokio::time::timeout;
use xtask::openclaw::Setup;

use crate::stage::{PATIENCE, approve, at, caller, connected, manager, start, token, until};

const LOOK: Ask<'static> = Ask::operator(&["operator.read"]);
/// Waits until the connection was cut, since `state` was made. It may be back already.
async fn cut(state: &mut watch::Receiver<State>) {
    timeout(PATIENCE, state.changed()).await.expect("the cut was awaited").unwrap();
}

/// Waits for a snapshot.
async fn sees(snapshot: &mut watch::Receiver<Option<Arc<Snapshot>>>, what: &str, mut is_it: impl FnMut(&Snapshot) -> bool) {
    let seen = snapshot.wait_for(|snapshot| snapshot.as_ref().is_some_and(|snapshot| is_it(snapshot)));
    timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("{what} was awaited")).unwrap();
}

#[tokio::test]
async fn the_snapshot_follows_what_others_and_what_we_do() {
    let (gateway, kept) = start(at(shared()), &caller(), None, Some(token()));
    connected(&gateway).await;
    assert!(kept.last().is_some(), "the token is kept");
    let mut snapshot = gateway.snapshot();
    assert!(snapshot.borrow().is_some(), "who is connected has a snapshot");

    let peer = Peer::foreign("Followed");
    let id = peer.identity.id();
    peer.asks(shared(), &LOOK).await;
    sees(&mut snapshot, "the request", |now| now.devices.pending.iter().any(|pending| pending.device == id)).await;
    let seen = snapshot.borrow().as_ref().unwrap().devices.pending.iter().find(|pending| pending.device == id).unwrap().seen();
    gateway.act().unwrap().approve(&seen).await.unwrap();
    sees(&mut snapshot, "the device", |now| now.devices.paired.iter().any(|device| device.device == id)).await;
    let session = peer.joins(shared(), &LOOK).await;
    sees(&mut snapshot, "its presence", |now| now.devices.paired.iter().any(|device| device.device == id && device.connected))
        .await;
    drop(session);
    sees(&mut snapshot, "its absence", |now| now.devices.paired.iter().any(|device| device.device == id && !device.connected))
        .await;
    // A gateway tells nobody about this.
    gateway.act().unwrap().remove(&id).await.unwrap();
    sees(&mut snapshot, "its end", |now| now.devices.paired.iter().all(|device| device.device != id)).await;
}

#[tokio::test]
async fn a_used_setup_code_is_told() {
    let (gateway, _kept) = start(at(shared()), &caller(), None, Some(token()));
    connected(&gateway).await;
    let mut uses = gateway.setup_uses();
    let address = "wss://gateway.example.org".parse().unwrap();
    let made = gateway.act().unwrap().make_setup_code(Grant::Node, Some(&address)).await.unwrap();
    let node = Peer::node("Told");
    let ask = Ask { role: "node", auth: ("bootstrapToken", made.code.token().reveal()), scopes: &[], commands: &[] };
    let _session = node.joins(shared(), &ask).await;
    let told = timeout(PATIENCE, async {
        loop {
            let told = uses.recv().await.unwrap();
            if told.setup == made.setup {
                return told;
            }
        }
    });
    assert_eq!(told.await.unwrap().device, node.identity.id());
}

#[tokio::test]
async fn a_killed_gateway_is_found_again_when_it_is_back() {
    let (mut process, _folder) = own(Setup::default());
    let (gateway, kept) = start(at(process.port()), &caller(), None, Some(token()));
    connected(&gateway).await;
    let before = kept.last();
    process.kill().unwrap();
    let state = until(&gateway, "another try", |state| matches!(state, State::Retrying { .. })).await;
    let State::Retrying { why, .. } = state else { unreachable!() };
    assert!(matches!(why, GatewayError::Closed(_) | GatewayError::Unreachable { .. }), "{why:?}");
    assert!(gateway.act().is_err());
    assert!(gateway.snapshot().borrow().is_some(), "what was known stays known");
    // The shared token changes while it is away; the own token goes on.
    process.change_token("another-token-of-the-gateway");
    process.run().unwrap();
    connected(&gateway).await;
    assert_eq!(kept.last(), before, "its own token was enough");

    // Without either, a person is asked, and answers.
    let (stranger, _kept) = start(at(process.port()), &caller(), None, Some(token()));
    let state = until(&stranger, "a refusal", |state| matches!(state, State::Refused { .. })).await;
    assert_eq!(state, State::Refused { why: GatewayError::TokenWrong });
    stranger.sign_in_with(Credential::Shared(Secret::new("another-token-of-the-gateway".to_owned())));
    connected(&stranger).await;

    // In its own way it says so before.
    process.stop();
    until(&gateway, "another try", |state| matches!(state, State::Retrying { .. })).await;
}

#[tokio::test]
async fn an_own_token_that_ends_under_us_is_replaced_with_the_shared_one_or_by_a_person() {
    let (manager, _events) = manager().await;
    let caller = caller();
    let (first, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let mine = first.hello().own_token.clone();
    drop(first);
    let me = caller.identity.id();

    let (gateway, kept) = start(at(shared()), &caller, mine.clone(), Some(token()));
    connected(&gateway).await;
    let mut state = gateway.state();
    manager.rotate(&me, &Role::Operator, None).await.unwrap();
    cut(&mut state).await;
    connected(&gateway).await;
    let renewed = kept.last().expect("a new token is kept");
    assert_ne!(Some(&renewed), mine.as_ref());
    drop(gateway);

    let (gateway, kept) = start(at(shared()), &caller, Some(renewed), None);
    connected(&gateway).await;
    manager.revoke(&me, &Role::Operator).await.unwrap();
    let state = until(&gateway, "a refusal", |state| matches!(state, State::Refused { .. })).await;
    assert_eq!(state, State::Refused { why: GatewayError::OwnTokenEnded });
    assert_eq!(kept.last(), None);
    gateway.sign_in_with(token());
    connected(&gateway).await;
}

#[tokio::test]
async fn rotating_our_own_token_keeps_the_new_one() {
    let caller = caller();
    let (first, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let mine = first.hello().own_token.clone();
    drop(first);
    let (gateway, kept) = start(at(shared()), &caller, mine, None);
    connected(&gateway).await;
    let mut state = gateway.state();
    let rotated = gateway.rotate(&caller.identity.id(), &Role::Operator, None).await.unwrap();
    assert!(rotated.own.is_some());
    cut(&mut state).await;
    connected(&gateway).await;
    assert_eq!(kept.last(), rotated.own);
}

#[tokio::test]
async fn who_must_be_approved_knocks_until_somebody_does() {
    let (manager, _events) = manager().await;
    let between = Between::far_from(shared()).await;
    let caller = caller();
    let (gateway, _kept) = start(at(between.port()), &caller, None, Some(token()));
    let state = until(&gateway, "the request", |state| matches!(state, State::WaitingForApproval { .. })).await;
    let State::WaitingForApproval { request: Some(request), why: ApprovalReason::NotPaired } = state else { panic!("{state:?}") };
    let step = gateway.act().err().expect("it is not in yet").next_step();
    assert_eq!(step, format!("On the gateway's computer, run: openclaw devices approve {request}"));
    approve(&manager, &caller, &request).await;
    connected(&gateway).await;
}

#[tokio::test]
async fn a_changed_certificate_stops_everything_until_a_person_accepts_it() {
    let (mut process, _folder) = own(Setup { tls: true, ..Setup::default() });
    let mut target = at(process.port());
    target.address = format!("wss://127.0.0.1:{}", process.port()).parse().unwrap();
    let (gateway, kept) = start(target, &caller(), None, Some(token()));
    let state = until(&gateway, "a refusal", |state| matches!(state, State::Refused { .. })).await;
    let State::Refused { why: GatewayError::NotPinned { shown, .. } } = state else { panic!("{state:?}") };
    assert_eq!(kept.last(), None, "nothing was sent");
    gateway.accept_certificate(shown);
    connected(&gateway).await;

    process.stop();
    std::fs::remove_dir_all(process.state().join("gateway/tls")).unwrap();
    process.run().unwrap();
    let state = until(&gateway, "a refusal", |state| matches!(state, State::Refused { .. })).await;
    let State::Refused { why: GatewayError::OtherCertificate { shown: Some(renewed), .. } } = state else { panic!("{state:?}") };
    assert_ne!(renewed, shown);
    gateway.accept_certificate(renewed);
    connected(&gateway).await;
}
