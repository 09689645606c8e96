//! What is asked for through an app's platform against a real platform of ours, to which calls and answers are lost, and which others
//! change meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clawpair_api::Device;
use clawpair_client::Client;
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::rng::{Rng, SystemRng};
use clawpair_core::secret::Pepper;
use clawpair_device::{Target, pair};
use clawpair_mirror::{Conflict, Delivery, Mirror, PlatformId, Standing as Stands};
use clawpair_server::{Identity, Listener, Ports, Service, owner_router};
use clawpair_store::SqliteStore;
use tempfile::TempDir;

use super::*;
use crate::outbox::Outbox;
use crate::platform::ClawpairPlatform;
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
}

struct Troubled {
    itself: ClawpairPlatform,
    trouble: Mutex<Trouble>,
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
        match self.trouble() {
            Trouble::None => self.itself.deliver(errand).await,
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
        self.here()?.change_devices(form).await
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
    clock: Arc<Stepped>,
    mirrored: Option<Mirrored>,
    devices: Vec<String>,
    listener: Listener,
    folder: TempDir,
}

fn id() -> PlatformId {
    "plat-1".parse().unwrap()
}

impl Stand {
    async fn new(devices: u8) -> Self {
        let (folder, identity, clock) = (tempfile::tempdir().unwrap(), Identity::generate().unwrap(), Arc::new(Stepped::default()));
        let store = Arc::new(SqliteStore::open(&folder.path().join("platform.db")).unwrap());
        let (pepper, rng) = (Pepper::generate(&SystemRng), Arc::new(SystemRng));
        let service = Service::start(Ports { store, clock: clock.clone(), rng, pepper, pin: identity.pin() }).await.unwrap();
        let listener = Listener::start(service.clone(), &identity, "127.0.0.1:0".parse().unwrap()).unwrap();
        let at = listener.address();
        service.advertise(vec![Address::new(at.ip(), at.port()).unwrap()]);
        let owner = Client::in_process(owner_router(service));
        let itself = ClawpairPlatform::embedded(owner.clone(), folder.path().join("platform.db")).await.unwrap();
        let platform = Arc::new(Troubled { itself, trouble: Mutex::new(Trouble::None), news: broadcast::Sender::new(16) });
        let mut stand = Self { owner, platform, clock, mirrored: None, devices: Vec::new(), listener, folder };
        for key in 1..=devices {
            stand.join(key).await;
        }
        stand.open().await;
        stand
    }

    /// A device with the key that this number stands for joins.
    async fn join(&mut self, key: u8) {
        let form = CreatePairingCode {
            name: format!("Device {key}"),
            device_type: "IoT Gateway".into(),
            permissions: vec!["sensor:read".into()],
            expires_in_minutes: 10,
            addresses: None,
            ask_first: None,
            typed: None,
        };
        let link: PairingLink = self.owner.create_pairing_code(&form).await.unwrap().link.unwrap().parse().unwrap();
        let target =
            Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
        let key = ed25519_dalek::SigningKey::from_bytes(&[key; 32]);
        let paired = pair(&target, &key, uuid::Uuid::nil(), &Description::default()).await.unwrap();
        self.devices.push(paired.device.id);
    }

