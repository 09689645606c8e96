//! A server on a free port of this computer, with a clock that is stepped by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clawpair_api::{ApiKeyCreated, CreateApiKey, CreatePairingCode};
use clawpair_client::{Client, ClientError, Credential, Patience, Server, ServerAddress, Trust};
use clawpair_core::access::Role;
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Pepper;
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;

/// A clock that stands still until it is stepped.
pub struct SteppedClock(AtomicI64);

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub struct TestServer {
    pub service: Arc<Service>,
    pub identity: Identity,
    pub at: SocketAddr,
    clock: Arc<SteppedClock>,
    listener: Option<Listener>,
    _folder: TempDir,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::with(Identity::generate().unwrap()).await
    }

    pub async fn with(identity: Identity) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteppedClock(AtomicI64::new(1_698_402_600_000)));
        let service = Service::start(Ports {
            store: Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap()),
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
            pepper: Pepper::generate(&SystemRng),
            pin: identity.pin(),
        })
        .await
        .unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        Self { service, identity, at: listener.address(), clock, listener: Some(listener), _folder: folder }
    }

    /// Nobody answers any more; the platform lives on.
    pub async fn stop(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.stop().await;
        }
    }

    /// Answers at the same port again, with this identity.
    pub fn listen(&mut self, identity: &Identity) {
        self.listener = Some(Listener::start(self.service.clone(), identity, self.at).unwrap());
    }

    pub fn step_days(&self, days: i64) {
        self.clock.0.fetch_add(days * 86_400_000, Ordering::SeqCst);
    }

    /// Whoever owns the platform, in process.
    pub fn owner(&self) -> Client {
        Client::in_process(owner_router(self.service.clone()))
    }

    pub async fn key(&self, role: Role) -> ApiKeyCreated {
        let form = CreateApiKey { name: "Window".into(), role, scopes: None, expires_in_days: Some(1) };
        self.owner().create_api_key(&form).await.unwrap()
    }

    pub fn address(&self) -> ServerAddress {
        address(self.at)
    }

    /// Nobody yet, over TLS.
    pub fn client(&self, trust: Trust) -> Client {
        remote(self.address(), trust)
    }

    /// With a new key of this role, over TLS to the right pin.
    pub async fn signed_in(&self, role: Role) -> Client {
        let key = self.key(role).await;
        self.client(Trust::Pinned(self.identity.pin())).with(credential(&key.key))
    }
}

pub fn address(at: SocketAddr) -> ServerAddress {
    format!("https://{at}").parse().unwrap()
}

pub fn remote(address: ServerAddress, trust: Trust) -> Client {
    patient(address, trust, Patience::default())
}

pub fn patient(address: ServerAddress, trust: Trust, patience: Patience) -> Client {
    Client::remote(Server { address, trust, patience, rng: Arc::new(SystemRng) }).unwrap()
}

/// Short for answers that never come.
pub fn hasty() -> Patience {
    Patience { answer: Duration::from_millis(200), ..Patience::default() }
}

/// Short for streams that fall silent, and long for what comes before.
pub fn listening_hard() -> Patience {
    Patience { silence: Duration::from_secs(1), ..Patience::default() }
}

pub fn credential(key: &str) -> Credential {
    Credential::ApiKey(key.parse().unwrap())
}

pub fn code(outcome: Result<impl Sized, ClientError>) -> &'static str {
    outcome.err().expect("it fails").code()
}

pub fn a_pin() -> ServerPin {
    ServerPin::of_spki(b"somebody else")
}

pub fn form(name: &str) -> CreatePairingCode {
    CreatePairingCode {
        name: name.into(),
        device_type: "IoT Gateway".into(),
        permissions: vec!["sensor:read".into()],
        expires_in_minutes: 10,
        addresses: None,
        ask_first: None,
        typed: None,
    }
}
