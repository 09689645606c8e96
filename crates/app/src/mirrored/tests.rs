//! The upkeep before a platform of the tests, in a time that is stepped.

mod log;
mod upkeep;

use std::future::pending;
use std::sync::Mutex;

use clawpair_api::{Device, Event};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::rng::SystemRng;
use clawpair_mirror::{DeviceRecord, Extent, MAX_CHANGES, Mirror, PlatformId};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tokio::time::advance;

use super::upkeep::{AGAIN, EVERY, PAUSE};
use super::*;
use crate::outbox::Outbox;
use crate::view::platform::Capability;

const NOW: &str = "2026-10-01T12:00:00Z";

/// Does not move.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW.parse().unwrap()
    }
}

/// What a platform of the tests does when it is read.
#[derive(Clone)]
enum Reading {
    /// It never answers, whatever it is asked.
    Never,
    /// Nothing new, once the gate opens.
    Gated(Arc<Notify>),
    Brings(Brought),
    Fails(Refusal),
}

struct Told {
    reading: Mutex<Reading>,
    state: Mutex<PlatformState>,
    capabilities: Mutex<Option<Vec<Capability>>>,
    asked: watch::Sender<Vec<Since>>,
    connected: Mutex<Vec<PlatformDevice>>,
    older: Mutex<Option<Answer<ActivityPage>>>,
    news: broadcast::Sender<News>,
}

impl Told {
    fn new(reading: Reading, state: PlatformState) -> Arc<Self> {
        let (reading, state) = (Mutex::new(reading), Mutex::new(state));
        let (asked, capabilities) = (watch::Sender::default(), Mutex::default());
        let (connected, older) = (Mutex::default(), Mutex::default());
        Arc::new(Self { reading, state, capabilities, asked, connected, older, news: broadcast::Sender::new(16) })
    }

    fn tell(&self, news: News) {
        self.news.send(news).unwrap();
    }

    fn is(&self, state: PlatformState) {
        *self.state.lock().unwrap() = state;
        self.tell(News::State);
    }

    /// Waits until it was read so often.
    async fn was_asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| asked.len() >= times).await.unwrap();
    }

    fn asked(&self) -> Vec<Since> {
        self.asked.borrow().clone()
    }
}

#[async_trait]
impl Platform for Told {
    fn standing(&self) -> Standing {
        let state = self.state.lock().unwrap().clone();
        Standing { state, capabilities: self.capabilities.lock().unwrap().clone(), pin: None, notice: None, as_of: None }
    }
    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        self.asked.send_modify(|asked| asked.push(since.clone()));
        let reading = self.reading.lock().unwrap().clone();
        match reading {
            Reading::Never => pending().await,
            Reading::Gated(gate) => {
                gate.notified().await;
                Ok(None)
            }
            Reading::Brings(brought) => Ok(Some(brought)),
            Reading::Fails(why) => Err(why),
        }
    }
    async fn connected(&self) -> Answer<Option<Vec<PlatformDevice>>> {
        Ok(Some(self.connected.lock().unwrap().clone()))
    }
    async fn deliver(&self, _: &Errand) -> Delivered {
        pending().await
    }
    async fn devices(&self, _: &DeviceQuery) -> Answer<PlatformDevicePage> {
        pending().await
    }
    async fn device_summary(&self) -> Answer<DeviceSummary> {
        pending().await
    }
    async fn device(&self, _: &str) -> Answer<PlatformDevice> {
        pending().await
    }
    async fn edit_device(&self, _: &str, _: u32, _: &EditDevice) -> Answer<PlatformDevice> {
        pending().await
    }
    async fn revoke_device(&self, _: &str, _: Option<&str>) -> Answer<PlatformDevice> {
        pending().await
    }
    async fn requests(&self, _: Option<&str>) -> Answer<PlatformRequestPage> {
        pending().await
    }
    async fn approve_request(&self, _: &str, _: &ApproveRequest) -> Answer<PlatformRequest> {
        pending().await
    }
    async fn deny_request(&self, _: &str, _: &ApproveRequest) -> Answer<PlatformRequest> {
        pending().await
    }
    async fn open_pairings(&self, _: Option<&str>) -> Answer<PairingPage> {
        pending().await
    }
    async fn activity(&self, _: &ActivityQuery) -> Answer<ActivityPage> {
        let older = self.older.lock().unwrap().clone();
        match older {
            Some(answer) => answer,
            None => pending().await,
        }
    }
    async fn alerts(&self, _: AlertStatus, _: Option<&str>) -> Answer<AlertPage> {
        pending().await
    }
    async fn acknowledge_alert(&self, _: &str, _: &AcknowledgeAlert) -> Answer<Alert> {
        pending().await
    }
}

