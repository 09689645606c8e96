//! Keys that are good, too narrow, wrong, too old, and revoked.

use clawpair_client::{Retry, Trust};
use clawpair_core::access::{Operation, Role};
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::rng::SystemRng;

use crate::fixture::{TestServer, code, credential, form};

#[tokio::test]
async fn a_key_says_what_it_may_do() {
    let server = TestServer::start().await;
    let me = server.signed_in(Role::Viewer).await.me().await.unwrap();
    assert_eq!((me.role, me.name.as_deref()), (Role::Viewer, Some("Window")));
    assert_eq!(me.version, env!("CARGO_PKG_VERSION"), "all crates of this product have one version");
    assert!(me.operations.iter().any(|word| word == Operation::DevicesList.word()));
    assert!(me.operations.iter().all(|word| word != Operation::CodesCreate.word()));
}

#[tokio::test]
async fn a_key_that_may_less_is_no_reason_to_sign_in_anew() {
    let server = TestServer::start().await;
    let error = server.signed_in(Role::Viewer).await.create_pairing_code(&form("Hub")).await.unwrap_err();
    assert_eq!((error.code(), error.is_about_the_credential()), ("access_denied", false));
}

#[tokio::test]
async fn a_wrong_old_or_revoked_key_is() {
    let server = TestServer::start().await;
    let anybody = || server.client(Trust::Pinned(server.identity.pin()));
    let [old, revoked] = [server.key(Role::Admin).await, server.key(Role::Admin).await];
    server.owner().revoke_api_key(&revoked.api_key.id).await.unwrap();
    server.step_days(2);
    let unknown = ApiKeySecret::generate(&SystemRng).reveal();
    let clients = [
        (anybody(), "unauthenticated"),
        (anybody().with(credential(&unknown)), "api_key_invalid"),
        (anybody().with(credential(&old.key)), "api_key_expired"),
        (anybody().with(credential(&revoked.key)), "api_key_revoked"),
    ];
    for (client, expected) in clients {
        let error = client.me().await.unwrap_err();
        assert_eq!(error.code(), expected);
        assert_eq!((error.is_about_the_credential(), error.retry()), (true, Retry::No), "{expected}");
    }
}

#[tokio::test]
async fn one_client_may_be_used_by_many_at_once() {
    let server = TestServer::start().await;
    let client = server.signed_in(Role::Admin).await;
    let calls = (0..16).map(|number| {
        let client = client.clone();
        tokio::spawn(async move { client.create_pairing_code(&form(&format!("Hub {number}"))).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(client.pairing_summary().await.unwrap().open, 16);
}

#[tokio::test]
async fn a_connection_that_the_server_ended_meanwhile_is_made_anew() {
    let mut server = TestServer::start().await;
    let client = server.signed_in(Role::Viewer).await;
    client.me().await.unwrap();
    server.stop().await;
    assert_eq!(code(client.me().await), "server_unreachable");
    let identity = clawpair_server::Identity::from_der(
        zeroize::Zeroizing::new(server.identity.key_der().to_vec()),
        server.identity.certificate_der().to_vec(),
    );
    server.listen(&identity.unwrap());
    client.me().await.unwrap();
}