    /// Begins, or begins again after the program ended.
    async fn open(&mut self) {
        drop(self.mirrored.take());
        let mirror = Arc::new(Mirror::open(&self.folder.path().join("mirror.db")).unwrap());
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

    /// Everything goes well from now on, for long enough.
    async fn rest(&self) {
        self.platform.is(Trouble::None);
        for _ in 0..12 {
            self.clock.step(600);
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

#[tokio::test]
async fn who_is_connected_hears_the_platforms_answer_and_it_is_seen_to_be_done() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    let form = EditDevice { name: Some("Hall".into()), tags: Some(vec!["damp".into()]), ..EditDevice::default() };
    let edited = stand.desk().edit_device(&device, 1, &form).await.unwrap();
    assert_eq!((edited.device.name.as_str(), edited.device.tags.as_slice()), ("Hall", ["damp".to_owned()].as_slice()));
    let stale = EditDevice { name: Some("Cellar".into()), ..EditDevice::default() };
    let refused = stand.desk().edit_device(&device, 1, &stale).await.unwrap_err();
    assert_eq!(refused.code, "changed_meanwhile");
    stand.round().await;
    stand.read().await;
    let ends: Vec<Delivery> = stand.errands().into_iter().map(|errand| errand.delivery).collect();
    assert!(matches!(ends[..], [Delivery::Verified { .. }, Delivery::Verified { .. }, Delivery::Withdrawn { .. }]), "{ends:?}");
    assert!(stand.mirror().outbox(0, 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_revocation_waits_without_the_platform_and_is_not_yet_done() {
    let mut stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::Away);
    let shown = stand.desk().revoke_device(&device, Some("Lost")).await.unwrap();
    assert!(matches!(shown.pending[..], [ref one] if matches!(one.state, ErrandState::Queued { .. }) && one.can_withdraw));
    assert_eq!(stand.mirror().not_yet_revoked().unwrap(), 1);
    let refused = stand.desk().grant_permissions(&device, 1, &GrantPermissions { permissions: Vec::new() }).await.unwrap_err();
    assert_eq!(refused.code, "cannot_wait");
    stand.open().await;
    assert_eq!(stand.desk().device(&device).await.unwrap().pending.len(), 1, "also after a start without it");
    stand.platform.is(Trouble::None);
    stand.round().await;
    assert_eq!(stand.mirror().not_yet_revoked().unwrap(), 0);
    let gone = stand.there(&device).await;
    assert_eq!((gone.status, gone.reason.as_deref()), (DeviceStatus::Revoked, Some("Lost")));
    assert!(stand.desk().device(&device).await.unwrap().pending.is_empty());
}

#[tokio::test]
async fn what_others_have_changed_meanwhile_is_not_overwritten_but_asked_about() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::Away);
    let form = EditDevice { name: Some("Mine".into()), ..EditDevice::default() };
    stand.desk().edit_device(&device, 1, &form).await.unwrap();
    let theirs = EditDevice { name: Some("Theirs".into()), ..EditDevice::default() };
    stand.owner.edit_device(&device, 1, &theirs).await.unwrap();
    stand.platform.is(Trouble::None);
    stand.round().await;
    let errand = stand.errands().remove(0);
    assert!(matches!(errand.delivery, Delivery::Failed { conflict: Conflict::Changed, .. }), "{errand:?}");
    assert_eq!(stand.there(&device).await.name, "Theirs");
    stand.desk().upkeep.shared.outbox.choose(errand.id, clawpair_mirror::Choice::Overwrite).unwrap();
    stand.rest().await;
    assert_eq!(stand.there(&device).await.name, "Mine");
    assert!(matches!(stand.errands()[1].delivery, Delivery::Verified { .. }));
}

#[tokio::test]
async fn what_was_done_although_its_answer_was_lost_is_not_done_again() {
    let stand = Stand::new(1).await;
    let device = stand.devices[0].clone();
    stand.platform.is(Trouble::AnswerLost);
    let shown = stand.desk().disable_device(&device, &DisableDevice::default()).await.unwrap();
    assert_eq!(shown.pending.len(), 1, "nobody knows");
    stand.owner.enable_device(&device).await.unwrap();
    stand.rest().await;
    assert_eq!(stand.there(&device).await.status, DeviceStatus::Active, "somebody else has undone it since");
    assert!(matches!(stand.errands()[0].delivery, Delivery::Failed { conflict: Conflict::Changed, .. }));
    assert_eq!(stand.done("device_disabled").await[&device], 1);
}

#[tokio::test]
async fn many_are_revoked_in_one_call_and_each_is_seen_to_be() {
    let stand = Stand::new(3).await;
    let form = ChangeDevices::Revoke { device_ids: stand.devices.clone(), reason: None };
    let outcomes = stand.desk().change_devices(&form).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.device.as_ref().is_some_and(|device| device.status == DeviceStatus::Revoked)));
    stand.round().await;
    stand.read().await;
    assert!(stand.errands().iter().all(|errand| matches!(errand.delivery, Delivery::Verified { .. })));
    stand.platform.is(Trouble::Away);
    let tags = ChangeDevices::AddTags { device_ids: stand.devices.clone(), tags: vec!["old".into()] };
    let outcomes = stand.desk().change_devices(&tags).await.unwrap().outcomes;
    assert!(outcomes.iter().all(|one| one.error.is_some()), "none of them is there any more");
}

/// Numbers that follow from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// What a sequence has seen so far.
#[derive(Default)]
struct Seen {
    acknowledged: BTreeSet<i64>,
    verified: BTreeSet<i64>,
    /// What others did, by what it is called in the activity log.
    others: BTreeMap<&'static str, usize>,
}

async fn one_step(stand: &mut Stand, dice: &mut Dice, seen: &mut Seen) -> Option<String> {
    let device = stand.devices[usize::try_from(dice.below(3)).unwrap()].clone();
    let known = stand.desk().device(&device).await.unwrap().device;
    let word = format!("Name {}", dice.below(1_000));
    let named = EditDevice { name: Some(word.clone()), ..EditDevice::default() };
    match dice.below(14) {
        0 => drop(stand.desk().edit_device(&device, known.revision, &named).await),
        1 => {
            let form = EditDevice { name: Some(word), tags: Some(vec![format!("t{}", dice.below(9))]), ..EditDevice::default() };
            drop(stand.desk().edit_device(&device, known.revision, &form).await);
        }
        2 => drop(stand.desk().disable_device(&device, &DisableDevice::default()).await),
        3 => drop(stand.desk().enable_device(&device).await),
        4 if dice.below(3) == 0 => drop(stand.desk().revoke_device(&device, None).await),
        5 => {
            let there = stand.there(&device).await;
            if stand.owner.edit_device(&device, there.revision, &named).await.is_ok() {
                *seen.others.entry("device_edited").or_default() += 1;
            }
            return Some(device);
        }
        6 => {
            let (done, action) = match stand.there(&device).await.status {
                DeviceStatus::Active => (stand.owner.disable_device(&device, &DisableDevice::default()).await, "device_disabled"),
                _ => (stand.owner.enable_device(&device).await, "device_enabled"),
            };
            if done.is_ok() {
                *seen.others.entry(action).or_default() += 1;
            }
            return Some(device);
        }
        7 | 8 => {
            let troubles =
                [Trouble::Away, Trouble::CallLost, Trouble::AnswerLost, Trouble::Twice, Trouble::Busy, Trouble::AnswerLost];
            stand.platform.is(troubles[usize::try_from(dice.below(6)).unwrap()]);
        }
        9 => stand.platform.is(Trouble::None),
        10 => stand.open().await,
        11 => {
            // The program ends while something is on its way.
            let patience = Duration::from_micros(dice.below(3_000));
            let _ = tokio::time::timeout(patience, stand.desk().disable_device(&device, &DisableDevice::default())).await;
            stand.open().await;
        }
        _ => {
            stand.clock.step(i64::try_from(dice.below(400)).unwrap());
            stand.round().await;
            stand.read().await;
        }
    }
    None
}

/// What must be so after each step; of the device that others have just changed only what is final is compared.
async fn check(stand: &Stand, seen: &mut Seen, changed: Option<&str>) {
    let errands = stand.errands();
    let open_revocations = |errand: &&Errand| {
        let over = matches!(errand.delivery, Delivery::Verified { .. } | Delivery::Expired { .. } | Delivery::Withdrawn { .. });
        errand.intent.revokes() && !over
    };
    let not_yet = errands.iter().filter(open_revocations).count();
    assert_eq!(usize::try_from(stand.mirror().not_yet_revoked().unwrap()).unwrap(), not_yet);
    for errand in &errands {
        let over = seen.acknowledged.contains(&errand.id);
        assert!(!over || !errand.delivery.is_open(), "an acknowledged errand is lost: {errand:?}");
        match &errand.delivery {
            Delivery::Acknowledged { .. } => drop(seen.acknowledged.insert(errand.id)),
            Delivery::Verified { .. } => {
                let there = stand.there(&errand.place.id).await;
                if errand.intent.revokes() {
                    assert_eq!(there.status, DeviceStatus::Revoked, "a revocation that is called verified is none: {errand:?}");
                    let shown = stand.desk().device(&errand.place.id).await.unwrap();
                    assert_eq!(shown.device.status, DeviceStatus::Revoked, "a revoked device is shown as let in");
                }
                let later = errands.iter().any(|later| later.id > errand.id && later.place == errand.place && later.attempts > 0);
                let is_new = seen.verified.insert(errand.id);
                if is_new && !later && changed != Some(errand.place.id.as_str()) {
                    let record = clawpair_mirror::DeviceRecord::of(there.clone());
                    let so = errand.intent.is_shown_by(&record, Stands::from(there.status));
                    assert_eq!(so, Some(true), "what is called verified is not so: {errand:?}, {there:?}");
                }
            }
            _ => {}
        }
    }
}

async fn one_sequence(number: u64) {
    let (mut stand, mut dice, mut seen) = (Stand::new(3).await, Dice(number), Seen::default());
    for _ in 0..24 {
        let changed = one_step(&mut stand, &mut dice, &mut seen).await;
        check(&stand, &mut seen, changed.as_deref()).await;
    }
    stand.rest().await;
    check(&stand, &mut seen, None).await;
    let errands = stand.errands();
    for errand in &errands {
        let over = !errand.delivery.is_open() && !matches!(errand.delivery, Delivery::Acknowledged { .. });
        assert!(over, "it has gone well for long, and this is not over: {errand:?}");
    }
    let asked = |wanted: fn(&Intent) -> bool| errands.iter().filter(|errand| wanted(&errand.intent) && errand.attempts > 0).count();
    for (action, asked) in [
        ("device_edited", asked(|intent| matches!(intent, Intent::Rename { .. } | Intent::EditTags { .. }))),
        ("device_disabled", asked(|intent| matches!(intent, Intent::Disable { .. }))),
        ("device_enabled", asked(|intent| matches!(intent, Intent::Enable))),
        ("device_revoked", asked(|intent| matches!(intent, Intent::Revoke { .. }))),
    ] {
        let done: usize = stand.done(action).await.values().sum();
        let most = asked + seen.others.get(action).copied().unwrap_or(0);
        assert!(done <= most, "{action} was done {done} times, and asked for {most} times");
    }
    assert!(stand.done("device_revoked").await.values().all(|times| *times == 1));
    stand.listener.stop().await;
}

/// `CLAWPAIR_SEED=N` repeats one sequence.
#[tokio::test]
async fn nothing_is_lost_or_done_twice_whatever_is_lost_and_whoever_else_changes_it() {
    let repeated = std::env::var("CLAWPAIR_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
    let seeds = repeated.map_or_else(
        || {
            let first = u64::from_le_bytes(clawpair_core::rng::bytes(&SystemRng as &dyn Rng));
            (0..8).map(|nth| first.wrapping_add(nth)).collect()
        },
        |seed| vec![seed],
    );
    for seed in seeds {
        println!("CLAWPAIR_SEED={seed}");
        one_sequence(seed).await;
    }
}
