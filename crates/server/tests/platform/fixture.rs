//! A platform on a free port of this computer, with a clock that is stepped by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use clawpair_api::{CreatePairingCode, DevicePage, ErrorBody, PairingCodeCreated};
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Pepper;
use clawpair_device::{Credential, DeviceError, Paired, Target, pair};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router, router};
use clawpair_store::SqliteStore;
use ed25519_dalek::SigningKey;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// A clock that stands still until it is stepped.
pub struct SteppedClock(AtomicI64);

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub struct TestPlatform {
    pub service: Arc<Service>,
    pub address: Address,
    pub pin: ServerPin,
    pub folder: TempDir,
    clock: Arc<SteppedClock>,
    pepper: Pepper,
    identity: Identity,
    _listener: Listener,
}

impl TestPlatform {
    pub async fn start() -> Self {
        let clock = Arc::new(SteppedClock(AtomicI64::new(1_698_402_600_000)));
        Self::on(tempfile::tempdir().unwrap(), clock, Pepper::generate(&SystemRng), Identity::generate().unwrap()).await
    }

    /// The same platform after its program ended and began again.
    pub async fn restarted(self) -> Self {
        let Self { folder, clock, pepper, identity, service, .. } = self;
        drop(service);
        Self::on(folder, clock, pepper, identity).await
    }

    async fn on(folder: TempDir, clock: Arc<SteppedClock>, pepper: Pepper, identity: Identity) -> Self {
        let service = Service::start(Ports {
            store: Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap()),
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
            pepper: pepper.clone(),
            pin: identity.pin(),
        })
        .await
        .unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        let address = Address::new(listener.address().ip(), listener.address().port()).unwrap();
        service.advertise(vec![address.clone()]);
        Self { service, address, pin: identity.pin(), folder, clock, pepper, identity, _listener: listener }
    }

    pub fn step_minutes(&self, minutes: i64) {
        self.clock.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    /// The platform's time, in seconds since 1970.
    pub fn seconds(&self) -> u64 {
        self.clock.now().as_millis().unsigned_abs() / 1_000
    }

    /// The same platform on another port.
    pub fn listen(&self) -> Listener {
        Listener::start(self.service.clone(), &self.identity, "127.0.0.1:0".parse().unwrap()).unwrap()
    }

    /// A call by the owner, in process.
    pub async fn owner(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        answer(send(owner_router(self.service.clone()), method, path, None, body).await).await
    }

    /// A call from a network, with or without a credential.
    pub async fn call(&self, method: Method, path: &str, authorization: Option<&str>, body: Value) -> (StatusCode, Value) {
        answer(send(router(self.service.clone()), method, path, authorization, body).await).await
    }

    pub async fn api_key(&self) -> String {
        let (status, created) = self.owner(Method::POST, "/api/v1/api-keys", json!({"name": "CI", "role": "device_manager"})).await;
        assert_eq!(status, StatusCode::CREATED);
        created["key"].as_str().unwrap().to_owned()
    }

    pub async fn open(&self) -> PairingCodeCreated {
        let form = CreatePairingCode {
            name: "Kitchen hub".into(),
            device_type: "IoT Gateway".into(),
            permissions: vec!["sensor:read".into()],
            expires_in_minutes: 10,
            addresses: None,
            ask_first: None,
            typed: None,
        };
        let (status, created) =
            self.owner(Method::POST, "/api/v1/devices/pairing-codes", serde_json::to_value(form).unwrap()).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        serde_json::from_value(created).unwrap()
    }

    pub fn by_link(created: &PairingCodeCreated) -> Target {
        let link: PairingLink = created.link.as_deref().unwrap().parse().unwrap();
        Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) }
    }

    pub fn by_code(&self, code: &str) -> Target {
        Target { addresses: vec![self.address.clone()], pin: self.pin, secret: ClaimSecret::Code(code.parse().unwrap()) }
    }

    pub async fn paired(&self, seed: u8) -> (Target, Paired, Credential) {
        let target = Self::by_link(&self.open().await);
        let paired = claim(&target, seed).await.unwrap();
        let credential = Credential::of(&target, &key(seed), &paired).unwrap();
        (target, paired, credential)
    }

    /// A device that says it is of this type, whatever its code was made for.
    pub async fn joined_as(&self, device_type: &str, seed: u8) -> (Paired, Credential) {
        let target = Self::by_link(&self.open().await);
        let description = Description { device_type: device_type.into(), ..Description::default() };
        let paired = pair(&target, &key(seed), Uuid::from_bytes([seed; 16]), &description).await.unwrap();
        let credential = Credential::of(&target, &key(seed), &paired).unwrap();
        (paired, credential)
    }

    pub async fn devices(&self) -> DevicePage {
        let (_, page) = self.owner(Method::GET, "/api/v1/devices", Value::Null).await;
        serde_json::from_value(page).unwrap()
    }
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub async fn claim(target: &Target, seed: u8) -> Result<Paired, DeviceError> {
    pair(target, &key(seed), Uuid::from_bytes([seed; 16]), &Description::default()).await
}

/// The stable code of a refusal.
pub fn refusal<T>(outcome: Result<T, DeviceError>) -> &'static str {
    match outcome {
        Err(DeviceError::Refused(refusal)) => refusal.code.as_str(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

pub async fn send(router: Router, method: Method, path: &str, authorization: Option<&str>, body: Value) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    router.oneshot(request.body(body).unwrap()).await.unwrap()
}

/// A form, as the endpoints of OAuth take it.
pub async fn send_form(router: Router, path: &str, authorization: &str, form: String) -> Response<Body> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    router.oneshot(request.body(Body::from(form)).unwrap()).await.unwrap()
}

pub async fn answer(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{bytes:?}"));
    if !status.is_success() {
        let body: ErrorBody = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(body.code.status(), status.as_u16(), "{body:?}");
        assert!(!body.message.is_empty());
    }
    (status, value)
}
