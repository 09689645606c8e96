//! A server adapter against real servers over real TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{ApiKeyCreated, CreateApiKey, Event};
use clawpair_client::{Authorities, ServerAddress};
use clawpair_core::access::{Role, Scope};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::{Rng, SystemRng};
use clawpair_core::secret::Pepper;
use clawpair_mirror::{Extent, Thing};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::keyring::SystemKeyring;
use crate::secrets::Secrets;
use crate::settings::{SecretsPlace, Settings};
use crate::view::platform::{Capability, PlatformState, Remedy};

/// Does not move.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_698_402_600_000)
    }
}

/// Waits as short as waits can be.
struct Hurry;

impl Rng for Hurry {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

struct TestServer {
    service: Arc<Service>,
    identity: Identity,
    at: SocketAddr,
    listener: Option<Listener>,
    folder: TempDir,
}

impl TestServer {
    async fn start() -> Self {
        let (folder, identity) = (tempfile::tempdir().unwrap(), Identity::generate().unwrap());
        let store = Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap());
        let pepper = Pepper::generate(&SystemRng);
        let ports = Ports { store, clock: Arc::new(Still), rng: Arc::new(SystemRng), pepper, pin: identity.pin() };
        let service = Service::start(ports).await.unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        let at = listener.address();
        service.advertise(vec![Address::new(at.ip(), at.port()).unwrap()]);
        Self { service, identity, at, listener: Some(listener), folder }
    }

    async fn stop(&mut self) {
        self.listener.take().unwrap().stop().await;
    }

    fn listen(&mut self, identity: &Identity) {
        self.listener = Some(Listener::start(self.service.clone(), identity, self.at).unwrap());
    }

    /// The same key again.
    fn identity(&self) -> Identity {
        let key = Zeroizing::new(self.identity.key_der().to_vec());
        Identity::from_der(key, self.identity.certificate_der().to_vec()).unwrap()
    }

    fn owner(&self) -> Client {
        Client::in_process(owner_router(self.service.clone()))
    }

    async fn key(&self, role: Role) -> ApiKeyCreated {
        let form = CreateApiKey { name: "Window".into(), role, scopes: None, expires_in_days: None };
        self.owner().create_api_key(&form).await.unwrap()
    }

    fn kept(&self) -> KeptKey {
        let settings = Settings::open(&self.folder.path().join("app.db")).unwrap();
        settings.set_secrets_place(&SecretsPlace::File { path: "/nowhere".into(), reason: "a test".into() }).unwrap();
        let secrets = Secrets::open(self.folder.path(), &settings, Arc::new(SystemKeyring)).unwrap();
        KeptKey::new(secrets, "plat-1")
    }

    /// As the app opens it, with the key that was kept.
    async fn open(&self, pin: Option<ServerPin>) -> ClawpairPlatform {
        let address: ServerAddress = format!("https://{}", self.at).parse().unwrap();
        let (clock, rng) = (Arc::new(Still), Arc::new(Hurry));
        let opening = Opening { address, pin, kept: self.kept(), authorities: Authorities::of([]), clock, rng };
        ClawpairPlatform::server(opening).await.unwrap()
    }

    /// Connected, with a new key of this role.
    async fn opened(&self, role: Role) -> ClawpairPlatform {
        self.kept().keep(&Secret::new(self.key(role).await.key)).await.unwrap();
        let platform = self.open(Some(self.identity.pin())).await;
        until(&platform, is_connected).await;
        platform
    }
}

fn is_connected(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Connected { .. })
}

fn is_refused(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Refused { .. })
}

fn is_retrying(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Retrying { .. })
}

