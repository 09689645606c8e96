//! A desktop with the app, and a real Clawpair server elsewhere, over real TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clawpair_api::{ApiKeyCreated, CreateApiKey, CreatePairingCode};
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{PlatformState, PlatformView};
use clawpair_app::{App, Clipboard, Config, Keyring, KeyringFailure};
use clawpair_client::Client;
use clawpair_core::access::Role;
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::clock::SystemClock;
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Pepper;
use clawpair_device::{Paired, Target, pair};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;
use zeroize::Zeroizing;

#[derive(Default)]
pub struct InMemory(pub Mutex<HashMap<String, Vec<u8>>>);

impl Keyring for InMemory {
    fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
        self.0.lock().unwrap().get(entry).cloned().map(Zeroizing::new).ok_or(KeyringFailure::Missing)
    }
    fn set(&self, entry: &str, secret: &[u8]) -> Result<(), KeyringFailure> {
        self.0.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
        Ok(())
    }
    fn remove(&self, entry: &str) -> Result<(), KeyringFailure> {
        self.0.lock().unwrap().remove(entry).map(drop).ok_or(KeyringFailure::Missing)
    }
}

pub struct NoClipboard;

impl Clipboard for NoClipboard {
    fn read(&self) -> Option<String> {
        None
    }
    fn write_secret(&self, _text: &str) -> Result<(), String> {
        Ok(())
    }
    fn clear(&self) {}
}

/// A desktop with the app, and a server elsewhere.
pub struct Office {
    pub folder: TempDir,
    pub keyring: Arc<InMemory>,
    service: Arc<Service>,
    identity: Identity,
    pub at: SocketAddr,
    listener: Option<Listener>,
}

impl Office {
    pub async fn open() -> Self {
        let (folder, identity) = (tempfile::tempdir().unwrap(), Identity::generate().unwrap());
        let store = Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap());
        let pepper = Pepper::generate(&SystemRng);
        let ports = Ports { store, clock: Arc::new(SystemClock), rng: Arc::new(SystemRng), pepper, pin: identity.pin() };
        let service = Service::start(ports).await.unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        let at = listener.address();
        service.advertise(vec![Address::new(at.ip(), at.port()).unwrap()]);
        Self { folder, keyring: Arc::default(), service, identity, at, listener: Some(listener) }
    }

    pub async fn app(&self) -> App {
        self.app_in(self.folder.path().join("data")).await
    }

    pub async fn app_in(&self, data_dir: PathBuf) -> App {
        let config = Config { data_dir, clipboard: Arc::new(NoClipboard), keyring: self.keyring.clone(), first_port: 0 };
        App::start(config).await.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    pub fn owner(&self) -> Client {
        Client::in_process(owner_router(self.service.clone()))
    }

    pub async fn key(&self, role: Role) -> ApiKeyCreated {
        let form = CreateApiKey { name: "Desk".into(), role, scopes: None, expires_in_days: None };
        self.owner().create_api_key(&form).await.unwrap()
    }

    pub fn pin(&self) -> String {
        self.identity.pin().to_string()
    }

    pub fn server(&self, api_key: &str) -> AddPlatform {
        AddPlatform::Server { name: "Office".into(), address: format!("https://{}", self.at), api_key: api_key.to_owned() }
    }

    /// Added, compared, accepted, connected and read.
    pub async fn added(&self, app: &App, role: Role) -> PlatformView {
        let view = app.add_platform(self.server(&self.key(role).await.key)).await.unwrap();
        until(app, &view.id, |state| matches!(state, PlatformState::Refused { .. })).await;
        app.accept_certificate(&view.id, &self.pin()).await.unwrap();
        let is_read = async || until(app, &view.id, is_connected).await.as_of;
        eventually(app, "the first reading", is_read).await;
        until(app, &view.id, is_connected).await
    }

    pub async fn stop(&mut self) {
        self.listener.take().unwrap().stop().await;
    }

    pub fn start_again(&mut self) {
        self.listener = Some(Listener::start(self.service.clone(), &self.identity, self.at).unwrap());
    }
}

/// Ends an app, and waits until the next one can have its port.
pub async fn end(app: App) {
    let port = app.overview().unwrap().port;
    app.leave().await;
    drop(app);
    while std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Looks now and whenever the window is told something, until there is what was awaited.
pub async fn eventually<T>(app: &App, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut events = app.events();
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            // Whatever is awaited is told.
            let _ = events.recv().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), looking).await;
    waited.unwrap_or_else(|_| panic!("{what} was awaited; {:?}", app.platforms()))
}

pub fn is_connected(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Connected { .. })
}

/// Waits for the window's news of a platform's state; hangs the test visibly if it does not come.
pub async fn until(app: &App, id: &str, fits: impl Fn(&PlatformState) -> bool) -> PlatformView {
    let mut events = app.events();
    let waiting = async {
        loop {
            let view = app.platforms().into_iter().find(|view| view.id == id).expect("it is known");
            if fits(&view.state) {
                return view;
            }
            let _ = events.recv().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("the state comes")
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

/// A device with the key that this number stands for pairs by a link.
pub async fn join(link: &str, key: u8) -> Paired {
    let link: PairingLink = link.parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    let key = ed25519_dalek::SigningKey::from_bytes(&[key; 32]);
    pair(&target, &key, uuid::Uuid::nil(), &Description::default()).await.unwrap()
}