struct Stand {
    mirror: Arc<Mirror>,
    _folder: TempDir,
}

fn id() -> PlatformId {
    "plat-1".parse().unwrap()
}

impl Stand {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Arc::new(Mirror::open(&folder.path().join("mirror.db")).unwrap());
        mirror.enter_platform(&id(), &"Office".parse().unwrap()).unwrap();
        Self { mirror, _folder: folder }
    }

    fn around(&self, platform: &Arc<Told>) -> Mirrored {
        let outbox = Outbox::new(Arc::clone(&self.mirror), Arc::new(Still), Arc::new(SystemRng));
        let upkeep = Upkeep::begin(Arc::new(outbox), id(), PlatformKind::Server, platform.clone()).unwrap();
        Mirrored::new(upkeep)
    }
}

fn connected() -> PlatformState {
    PlatformState::Connected { version: None }
}

fn retrying() -> PlatformState {
    PlatformState::Retrying { at: NOW.into(), why: Refusal::new("server_unreachable", "Nobody answers.", "Wait.") }
}

fn device(name: &str, connected: bool) -> Device {
    Device {
        id: format!("dev-{name}"),
        name: name.into(),
        device_type: "IoT Sensor".into(),
        permissions: vec!["sensor:read".into()],
        tags: Vec::new(),
        status: DeviceStatus::Active,
        connected,
        paired_at: NOW.into(),
        last_seen_at: None,
        last_address: None,
        said_name: None,
        platform: None,
        version: None,
        key_fingerprint: format!("KEY-{name}"),
        disabled_at: None,
        revoked_at: None,
        reason: None,
        revision: 1,
    }
}

fn brings(names: &[&str], cursor: &str) -> Reading {
    let thing = |name: &&str| Thing::Device(Box::new(DeviceRecord::of(device(name, false))));
    let extent = Extent::Some { cursor: Some(cursor.into()) };
    let things = names.iter().map(thing).collect();
    Reading::Brings(Brought { extent, things, more: false, asked: true, as_of: None, ahead_millis: None })
}

async fn names(platform: &Mirrored) -> Vec<String> {
    let query = DeviceQuery { sort: Some("name".into()), ..DeviceQuery::default() };
    platform.devices(&query).await.unwrap().devices.into_iter().map(|device| device.device.name).collect()
}

/// Waits until lists are to be loaded again, and the news that it tells before.
async fn resync(news: &mut broadcast::Receiver<News>) {
    while !matches!(news.recv().await.unwrap(), News::Event(event) if *event == Event::Resync) {}
}

async fn told_state(news: &mut broadcast::Receiver<News>) {
    while !matches!(news.recv().await.unwrap(), News::State) {}
}

#[tokio::test]
async fn a_network_that_never_answers_delays_no_list() {
    let stand = Stand::new();
    {
        let mirrored = stand.around(&Told::new(brings(&["Hall"], "1"), connected()));
        resync(&mut mirrored.news()).await;
    }
    let mirrored = stand.around(&Told::new(Reading::Never, connected()));
    assert_eq!(names(&mirrored).await, ["Hall"]);
    assert_eq!(mirrored.device("dev-Hall").await.unwrap().device.name, "Hall");
    assert_eq!(mirrored.device_summary().await.unwrap().active, 1);
    assert!(mirrored.requests(None).await.unwrap().requests.is_empty());
    assert!(mirrored.open_pairings(None).await.unwrap().pairings.is_empty());
    assert!(mirrored.activity(&ActivityQuery::default()).await.unwrap().entries.is_empty());
    assert_eq!(mirrored.standing().as_of.as_deref(), Some(NOW));
}

#[tokio::test]
async fn each_reading_goes_on_where_the_one_before_ended_also_after_a_start() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let mirrored = stand.around(&platform);
    resync(&mut mirrored.news()).await;
    drop(mirrored);
    let platform = Told::new(brings(&["Lamp"], "2"), connected());
    let mirrored = stand.around(&platform);
    resync(&mut mirrored.news()).await;
    assert_eq!(platform.asked(), [Since { cursor: Some("1".into()), ..Since::default() }]);
    assert_eq!(names(&mirrored).await, ["Hall", "Lamp"]);
}