/// Waits for the news of a state; hangs the test visibly if it does not come.
async fn until(platform: &ClawpairPlatform, fits: impl Fn(&PlatformState) -> bool) -> PlatformState {
    let mut news = platform.news();
    let waiting = async {
        loop {
            let state = platform.standing().state;
            if fits(&state) {
                return state;
            }
            let _ = news.recv().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the state comes")
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

fn remedy(state: PlatformState) -> Remedy {
    match state {
        PlatformState::Refused { remedy, .. } => remedy,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_is_asked_once_a_person_has_compared_its_key() {
    let server = TestServer::start().await;
    server.kept().keep(&Secret::new(server.key(Role::Admin).await.key)).await.unwrap();
    let pin = server.identity.pin().to_string();
    let platform = server.open(None).await;
    let refused = until(&platform, is_refused).await;
    assert_eq!(remedy(refused), Remedy::Certificate { shown: pin.clone(), accepted: None });
    assert_eq!(platform.device_summary().await.unwrap_err().code, "server_not_pinned");
    let other = ServerPin::of_spki(b"another").to_string();
    assert_eq!(platform.accept_certificate(&other).await.unwrap_err().code, "certificate_changed");
    assert_eq!(platform.accept_certificate(&pin).await.unwrap(), pin);
    until(&platform, is_connected).await;
    assert_eq!(platform.standing().pin, Some(pin));
    server.owner().create_pairing_code(&form("Hub")).await.unwrap();
    assert!(platform.devices(&DeviceQuery::default()).await.unwrap().devices.is_empty());
    assert!(platform.requests(None).await.unwrap().requests.is_empty());
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].name, "Hub");
}

#[tokio::test]
async fn a_server_with_another_key_is_asked_no_more() {
    let mut server = TestServer::start().await;
    let platform = server.opened(Role::Viewer).await;
    server.stop().await;
    let other = Identity::generate().unwrap();
    server.listen(&other);
    let (shown, accepted) = (other.pin().to_string(), Some(server.identity.pin().to_string()));
    assert_eq!(remedy(until(&platform, is_refused).await), Remedy::Certificate { shown, accepted });
    assert_eq!(platform.device_summary().await.unwrap_err().code, "server_other_certificate");
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_and_read_anew() {
    let mut server = TestServer::start().await;
    let platform = server.opened(Role::DeviceManager).await;
    assert_eq!(platform.standing().as_of, None);
    server.stop().await;
    let is_unreachable = |state: &PlatformState| matches!(state, PlatformState::Retrying { at, why } if why.code == "server_unreachable" && at.starts_with("2023-10-27T10:30:"));
    until(&platform, is_unreachable).await;
    assert_eq!(platform.device_summary().await.unwrap_err().code, "server_unreachable");
    assert_eq!(platform.standing().as_of.as_deref(), Some("2023-10-27T10:30:00Z"));
    server.owner().create_pairing_code(&form("meanwhile")).await.unwrap();
    let mut news = platform.news();
    let identity = server.identity();
    server.listen(&identity);
    until(&platform, is_connected).await;
    // Many failed tries may have pushed earlier news out.
    while !matches!(news.recv().await, Ok(News::Event(event)) if *event == Event::Resync) {}
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].name, "meanwhile");
}

#[tokio::test]
async fn a_revoked_key_asks_for_another_one_which_is_kept() {
    let server = TestServer::start().await;
    let platform = server.opened(Role::Admin).await;
    let keys = server.owner().api_keys().await.unwrap();
    server.owner().revoke_api_key(&keys[0].id).await.unwrap();
    let refused = until(&platform, is_refused).await;
    assert!(matches!(&refused, PlatformState::Refused { why, .. } if why.code == "api_key_revoked"), "{refused:?}");
    assert_eq!(remedy(refused), Remedy::SignIn);
    assert_eq!(platform.sign_in(Secret::new("cpk_nonsense".into())).await.unwrap_err().code, "api_key_malformed");
    let new = server.key(Role::Viewer).await.key;
    platform.sign_in(Secret::new(format!(" {new}\n"))).await.unwrap();
    until(&platform, is_connected).await;
    drop(platform);
    until(&server.open(Some(server.identity.pin())).await, is_connected).await;
}

#[tokio::test]
async fn without_a_key_a_server_asks_for_one() {
    let server = TestServer::start().await;
    let platform = server.open(Some(server.identity.pin())).await;
    assert_eq!(remedy(until(&platform, is_refused).await), Remedy::SignIn);
    server.kept().keep(&Secret::new(server.key(Role::Viewer).await.key)).await.unwrap();
    server.kept().forget().await.unwrap();
    assert!(server.kept().read().await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_key_may_not_is_not_offered() {
    let server = TestServer::start().await;
    let viewer = server.opened(Role::Viewer).await.standing().capabilities.unwrap();
    let looking = [Capability::Alerts, Capability::Activity];
    assert!(!viewer.is_empty() && viewer.iter().all(|capability| looking.contains(capability)), "{viewer:?}");
    let manager = server.opened(Role::DeviceManager).await.standing().capabilities.unwrap();
    assert!(manager.contains(&Capability::RevokeDevices) && !manager.contains(&Capability::ApiKeys), "{manager:?}");
}

#[tokio::test]
async fn what_happens_there_is_news_here() {
    let server = TestServer::start().await;
    let platform = server.opened(Role::Viewer).await;
    let mut news = platform.news();
    server.owner().create_pairing_code(&form("Hub")).await.unwrap();
    let is_it =
        |news: News| matches!(news, News::Event(event) if matches!(&*event, Event::Pairing { pairing } if pairing.name == "Hub"));
    while !is_it(news.recv().await.unwrap()) {}
}

#[tokio::test]
async fn a_code_leads_to_the_server_and_not_to_this_computer() {
    let server = TestServer::start().await;
    let platform = server.opened(Role::DeviceManager).await;
    let shown = platform.create_pairing(&form("Hub")).await.unwrap();
    let link: PairingLink = shown.link.parse().unwrap();
    assert_eq!((shown.pin, link.pin()), (server.identity.pin().to_string(), server.identity.pin()));
    assert_eq!(shown.addresses, [server.at.to_string()]);
    assert!(shown.qr.path.starts_with('M'), "{}", shown.qr.path);
    assert_eq!(platform.cancel_pairing(&shown.pairing.id).await.unwrap().id, shown.pairing.id);
}

#[tokio::test]
async fn a_person_need_not_wait_for_the_next_try() {
    let mut server = TestServer::start().await;
    let platform = server.opened(Role::Viewer).await;
    server.stop().await;
    until(&platform, is_retrying).await;
    let identity = server.identity();
    server.listen(&identity);
    platform.try_now();
    until(&platform, is_connected).await;
}

async fn read(platform: &ClawpairPlatform, since: &Since) -> (Brought, Since) {
    let brought = platform.read(since).await.unwrap().unwrap();
    let cursor = brought.extent.cursor().cloned();
    let numbers =
        brought.things.iter().filter_map(|thing| if let Thing::Activity(entry) = thing { Some(entry.number) } else { None });
    let activity = numbers.max().or(since.activity);
    (brought, Since { cursor, activity, ..Since::default() })
}

#[tokio::test]
async fn everything_is_read_once_and_then_what_changed_since() {
    let server = TestServer::start().await;
    for name in ["Hall", "Lamp"] {
        server.owner().create_pairing_code(&form(name)).await.unwrap();
    }
    let platform = server.opened(Role::Admin).await;
    let codes = |brought: &Brought| -> Vec<String> {
        let names =
            brought.things.iter().filter_map(|thing| if let Thing::Pairing(code) = thing { Some(code.name.clone()) } else { None });
        names.collect()
    };
    let (all, since) = read(&platform, &Since::default()).await;
    assert_eq!((codes(&all), matches!(all.extent, Extent::Everything { .. })), (vec!["Hall".into(), "Lamp".into()], true));
    assert!(since.activity.is_some_and(|number| number >= 2), "the activity log, too: {since:?}");
    assert!(all.ahead_millis.is_some(), "a server says what time it is there");
    server.owner().create_pairing_code(&form("Oven")).await.unwrap();
    let (more, since) = read(&platform, &since).await;
    assert_eq!((codes(&more), matches!(more.extent, Extent::Some { .. })), (vec!["Oven".into()], true));
    assert_eq!(more.things.len(), 2, "the code, and the entry that says so: {more:?}");
    let (nothing, _) = read(&platform, &since).await;
    assert!(nothing.things.is_empty(), "{nothing:?}");
}

#[tokio::test]
async fn of_another_database_behind_the_address_everything_is_read() {
    let (before, server) = (TestServer::start().await, TestServer::start().await);
    let (_, since) = read(&before.opened(Role::Admin).await, &Since::default()).await;
    let (all, _) = read(&server.opened(Role::Admin).await, &since).await;
    assert!(matches!(all.extent, Extent::Everything { .. }), "{all:?}");
}

#[tokio::test]
async fn what_a_narrowed_key_may_not_see_is_not_said_to_be_gone_and_a_broader_one_reads_everything() {
    let server = TestServer::start().await;
    server.owner().create_pairing_code(&form("Hall")).await.unwrap();
    let scopes = Some(vec![Scope::DevicesRead, Scope::CodesRead, Scope::RequestsDecide]);
    let narrowed = CreateApiKey { name: "Narrowed".into(), role: Role::Admin, scopes, expires_in_days: None };
    server.kept().keep(&Secret::new(server.owner().create_api_key(&narrowed).await.unwrap().key)).await.unwrap();
    let platform = server.open(Some(server.identity.pin())).await;
    until(&platform, is_connected).await;
    let (all, since) = read(&platform, &Since::default()).await;
    let Extent::Visible { whole, log: false, .. } = all.extent else { panic!("{all:?}") };
    assert_eq!((whole.devices, whole.others, all.things.len()), (true, false, 1));
    let (nothing, since) = read(&platform, &since).await;
    assert!(matches!(nothing.extent, Extent::Some { .. }) && nothing.things.is_empty(), "{nothing:?}");
    let mut news = platform.news();
    platform.sign_in(Secret::new(server.key(Role::Admin).await.key)).await.unwrap();
    while !matches!(news.recv().await, Ok(News::Event(event)) if *event == Event::Resync) {}
    let (all, since) = read(&platform, &since).await;
    assert!(matches!(all.extent, Extent::Everything { .. }), "{all:?}");
    assert!(matches!(read(&platform, &since).await.0.extent, Extent::Some { .. }));
}
