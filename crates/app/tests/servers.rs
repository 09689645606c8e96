//! Clawpair servers beside the app's own platform: real ones, over real TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clawpair_api::{ApiKeyCreated, CreateApiKey, CreatePairingCode};
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{Capability, PlatformKind, PlatformState, PlatformView, Remedy};
use clawpair_app::view::{DeviceQuery, Refusal};
use clawpair_app::{App, Clipboard, Config, Keyring, KeyringFailure};
use clawpair_client::Client;
use clawpair_core::access::Role;
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::clock::SystemClock;
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::{Pepper, Secret};
use clawpair_device::{Target, pair};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;
use zeroize::Zeroizing;

#[derive(Default)]
struct InMemory(Mutex<HashMap<String, Vec<u8>>>);

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

struct NoClipboard;

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
struct Office {
    folder: TempDir,
    keyring: Arc<InMemory>,
    service: Arc<Service>,
    identity: Identity,
    at: SocketAddr,
    listener: Option<Listener>,
}

impl Office {
    async fn open() -> Self {
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

    async fn app(&self) -> App {
        let data_dir = self.folder.path().join("data");
        let config = Config { data_dir, clipboard: Arc::new(NoClipboard), keyring: self.keyring.clone(), first_port: 0 };
        App::start(config).await.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    fn owner(&self) -> Client {
        Client::in_process(owner_router(self.service.clone()))
    }

    async fn key(&self, role: Role) -> ApiKeyCreated {
        let form = CreateApiKey { name: "Desk".into(), role, scopes: None, expires_in_days: None };
        self.owner().create_api_key(&form).await.unwrap()
    }

    fn pin(&self) -> String {
        self.identity.pin().to_string()
    }

    fn server(&self, api_key: &str) -> AddPlatform {
        AddPlatform::Server { name: "Office".into(), address: format!("https://{}", self.at), api_key: api_key.to_owned() }
    }

    /// Added, compared, accepted and connected.
    async fn added(&self, app: &App, role: Role) -> PlatformView {
        let view = app.add_platform(self.server(&self.key(role).await.key)).await.unwrap();
        until(app, &view.id, |state| matches!(state, PlatformState::Refused { .. })).await;
        app.accept_certificate(&view.id, &self.pin()).await.unwrap();
        until(app, &view.id, is_connected).await
    }

    async fn stop(&mut self) {
        self.listener.take().unwrap().stop().await;
    }

    fn start_again(&mut self) {
        self.listener = Some(Listener::start(self.service.clone(), &self.identity, self.at).unwrap());
    }
}

fn is_connected(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Connected { .. })
}

/// Waits for the window's news of a platform's state; hangs the test visibly if it does not come.
async fn until(app: &App, id: &str, fits: impl Fn(&PlatformState) -> bool) -> PlatformView {
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

fn form(name: &str) -> CreatePairingCode {
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

async fn join(link: &str) {
    let link: PairingLink = link.parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    pair(&target, &key, uuid::Uuid::nil(), &Description::default()).await.unwrap();
}

#[tokio::test]
async fn a_server_is_added_by_its_address_and_used_once_its_key_was_accepted() {
    let office = Office::open().await;
    let app = office.app().await;
    let view = app.add_platform(office.server(&office.key(Role::Admin).await.key)).await.unwrap();
    assert_eq!((view.kind, view.name.as_str(), view.pin), (PlatformKind::Server, "Office", None));
    let shown = until(&app, &view.id, |state| matches!(state, PlatformState::Refused { .. })).await;
    let PlatformState::Refused { remedy, .. } = shown.state else { panic!() };
    assert_eq!(remedy, Remedy::Certificate { shown: office.pin(), accepted: None });
    app.accept_certificate(&view.id, &office.pin()).await.unwrap();
    let view = until(&app, &view.id, is_connected).await;
    assert_eq!(view.pin, Some(office.pin()));
    assert_eq!(view.state, PlatformState::Connected { version: Some(env!("CARGO_PKG_VERSION").to_owned()) });
    let platform = app.platform(&view.id).unwrap();
    let code = app.create_pairing(&view.id, &form("Hub")).await.unwrap();
    app.create_pairing(&view.id, &form("Gate")).await.unwrap();
    join(&code.link).await;
    assert_eq!(platform.devices(&DeviceQuery::default()).await.unwrap().devices[0].device.name, "Hub");
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].name, "Gate");
    assert!(platform.requests(None).await.unwrap().requests.is_empty());
    let own = app.platform(clawpair_app::EMBEDDED).unwrap().devices(&DeviceQuery::default()).await.unwrap();
    assert!(own.devices.is_empty(), "the app's own platform is another one");
}

#[tokio::test]
async fn a_server_is_there_again_after_the_app_was_started_anew() {
    let office = Office::open().await;
    let id = {
        let app = office.app().await;
        let id = office.added(&app, Role::Viewer).await.id;
        app.rename_platform(&id, "Upstairs").await.unwrap();
        app.leave().await;
        id
    };
    let app = office.app().await;
    assert_eq!(until(&app, &id, is_connected).await.name, "Upstairs");
}

#[tokio::test]
async fn a_server_that_was_stopped_is_connected_to_again() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    office.stop().await;
    let lost = until(&app, &id, |state| matches!(state, PlatformState::Retrying { .. })).await;
    assert!(lost.as_of.is_some() && !lost.capabilities.is_empty(), "what was known stays known: {lost:?}");
    office.start_again();
    let back = until(&app, &id, is_connected).await;
    assert_eq!(back.as_of, None);
}

