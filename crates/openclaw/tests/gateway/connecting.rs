//! Signing in, with each credential, and being refused.

use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{own, shared};
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::connection::dial::shown_certificate;
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::fingerprint::Fingerprint;
use xtask::openclaw::{Setup, SharedSecret};

use crate::stage::{at, caller, now, refused, token};

#[tokio::test]
async fn the_first_pairing_gives_a_token_that_signs_in_alone() {
    let caller = caller();
    let (first, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let own = first.hello().own_token.clone().expect("a token for this installation");
    assert!(own.scopes.contains(&Scope::Admin) && own.scopes.contains(&Scope::Pairing));
    drop(first);

    let before = now();
    let (again, _events) = Connection::open(&at(shared()), &caller, &Credential::Own(own)).await.unwrap();
    let theirs = again.gateway_time().as_millis();
    let behind = now() - theirs;
    assert!((0..=now() - before).contains(&behind), "its clock is off by more than the way to it: {behind}");
    let devices = again.devices().await.unwrap();
    let me = devices.paired.iter().find(|device| device.device == caller.identity.id()).expect("this program is listed");
    assert!(me.connected && me.title() == "Clawpair under test", "{me:?}");
    assert_eq!(devices.unreadable(), 0);
    assert_eq!(again.node_requests().await.unwrap().unreadable, 0);
    assert!((before..=now()).contains(&me.last_seen.unwrap().as_millis()), "{me:?}");
}

#[tokio::test]
async fn wrong_tokens_are_told_apart() {
    let caller = caller();
    let wrong = || Secret::new("not-the-token".to_owned());
    assert_eq!(refused(&at(shared()), &caller, &Credential::Shared(wrong())).await, GatewayError::TokenWrong);
    let own = OwnToken { token: wrong(), scopes: vec![Scope::Read] };
    assert_eq!(refused(&at(shared()), &caller, &Credential::Own(own)).await, GatewayError::OwnTokenEnded);
    assert_eq!(refused(&at(shared()), &caller, &Credential::Setup(wrong())).await, GatewayError::SetupCodeEnded);
}

#[tokio::test]
async fn a_gateway_with_a_password_takes_that_and_says_when_it_is_wrong() {
    let (gateway, _folder) = own(Setup { secret: SharedSecret::Password, ..Setup::default() });
    let wrong = Credential::Shared(Secret::new("not-the-password".to_owned()));
    assert_eq!(refused(&at(gateway.port()), &caller(), &wrong).await, GatewayError::PasswordWrong);
    let (connection, _events) = Connection::open(&at(gateway.port()), &caller(), &token()).await.unwrap();
    assert!(connection.hello().own_token.is_some());
}

#[tokio::test]
async fn a_token_is_of_its_key_and_its_scopes_alone() {
    let caller = caller();
    let (first, _events) = Connection::open(&at(shared()), &caller, &token()).await.unwrap();
    let mut own = first.hello().own_token.clone().unwrap();
    assert_eq!(refused(&at(shared()), &crate::stage::caller(), &Credential::Own(own.clone())).await, GatewayError::OwnTokenEnded);
    own.scopes.push(Scope::Talk);
    own.scopes.push(Scope::Other("node.later".into()));
    assert_eq!(refused(&at(shared()), &caller, &Credential::Own(own)).await, GatewayError::OwnTokenTooNarrow);
}

#[tokio::test]
async fn nobody_there_and_no_gateway_there_are_told_apart() {
    let caller = caller();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    drop(silent);
    assert!(matches!(refused(&at(port), &caller, &token()).await, GatewayError::Unreachable { .. }));

    let web = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = web.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = web.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
    });
    let error = refused(&at(port), &caller, &token()).await;
    assert!(matches!(&error, GatewayError::NotAGateway { why, .. } if why.contains("200")), "{error:?}");
}

#[tokio::test]
async fn a_certificate_is_compared_before_anything_is_said() {
    let (gateway, _folder) = own(Setup { tls: true, ..Setup::default() });
    let caller = caller();
    let mut target = at(gateway.port());
    target.address = format!("wss://127.0.0.1:{}", gateway.port()).parse().unwrap();
    let GatewayError::NotPinned { shown, .. } = refused(&target, &caller, &token()).await else { panic!() };
    assert_eq!(shown_certificate(&target.address).await, Ok(shown));

    target.pin = Some(shown);
    let (connection, _events) = Connection::open(&target, &caller, &token()).await.unwrap();
    assert!(connection.devices().await.unwrap().paired.iter().any(|device| device.connected));
    drop(connection);

    target.pin = Some(Fingerprint::of(b"another certificate"));
    let error = refused(&target, &caller, &token()).await;
    assert!(matches!(error, GatewayError::OtherCertificate { shown: Some(now), .. } if now == shown), "{error:?}");

    let error = refused(&at(gateway.port()), &caller, &token()).await;
    assert!(matches!(error.code(), "not_a_gateway" | "gateway_unreachable"), "in clear to a gateway with TLS: {error:?}");
}
