//! Refusals that pass by themselves, and those that a person mends.

use std::net::Ipv4Addr;
use std::time::Duration;

use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Ask, Between, Peer, own, shared};
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::error::{ApprovalReason, GatewayError};
use clawpair_openclaw::supervisor::State;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async, client_async};
use xtask::openclaw::{Attempts, Setup};

use crate::stage::{approve, at, caller, connected, manager, refused, start, token, until};

#[tokio::test]
async fn too_many_wrong_tokens_shut_out_the_right_one_which_waits_as_long_as_it_is_told() {
    // Long enough to come a third time on a busy machine.
    let locked = Duration::from_secs(30);
    let (process, _folder) = own(Setup { attempts: Some(Attempts { most: 2, locked }), ..Setup::default() });
    let target = at(process.port());
    let wrong = Credential::Shared(Secret::new("not-the-token".to_owned()));
    for _ in 0..2 {
        assert_eq!(refused(&target, &caller(), &wrong).await, GatewayError::TokenWrong);
    }
    let (gateway, _kept) = start(target, &caller(), None, Some(token()));
    let limited = |state: &State| matches!(state, State::Retrying { why: GatewayError::RateLimited { .. }, .. });
    let state = until(&gateway, "the limit", limited).await;
    let State::Retrying { why, .. } = &state else { panic!("{state:?}") };
    let GatewayError::RateLimited { retry_after: Some(after) } = why else { panic!("it does not say how long: {why:?}") };
    assert!(!after.is_zero() && *after <= locked, "{after:?}");
    assert_eq!(gateway.act().err().as_ref(), Some(why));
    connected(&gateway).await;
}

/// A gateway to which everything is passed on as it is, but for the protocols that this program offers: another version of it would
/// offer others. Their numbers are not among what is signed.
async fn offering(protocol: u32, port: u16) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let between = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let ours = accept_async(stream).await.unwrap();
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            let (gateway, _) = client_async(format!("ws://127.0.0.1:{port}/"), stream).await.unwrap();
            let ((to_us, from_us), (to_gateway, from_gateway)) = (ours.split(), gateway.split());
            let offered = from_us.map_ok(move |message| with_protocol(protocol, message));
            // Whoever hangs up ends both.
            tokio::spawn(async { tokio::join!(offered.forward(to_gateway), from_gateway.forward(to_us)) });
        }
    });
    between
}

fn with_protocol(protocol: u32, message: Message) -> Message {
    let Message::Text(text) = &message else { return message };
    let mut frame: Value = serde_json::from_str(text).unwrap();
    if frame["method"] != "connect" {
        return message;
    }
    for end in ["minProtocol", "maxProtocol"] {
        assert!(frame["params"][end].is_u64(), "{frame}");
        frame["params"][end] = protocol.into();
    }
    Message::Text(frame.to_string().into())
}

#[tokio::test]
async fn a_gateway_that_speaks_another_protocol_says_which_and_is_not_tried_again() {
    // The way there is no obstacle.
    let (gateway, _kept) = start(at(offering(4, shared()).await), &caller(), None, Some(token()));
    connected(&gateway).await;
    for other in [3, 5] {
        let (gateway, kept) = start(at(offering(other, shared()).await), &caller(), None, Some(token()));
        let state = until(&gateway, "a refusal", |state| matches!(state, State::Refused { .. })).await;
        let State::Refused { why } = state else { unreachable!() };
        assert_eq!(why, GatewayError::Protocol { expected: Some(4) });
        assert!(why.to_string().contains("version 4") && why.next_step().contains("Update"), "{why}");
        assert_eq!(kept.last(), None);
    }
}

#[tokio::test]
async fn wider_access_than_was_let_in_is_asked_for_approved_and_used() {
    let (manager, _events) = manager().await;
    let between = Between::far_from(shared()).await;
    let (caller, target) = (caller(), at(between.port()));
    // An earlier version of this program, with the same key, wanted to look only.
    let earlier = Peer {
        identity: caller.identity.clone(),
        system: (std::env::consts::OS, "desktop"),
        ..Peer::foreign("Clawpair under test")
    };
    let look = Ask::operator(&["operator.read"]);
    let asked = earlier.is_refused(shared(), &look).await;
    assert_eq!((asked["code"].as_str(), asked["reason"].as_str()), (Some("PAIRING_REQUIRED"), Some("not-paired")), "{asked}");
    approve(&manager, &caller, &asked["requestId"].as_str().unwrap().parse().unwrap()).await;
    let session = earlier.joins(shared(), &look).await;
    let given = Secret::new(session.hello["auth"]["deviceToken"].as_str().unwrap().to_owned());
    drop(session);

    let narrow = OwnToken { token: given, scopes: vec![Scope::Read] };
    let (gateway, kept) = start(target, &caller, Some(narrow), Some(token()));
    let state = until(&gateway, "the request", |state| matches!(state, State::WaitingForApproval { .. })).await;
    let State::WaitingForApproval { request: Some(request), why: ApprovalReason::Scopes } = state else { panic!("{state:?}") };
    approve(&manager, &caller, &request).await;
    connected(&gateway).await;
    let own = kept.last().expect("a token for all of it");
    assert!(own.scopes.contains(&Scope::Admin) && own.scopes.contains(&Scope::Pairing), "{own:?}");
    let devices = gateway.snapshot().borrow().clone().unwrap().devices.clone();
    let me = caller.identity.id();
    assert_eq!(devices.paired.iter().filter(|device| device.device == me).count(), 1, "it is the same device");
    assert!(devices.pending.iter().all(|pending| pending.device != me), "{devices:?}");
}