#[tokio::test]
async fn a_revoked_key_is_replaced_by_signing_in() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    let keys = office.owner().api_keys().await.unwrap();
    office.owner().revoke_api_key(&keys[0].id).await.unwrap();
    let refused = until(&app, &id, |state| matches!(state, PlatformState::Refused { .. })).await;
    assert!(
        matches!(&refused.state, PlatformState::Refused { why, remedy: Remedy::SignIn } if why.code == "api_key_revoked"),
        "{refused:?}"
    );
    app.sign_in_platform(&id, Secret::new(office.key(Role::Admin).await.key)).await.unwrap();
    let back = until(&app, &id, is_connected).await;
    assert!(back.capabilities.contains(&Capability::ApiKeys), "{back:?}");
}

#[tokio::test]
async fn a_viewers_key_offers_nothing_that_it_may_not() {
    let office = Office::open().await;
    let app = office.app().await;
    let view = office.added(&app, Role::Viewer).await;
    for hidden in [Capability::PairingCodes, Capability::RevokeDevices, Capability::Requests, Capability::ApiKeys] {
        assert!(!view.capabilities.contains(&hidden), "{view:?}");
    }
    let refused = app.create_pairing(&view.id, &form("Hub")).await.err().unwrap();
    assert_eq!(refused.code, "access_denied");
}

#[tokio::test]
async fn a_removed_server_leaves_nothing_behind() {
    let office = Office::open().await;
    let app = office.app().await;
    let before = office.keyring.0.lock().unwrap().len();
    let id = office.added(&app, Role::Viewer).await.id;
    assert_eq!(office.keyring.0.lock().unwrap().len(), before + 1);
    assert_eq!(app.remove_platform(&id).await.unwrap(), None);
    assert_eq!(office.keyring.0.lock().unwrap().len(), before);
    assert_eq!(app.platforms().len(), 1);
}

#[tokio::test]
async fn what_is_no_server_or_no_key_is_not_added() {
    let office = Office::open().await;
    let app = office.app().await;
    let key = office.key(Role::Viewer).await.key;
    let add = async |address: &str, api_key: &str| -> Refusal {
        let adding = AddPlatform::Server { name: String::new(), address: address.into(), api_key: api_key.into() };
        app.add_platform(adding).await.unwrap_err()
    };
    let refused = [add("http://192.168.1.20", &key).await, add("https://a b", &key).await, add("https://127.0.0.1", "cpk_x").await];
    assert_eq!(refused.map(|refusal| refusal.code), ["server_address", "server_address", "api_key_malformed"]);
    assert_eq!(app.platforms().len(), 1);
    let first = app.add_platform(office.server(&key)).await.unwrap();
    assert_eq!(app.add_platform(office.server(&key)).await.unwrap_err().code, "platform_known", "{first:?}");
}
