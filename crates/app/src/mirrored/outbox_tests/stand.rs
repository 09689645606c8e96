//! A desk before a real platform of ours.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use clawpair_api::{Device, PairingStatus};
use clawpair_client::Client;
use clawpair_core::claim::Description;
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Pepper;
use clawpair_device::{DeviceError, Paired, Target, pair};
use clawpair_mirror::{Mirror, PlatformId};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::troubled::{Trouble, Troubled};
use super::*;
use crate::outbox::Outbox;
use crate::platform::ClawpairPlatform;

const START: i64 = 1_698_402_600_000;

/// Moves when it is told to.
#[derive(Default)]
pub(super) struct Stepped(AtomicI64);

impl Stepped {
    pub(super) fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START + self.0.load(Ordering::SeqCst))
    }
}

/// A desk before a platform with some devices.
pub(super) struct Stand {
    pub(super) owner: Client,
    pub(super) platform: Arc<Troubled>,
    /// This computer's, which somebody may set.
    pub(super) clock: Arc<Stepped>,
    /// The platform's.
    there: Arc<Stepped>,
    mirrored: Option<Mirrored>,
    pub(super) devices: Vec<String>,
    /// The code with which somebody asks to be let in, and the number of its pairing.
    asking: Option<(Target, String)>,
    pub(super) listener: Listener,
    folder: TempDir,
}

/// A folder whose files wait for no disk, where the system has one: nothing here loses its power.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The number of the key of whoever asks.
pub(super) const ASKING: u8 = 99;

fn key(number: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[number; 32])
}

pub(super) fn fingerprint(number: u8) -> String {
    clawpair_core::key::DeviceKey::from_bytes(key(number).verifying_key().as_bytes()).unwrap().fingerprint()
}

async fn claimed(target: &Target, number: u8) -> Result<Paired, DeviceError> {
    pair(target, &key(number), uuid::Uuid::nil(), &Description::default()).await
}

pub(super) fn id() -> PlatformId {
    "plat-1".parse().unwrap()
}

impl Stand {
    pub(super) async fn new(devices: u8) -> Self {
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
        let (platform, mirrored, asking) = (Arc::new(Troubled::new(itself)), None, None);
        let mut stand = Self { owner, platform, clock, there, mirrored, devices: Vec::new(), asking, listener, folder };
        for key in 1..=devices {
            stand.join(key).await;
        }
        stand.open().await;
        stand
    }

    async fn code(&self, name: String, ask_first: Option<bool>) -> (Target, String) {
        let form = CreatePairingCode {
            name,
            device_type: "IoT Gateway".into(),
            permissions: vec!["sensor:read".into()],
            expires_in_minutes: 10,
            addresses: None,
            ask_first,
            typed: None,
        };
        let made = self.owner.create_pairing_code(&form).await.unwrap();
        let link: PairingLink = made.link.unwrap().parse().unwrap();
        (Target::from(&link), made.pairing_id)
    }

    /// A device with the key that this number stands for joins.
    pub(super) async fn join(&mut self, key: u8) {
        let (target, _) = self.code(format!("Device {key}"), None).await;
        self.devices.push(claimed(&target, key).await.unwrap().device.id);
    }

    /// A device asks to be let in, or whether it is by now; with a new code once the one before is over and it is not in.
    pub(super) async fn ask(&mut self) {
        if self.asked_in_vain().await {
            self.asking = Some(self.code("New".into(), Some(true)).await);
        }
        // Once it is let in, claiming again changes nothing.
        let _ = claimed(&self.asking.as_ref().unwrap().0, ASKING).await;
    }

    async fn asked_in_vain(&self) -> bool {
        let Some((_, pairing)) = &self.asking else { return true };
        match self.owner.pairing(pairing).await.unwrap().status {
            PairingStatus::Open | PairingStatus::Waiting | PairingStatus::Approved => false,
            PairingStatus::Completed => !self.lets_in(ASKING).await,
            PairingStatus::Denied | PairingStatus::Cancelled | PairingStatus::Expired => true,
        }
    }

    /// Whether somebody with the key that this number stands for is let in on the platform.
    pub(super) async fn lets_in(&self, key: u8) -> bool {
        let (key, listed) = (fingerprint(key), self.owner.devices(None::<(&str, String)>).await.unwrap().devices);
        listed.iter().any(|device| device.key_fingerprint == key && device.status != DeviceStatus::Revoked)
    }

    /// Time passes, here and there.
    pub(super) fn step(&self, seconds: i64) {
        self.clock.step(seconds);
        self.there.step(seconds);
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same file as another program has it open.
    pub(super) fn file(&self) -> Mirror {
        Mirror::open(&self.path("mirror.db")).unwrap()
    }

    /// Begins, or begins again after the program ended.
    pub(super) async fn open(&mut self) {
        if self.mirrored.is_some() {
            self.close().await;
        }
        let mirror = Arc::new(self.file());
        mirror.enter_platform(&id(), &"Office".parse().unwrap()).unwrap();
        let outbox = Arc::new(Outbox::new(mirror, self.clock.clone(), Arc::new(SystemRng)));
        let upkeep = Upkeep::begin(outbox, id(), PlatformKind::Server, self.platform.clone()).unwrap();
        self.mirrored = Some(Mirrored::new(upkeep));
        self.read().await;
    }

    /// The program ends, and whatever it still does with the file.
    pub(super) async fn close(&mut self) {
        let (tell, closed) = oneshot::channel();
        self.mirror().when_closed(move || tell.send(()).unwrap());
        drop(self.mirrored.take());
        closed.await.unwrap();
    }

    pub(super) fn desk(&self) -> &Mirrored {
        self.mirrored.as_ref().unwrap()
    }

    pub(super) fn outbox(&self) -> &Outbox {
        &self.desk().upkeep.shared.outbox
    }

    pub(super) fn mirror(&self) -> &Mirror {
        &self.desk().upkeep.shared.mirror
    }

    pub(super) async fn read(&self) {
        let _ = self.desk().upkeep.shared.read_on().await;
    }

    /// All that is due goes out.
    pub(super) async fn round(&self) {
        self.desk().upkeep.shared.round().await;
    }

    /// Nothing worse happens from now on, for long enough.
    pub(super) async fn rest(&self, trouble: Trouble) {
        self.platform.is(trouble);
        for _ in 0..12 {
            self.step(600);
            self.round().await;
            self.read().await;
        }
    }

    pub(super) fn errands(&self) -> Vec<Errand> {
        errands(self.mirror())
    }

    pub(super) async fn there(&self, id: &str) -> Device {
        self.owner.device(id).await.unwrap()
    }

    /// How often something was done on the platform.
    pub(super) async fn done(&self, action: &str) -> BTreeMap<String, usize> {
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

/// All that was ever asked for, as far as a file knows.
pub(super) fn errands(mirror: &Mirror) -> Vec<Errand> {
    (1..).map_while(|id| mirror.errand(id).ok()).collect()
}
