//! Codes typed at devices that do not know the platform's key, and what guessing costs.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use clawpair_api::PairingCodeCreated;
use clawpair_core::code::PairingCode;
use clawpair_core::link::Address;
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_device::connection::Connection;
use clawpair_device::prove::prove;
use clawpair_device::{DeviceError, Target};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::fixture::{TestPlatform, claim, refusal};

async fn typed_at(address: &Address, code: &str) -> Result<Target, DeviceError> {
    prove(std::slice::from_ref(address), code.parse().unwrap(), &SystemRng).await
}

/// Another code with the same locator.
fn wrong(code: &str) -> String {
    let start = &code[..7];
    loop {
        let guess = PairingCode::generate(&SystemRng).symbols();
        let text = format!("{start}{}", &guess[3..]);
        if text != code && text.parse::<PairingCode>().is_ok() {
            return text;
        }
    }
}

async fn create(platform: &TestPlatform, typed: Option<bool>) -> (StatusCode, Value) {
    let mut form = json!({"name": "hub", "device_type": "IoT Gateway", "permissions": ["sensor:read"], "expires_in_minutes": 10});
    if let Some(typed) = typed {
        form["typed"] = json!(typed);
    }
    platform.owner(Method::POST, "/api/v1/devices/pairing-codes", form).await
}

async fn typed_entry(platform: &TestPlatform, created: &PairingCodeCreated) -> Value {
    let path = format!("/api/v1/devices/pairing-codes/{}", created.pairing_id);
    platform.owner(Method::GET, &path, Value::Null).await.1["typed_entry"].clone()
}

async fn refused_claims(platform: &TestPlatform) -> usize {
    use clawpair_core::store::Activity;
    let store = clawpair_store::SqliteStore::open(&platform.folder.path().join("platform.db")).unwrap();
    store.activity(0, 1_000).await.unwrap().iter().filter(|entry| entry.action == "claim_refused").count()
}

#[tokio::test]
async fn a_device_that_knows_the_code_alone_finds_its_platform_and_pins_it() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    for _ in 0..20 {
        // Right as often as it likes: none of these is a guess.
        let target = typed_at(&platform.address, &created.code).await.unwrap();
        assert_eq!(target.pin, platform.pin);
    }
    let target = typed_at(&platform.address, &created.code).await.unwrap();
    assert_eq!(claim(&target, 1).await.unwrap().device.id, created.device_id);
    assert_eq!(refused_claims(&platform).await, 0);
}

#[tokio::test]
async fn a_wrong_code_proves_nothing_and_five_of_them_burn_typing() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    for _ in 0..5 {
        let error = typed_at(&platform.address, &wrong(&created.code)).await.unwrap_err();
        assert!(matches!(error, DeviceError::Unproven { .. }), "{error}");
    }
    assert_eq!(typed_entry(&platform, &created).await, "burnt");
    assert!(typed_at(&platform.address, &created.code).await.is_err(), "the right one is not looked at either");
    assert_eq!(refusal(claim(&platform.by_code(&created.code), 1).await), "code_entry_burnt");
    claim(&TestPlatform::by_link(&created), 1).await.expect("the link lives on");
}

#[tokio::test]
async fn an_unknown_locator_is_answered_like_any_other() {
    let platform = TestPlatform::start().await;
    let error = typed_at(&platform.address, "OCL-000000000000").await.unwrap_err();
    assert!(matches!(error, DeviceError::Unproven { .. }), "{error}");
}

/// Somebody between the two who ends the device's TLS with a key of his own and passes everything on.
struct Relay {
    address: Address,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    async fn before(platform: Address, pin: ServerPin) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["clawpair.local".to_owned()]).unwrap().self_signed(&key).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = Address::new(Ipv4Addr::LOCALHOST.into(), listener.local_addr().unwrap().port()).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let Ok(device) = acceptor.accept(tcp).await else { continue };
                let platform = Connection::open(std::slice::from_ref(&platform), pin).await.unwrap();
                let (from_device, to_device) = tokio::io::split(device);
                let (from_platform, to_platform) = tokio::io::split(platform.stream);
                tokio::spawn(pass_on(from_device, to_platform, Arc::clone(&kept)));
                tokio::spawn(pass_on(from_platform, to_device, Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }
}

async fn pass_on(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: Arc<Mutex<Vec<u8>>>) {
    let mut bytes = [0; 4_096];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        seen.lock().unwrap().extend_from_slice(&bytes[..length]);
        if to.write_all(&bytes[..length]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

#[tokio::test]
async fn somebody_in_between_fails_has_spent_a_guess_and_never_sees_the_code() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let relay = Relay::before(platform.address.clone(), platform.pin).await;
    for guesses in 1..=5 {
        let error = typed_at(&relay.address, &created.code).await.unwrap_err();
        assert!(matches!(error, DeviceError::Unproven { .. }), "{error}");
        assert_eq!(typed_entry(&platform, &created).await, if guesses < 5 { "open" } else { "burnt" });
    }
    let code: PairingCode = created.code.parse().unwrap();
    let seen = relay.seen.lock().unwrap().clone();
    let shows = |text: &str| seen.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(shows(&code.locator().symbols()), "it did pass through here");
    assert!(!shows(code.password().reveal()) && !shows(&code.symbols()));
    claim(&TestPlatform::by_link(&created), 1).await.expect("the link lives on");
}

#[tokio::test]
async fn the_guess_budget_is_refused_in_words_and_links_go_on() {
    let platform = TestPlatform::start().await;
    for _ in 0..51 {
        let (status, created) = create(&platform, Some(true)).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
    }
    let (status, refused) = create(&platform, Some(true)).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("guess_budget_spent")));
    assert!(refused["message"].as_str().unwrap().contains("51 codes"), "{refused}");
    let (_, created) = create(&platform, None).await;
    let created: PairingCodeCreated = serde_json::from_value(created).unwrap();
    assert_eq!(typed_entry(&platform, &created).await, "off");
    assert!(typed_at(&platform.address, &created.code).await.is_err());
    claim(&platform.by_code(&created.code), 1).await.expect("whole, at a platform that is known");
    platform.step_minutes(10);
    let (status, _) = create(&platform, Some(true)).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_address_that_guesses_too_often_waits_and_its_links_do_not() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    for _ in 0..10 {
        assert_eq!(refusal(claim(&platform.by_code("000000000000"), 9).await), "code_unknown");
    }
    let error = claim(&platform.by_code(&created.code), 1).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(1)), "{error}");
    assert_eq!(refusal::<()>(Err(error)), "rate_limited");
    assert_eq!(refusal(typed_at(&platform.address, &created.code).await), "rate_limited");
    let another = platform.open().await;
    assert_eq!(refusal(claim(&platform.by_code(&another.code), 1).await), "rate_limited", "a new code changes no count");
    claim(&TestPlatform::by_link(&another), 1).await.expect("links are not limited");
    platform.step_minutes(1);
    claim(&platform.by_code(&created.code), 2).await.expect("after the wait");
}
