//! What is asked for through an app's platform against a real platform of ours, to which calls and answers are lost, and which others
//! change meanwhile.

mod model;
mod stories;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use clawpair_api::Device;
use clawpair_client::Client;
use clawpair_core::claim::Description;
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Pepper;
use clawpair_device::{DeviceError, Paired, Target, pair};
use clawpair_mirror::{Conflict, Delivery, Mirror, PlatformId, Standing as Stands};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;

use super::*;
use crate::outbox::Outbox;
use crate::platform::ClawpairPlatform;
use crate::view::many::{ChangeOutcome, OutcomeKind};
use crate::view::outbox::ErrandState;

const START: i64 = 1_698_402_600_000;

/// Moves when it is told to.
#[derive(Default)]
struct Stepped(AtomicI64);

impl Stepped {
    fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START + self.0.load(Ordering::SeqCst))
    }
}

/// What happens to what is sent from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Nobody answers.
    Away,
    /// It does not arrive, and nobody says so.
    CallLost,
    /// It is done, and nobody says so.
    AnswerLost,
    /// It arrives twice.
    Twice,
    /// It is to be tried again later.
    Busy,
    /// Likewise what is to be called otherwise, and all else goes well.
    EditsFail,
}

struct Troubled {
    itself: ClawpairPlatform,
    trouble: Mutex<Trouble>,
    /// What was sent so far, whatever came of it.
    sent: AtomicUsize,
    news: broadcast::Sender<News>,
}

impl Troubled {
    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap()
    }

    fn is(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
        let _ = self.news.send(News::State);
    }

    fn here(&self) -> Answer<&ClawpairPlatform> {
        if self.trouble() == Trouble::Away { Err(away()) } else { Ok(&self.itself) }
    }
}

fn away() -> Refusal {
    Refusal::new("server_unreachable", "It does not answer.", "Wait.")
}

#[async_trait]
impl Platform for Troubled {
    fn standing(&self) -> Standing {
        let state = match self.trouble() {
            Trouble::Away => PlatformState::Retrying { at: "2026-10-01T12:00:00Z".into(), why: away() },
            _ => PlatformState::Connected { version: None },
        };
        Standing { state, ..self.itself.standing() }
    }
    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        self.here()?.read(since).await
    }
    async fn deliver(&self, errand: &Errand) -> Delivered {
        self.sent.fetch_add(1, Ordering::SeqCst);
        match self.trouble() {
            Trouble::Away | Trouble::CallLost => Delivered::lost(away()),
            Trouble::AnswerLost => {
                self.itself.deliver(errand).await;
                Delivered::lost(away())
            }
            Trouble::Twice => {
                let first = self.itself.deliver(errand).await;
                self.itself.deliver(errand).await;
                first
            }
            Trouble::Busy => Delivered::later(Some(Duration::from_secs(30)), away()),
            Trouble::EditsFail if matches!(errand.intent, Intent::Rename { .. } | Intent::EditTags { .. }) => {
                Delivered::later(None, away())
            }
            Trouble::None | Trouble::EditsFail => self.itself.deliver(errand).await,
        }
    }
    async fn look(&self, errand: &Errand) -> Answer<Option<Thing>> {
        self.here()?.look(errand).await
    }
    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        self.here()?.devices(query).await
    }
    async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.here()?.device_summary().await
    }
    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        self.here()?.device(id).await
    }
    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        self.here()?.edit_device(id, revision, form).await
    }
    async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<PlatformDevice> {
        self.here()?.grant_permissions(id, revision, form).await
    }
    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice> {
        self.here()?.revoke_device(id, reason).await
    }
    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        match self.trouble() {
            Trouble::CallLost => Err(away()),
            Trouble::AnswerLost => {
                self.itself.change_devices(form).await?;
                Err(away())
            }
            _ => self.here()?.change_devices(form).await,
        }
    }
    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        self.here()?.requests(after).await
    }
    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.here()?.approve_request(id, seen).await
    }
    async fn deny_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.here()?.deny_request(id, seen).await
    }
    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        self.here()?.alerts(status, after).await
    }
    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        self.here()?.acknowledge_alert(id, form).await
    }
}

/// A desk before a platform with some devices.
struct Stand {
    owner: Client,
    platform: Arc<Troubled>,
    /// This computer's, which somebody may set.
    clock: Arc<Stepped>,
    /// The platform's.
    there: Arc<Stepped>,
    mirrored: Option<Mirrored>,
    devices: Vec<String>,
    /// Who asks to be let in, by the number of its key.
    asking: Option<Target>,
    listener: Listener,
    folder: TempDir,
}

/// A folder whose files wait for no disk, where the system has one: nothing here loses its power.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The number of the key of whoever asks.
const ASKING: u8 = 99;

fn key(number: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[number; 32])
}