#[tokio::test]
async fn before_the_first_reading_nothing_is_taken_for_empty() {
    let stand = Stand::new();
    let mirrored = stand.around(&Told::new(Reading::Never, PlatformState::Connecting));
    let asked = mirrored.device_summary();
    assert!(futures_util::FutureExt::now_or_never(asked).is_none(), "the platform itself is asked, which does not answer here");
    assert_eq!(mirrored.standing().as_of, None);
}

#[test]
fn what_waits_for_ever_does_not_end_and_what_has_ended_is_not_shown() {
    let clocks = |ahead_millis| records::Clocks { now: NOW.parse().unwrap(), ahead_millis };
    let request = |expires_at: &str| {
        let device = device("Hall", false);
        let json = serde_json::json!({"id": "r", "status": "waiting", "name": device.name, "device_type": device.device_type,
            "permissions": [], "public_key": "", "key_fingerprint": "", "comparison": "", "other_keys": 0, "asked_at": NOW,
            "expires_at": expires_at, "seconds_left": 0});
        records::shown_request(serde_json::from_value(json).unwrap(), clocks(0)).request.seconds_left
    };
    let ends = ["9999-12-31T23:59:59Z", "2026-10-01T12:01:00Z", NOW];
    assert_eq!(ends.map(request), [u32::MAX, 60, 0]);
    assert_eq!(ends.map(|end| clocks(0).lasts(end)), [true, true, false]);
    assert_eq!(ends.map(|end| clocks(60_000).lasts(end)), [true, false, false], "it is later there");
    assert_eq!(ends.map(|end| clocks(-60_000).lasts(end)), [true, true, true]);
}

#[tokio::test]
async fn what_is_told_is_in_the_lists_before_it_is_told_on() {
    let stand = Stand::new();
    let platform = Told::new(brings(&[], "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    *platform.reading.lock().unwrap() = Reading::Never;
    platform.tell(News::Event(Box::new(Event::Device { device: device("Hall", true) })));
    while !matches!(news.recv().await.unwrap(), News::Event(_)) {}
    assert_eq!(names(&mirrored).await, ["Hall"]);
    assert_eq!(mirrored.device_summary().await.unwrap().connected, 1);
}

#[tokio::test]
async fn a_platform_out_of_reach_is_not_read_and_says_why_also_after_a_start() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    resync(&mut news).await;
    told_state(&mut news).await;
    platform.is(retrying());
    told_state(&mut news).await;
    assert_eq!(names(&mirrored).await, ["Hall"]);
    drop(mirrored);
    let asleep = Told::new(Reading::Never, PlatformState::Connecting);
    let mirrored = stand.around(&asleep);
    let standing = mirrored.standing();
    assert_eq!(standing.as_of.as_deref(), Some(NOW));
    assert_eq!(standing.notice.map(|why| why.message).as_deref(), Some("Nobody answers."));
    assert!(asleep.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_news_are_one_reading_and_a_failed_one_is_tried_again() {
    let stand = Stand::new();
    let platform = Told::new(Reading::Fails(Refusal::new("server_unwell", "It has no memory.", "Wait.")), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    assert_eq!(mirrored.standing().notice.map(|why| why.code).as_deref(), Some("server_unwell"));
    assert_eq!(platform.asked().len(), 1);
    *platform.reading.lock().unwrap() = brings(&["Hall"], "1");
    for _ in 0..10 {
        platform.tell(News::Event(Box::new(Event::Resync)));
    }
    resync(&mut news).await;
    assert_eq!(platform.asked().len(), 2, "all of them in one");
    told_state(&mut news).await;
    assert_eq!(mirrored.standing().notice, None);
    *platform.reading.lock().unwrap() = Reading::Fails(Refusal::new("server_unwell", "It has no memory.", "Wait."));
    advance(PAUSE + EVERY).await;
    told_state(&mut news).await;
    assert_eq!(platform.asked().len(), 3, "though nothing was told");
    *platform.reading.lock().unwrap() = brings(&["Lamp"], "2");
    advance(PAUSE + AGAIN).await;
    resync(&mut news).await;
    assert_eq!(platform.asked().len(), 4);
}

#[tokio::test]
async fn what_is_still_told_of_a_removed_platform_is_not_kept() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    resync(&mut news).await;
    mirrored.forget().await.unwrap();
    platform.tell(News::Event(Box::new(Event::Device { device: device("Lamp", false) })));
    while !matches!(news.recv().await.unwrap(), News::Event(_)) {}
    assert_eq!(stand.mirror.summary(None).unwrap().active, 0);
}
