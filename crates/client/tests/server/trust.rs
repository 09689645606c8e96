//! Whom the client believes.

use std::sync::Arc;

use clawpair_client::{Authorities, ClientError, Retry, Trust};
use clawpair_core::access::Role;
use clawpair_server::Identity;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fixture::{TestServer, a_pin, address, credential, remote};

/// An authority of our own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Who it vouches for, until then.
fn vouched(authority: &CertifiedIssuer<'static, KeyPair>, name: &str, until: i32) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_after = date_time_ymd(until, 1, 1);
    let certificate = params.signed_by(&key, authority).unwrap();
    Identity::from_der(zeroize::Zeroizing::new(key.serialize_der()), certificate.der().to_vec()).unwrap()
}

fn trusting(authority: &CertifiedIssuer<'static, KeyPair>) -> Trust {
    Trust::Authorities(Authorities::of([authority.der().clone()]))
}

#[tokio::test]
async fn the_server_with_the_compared_key_is_spoken_to() {
    let server = TestServer::start().await;
    server.signed_in(Role::Viewer).await.me().await.unwrap();
}

#[tokio::test]
async fn a_key_that_nobody_compared_is_shown_and_not_spoken_to() {
    let server = TestServer::start().await;
    for authorities in [Authorities::of([]), Authorities::of([authority().der().clone()]), Authorities::of_system()] {
        let error = server.client(Trust::Authorities(authorities)).me().await.unwrap_err();
        let ClientError::NotPinned { shown, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*shown, error.code(), error.retry()), (server.identity.pin(), "server_not_pinned", Retry::No));
    }
}

#[tokio::test]
async fn another_key_than_the_compared_one_is_shown_and_not_spoken_to() {
    let server = TestServer::start().await;
    let error = server.client(Trust::Pinned(a_pin())).me().await.unwrap_err();
    assert_eq!(error, ClientError::OtherCertificate { address: server.address(), shown: server.identity.pin() });
    assert_eq!((error.code(), error.retry()), ("server_other_certificate", Retry::No));
}

#[tokio::test]
async fn a_key_that_changes_ends_it() {
    let mut server = TestServer::start().await;
    let client = server.signed_in(Role::Viewer).await;
    client.me().await.unwrap();
    server.stop().await;
    let other = Identity::generate().unwrap();
    server.listen(&other);
    let error = client.me().await.unwrap_err();
    assert_eq!(error, ClientError::OtherCertificate { address: server.address(), shown: other.pin() });
}

#[tokio::test]
async fn nothing_is_sent_before_the_key_is_right() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let listening = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config.unwrap())).accept(tcp).await {
            // Ends with the alert that this is not who was meant.
            let _ = stream.read_to_end(&mut heard).await;
        }
        heard
    });
    let key = clawpair_core::api_key::ApiKeySecret::generate(&clawpair_core::rng::SystemRng).reveal();
    let client = remote(address(at), Trust::Pinned(a_pin())).with(credential(&key));
    assert_eq!(client.me().await.unwrap_err().code(), "server_other_certificate");
    assert_eq!(listening.await.unwrap(), b"");
}

#[tokio::test]
async fn an_authority_may_vouch_for_a_name() {
    let authority = authority();
    let server = TestServer::with(vouched(&authority, "localhost", 2100)).await;
    let key = server.key(Role::Viewer).await.key;
    let named = format!("https://localhost:{}", server.at.port()).parse().unwrap();
    remote(named, trusting(&authority)).with(credential(&key)).me().await.unwrap();
}

#[tokio::test]
async fn an_authority_vouches_for_no_other_name_and_for_no_longer() {
    let authority = authority();
    for (name, until) in [("hub.example.org", 2100), ("localhost", 2001)] {
        let server = TestServer::with(vouched(&authority, name, until)).await;
        let named = format!("https://localhost:{}", server.at.port()).parse().unwrap();
        let error = remote(named, trusting(&authority)).me().await.unwrap_err();
        assert!(matches!(error, ClientError::NotPinned { shown, .. } if shown == server.identity.pin()), "{name} {until}: {error}");
    }
}