fn fingerprint(number: u8) -> String {
    clawpair_core::key::DeviceKey::from_bytes(key(number).verifying_key().as_bytes()).unwrap().fingerprint()
}

async fn claimed(target: &Target, number: u8) -> Result<Paired, DeviceError> {
    pair(target, &key(number), uuid::Uuid::nil(), &Description::default()).await
}

fn id() -> PlatformId {
    "plat-1".parse().unwrap()
}

impl Stand {
    async fn new(devices: u8) -> Self {
        let (folder, identity) = (in_memory(), Identity::generate().unwrap());
        let (clock, there) = (Arc::new(Stepped::default()), Arc::new(Stepped::default()));
        let store = Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap());
        let (pepper, rng) = (Pepper::generate(&SystemRng), Arc::new(SystemRng));
        let service = Service::start(Ports { store, clock: there.clone(), rng, pepper, pin: identity.pin() }).await.unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        let at = listener.address();
        service.advertise(vec![Address::new(at.ip(), at.port()).unwrap()]);
        let owner = Client::in_process(owner_router(service));
        let itself = ClawpairPlatform::embedded(owner.clone(), folder.path().join("platform.db")).await.unwrap();
        let platform = Arc::new(Troubled {
            itself,
            trouble: Mutex::new(Trouble::None),
            sent: AtomicUsize::new(0),
            news: broadcast::Sender::new(16),
        });
        let (mirrored, asking) = (None, None);
        let mut stand = Self { owner, platform, clock, there, mirrored, devices: Vec::new(), asking, listener, folder };
        for key in 1..=devices {
            stand.join(key).await;
        }
        stand.open().await;
        stand
    }

    async fn code(&self, name: String, ask_first: Option<bool>) -> Target {
        let form = CreatePairingCode {
            name,
            device_type: "IoT Gateway".into(),
            permissions: vec!["sensor:read".into()],
            expires_in_minutes: 10,
            addresses: None,
            ask_first,
            typed: None,
        };
        let link: PairingLink = self.owner.create_pairing_code(&form).await.unwrap().link.unwrap().parse().unwrap();
        Target::from(&link)
    }

    /// A device with the key that this number stands for joins.
    async fn join(&mut self, key: u8) {
        let target = self.code(format!("Device {key}"), None).await;
        self.devices.push(claimed(&target, key).await.unwrap().device.id);
    }

    /// A device asks to be let in, or whether it is by now.
    async fn ask(&mut self) {
        if self.asking.is_none() {
            self.asking = Some(self.code("New".into(), Some(true)).await);
        }
        // Once it is let in, claiming again changes nothing.
        let _ = claimed(self.asking.as_ref().unwrap(), ASKING).await;
    }

    /// Time passes, here and there.
    fn step(&self, seconds: i64) {
        self.clock.step(seconds);
        self.there.step(seconds);
    }

    /// The same file as another program has it open.
    fn file(&self) -> Mirror {
        Mirror::open(&self.folder.path().join("mirror.db")).unwrap()
    }

    /// Begins, or begins again after the program ended.
    async fn open(&mut self) {
        drop(self.mirrored.take());
        let mirror = Arc::new(self.file());
        mirror.enter_platform(&id(), &"Office".parse().unwrap()).unwrap();
        let outbox = Arc::new(Outbox::new(mirror, self.clock.clone(), Arc::new(SystemRng)));
        let upkeep = Upkeep::begin(outbox, id(), PlatformKind::Server, self.platform.clone()).unwrap();
        self.mirrored = Some(Mirrored::new(upkeep));
        self.read().await;
    }

    fn desk(&self) -> &Mirrored {
        self.mirrored.as_ref().unwrap()
    }

    fn mirror(&self) -> &Mirror {
        &self.desk().upkeep.shared.mirror
    }

    async fn read(&self) {
        let _ = self.desk().upkeep.shared.read_on().await;
    }

    /// All that is due goes out.
    async fn round(&self) {
        self.desk().upkeep.shared.round().await;
    }

    /// Nothing worse happens from now on, for long enough.
    async fn rest(&self, trouble: Trouble) {
        self.platform.is(trouble);
        for _ in 0..12 {
            self.step(600);
            self.round().await;
            self.read().await;
        }
    }

    fn errands(&self) -> Vec<Errand> {
        (1..).map_while(|id| self.mirror().errand(id).ok()).collect()
    }

    async fn there(&self, id: &str) -> Device {
        self.owner.device(id).await.unwrap()
    }

    /// How often something was done on the platform.
    async fn done(&self, action: &str) -> BTreeMap<String, usize> {
        let (mut done, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.owner.activity(after.map(|number: i64| ("after", number.to_string()))).await.unwrap();
            for entry in page.entries.iter().filter(|entry| entry.action == action) {
                *done.entry(entry.subjects[0].id.clone()).or_default() += 1;
            }
            after = page.next;
            if after.is_none() {
                return done;
            }
        }
    }
}
