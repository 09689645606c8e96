//! Files, platforms and devices for tests.

use clawpair_api::{ActivityActor, ActivityEntry, ActorKind, Device, DeviceStatus, PairingStatus, Request};
use clawpair_core::{Rng, Timestamp};
use clawpair_mirror::{Answer, Applied, Batch, DeviceRecord, Errand, Extent, Mirror, MirrorError, Place, PlatformId, Thing, Whole};
use tempfile::TempDir;

/// A file of its own in a folder that goes with it.
pub struct File {
    pub folder: TempDir,
    pub mirror: Mirror,
}

impl File {
    /// With one platform `p`.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
        mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
        Self { folder, mirror }
    }

    /// Applies what a platform has answered to a reading that begins now.
    pub fn some(&self, devices: impl IntoIterator<Item = Device>) {
        self.mirror.apply(self.batch(devices)).unwrap();
    }

    pub fn batch(&self, devices: impl IntoIterator<Item = Device>) -> Batch {
        let things = devices.into_iter().map(thing).collect();
        Batch { platform: platform(), reading: self.mirror.reading(at(0)).unwrap(), extent: Extent::Some { cursor: None }, things }
    }

    /// Likewise everything it has.
    pub fn everything(&self, devices: impl IntoIterator<Item = Device>) {
        let batch = Batch { extent: Extent::Everything { cursor: None }, ..self.batch(devices) };
        self.mirror.apply(batch).unwrap();
    }

    /// Likewise what it lists at one moment.
    pub fn look(&self, whole: Whole, things: Vec<Thing>) -> Applied {
        self.mirror.apply(Batch { extent: Extent::Look { cursor: None, whole }, things, ..self.batch([]) }).unwrap()
    }

    /// How many requests are open.
    pub fn open(&self) -> usize {
        self.mirror.open_requests_of(&platform(), None, 10, |_| true).unwrap().0.len()
    }
}

/// Of what a program takes and settles together, one.
pub trait OneByOne {
    fn take_due(&self, platform: &PlatformId, now: Timestamp) -> Result<Option<Errand>, MirrorError>;
    fn settle(&self, id: i64, attempt: u32, answer: Answer, now: Timestamp, rng: &dyn Rng) -> Result<Errand, MirrorError>;
    fn not_yet_revoked(&self) -> Result<i64, MirrorError>;
}

impl OneByOne for Mirror {
    fn take_due(&self, platform: &PlatformId, now: Timestamp) -> Result<Option<Errand>, MirrorError> {
        Ok(self.take_several(platform, 1, now)?.pop())
    }

    fn settle(&self, id: i64, attempt: u32, answer: Answer, now: Timestamp, rng: &dyn Rng) -> Result<Errand, MirrorError> {
        Ok(self.settle_all(vec![(id, attempt, answer)], now, rng)?.remove(0))
    }

    fn not_yet_revoked(&self) -> Result<i64, MirrorError> {
        Ok(self.outbox_counts()?.not_yet_revoked)
    }
}

pub fn platform() -> PlatformId {
    "p".parse().unwrap()
}

pub fn place(id: &str) -> Place {
    Place { platform: platform(), id: id.into() }
}

pub fn thing(device: Device) -> Thing {
    Thing::Device(Box::new(DeviceRecord::of(device)))
}

/// Who waits for a decision.
pub fn waiting(id: &str) -> Thing {
    Thing::Request(Box::new(request(id, PairingStatus::Waiting).into()))
}

/// A request with the key of no device.
pub fn request(id: &str, status: PairingStatus) -> Request {
    Request {
        id: id.into(),
        status,
        name: "New".into(),
        device_type: "IoT Sensor".into(),
        permissions: vec!["sensor:read".into()],
        public_key: "k".into(),
        key_fingerprint: "KEY0-0000-new".into(),
        comparison: "123 456".into(),
        said_name: None,
        said_device_type: None,
        said_platform: None,
        said_version: None,
        address: None,
        other_keys: 0,
        asked_at: at(0).to_string(),
        expires_at: at(600).to_string(),
        seconds_left: 600,
        reason: None,
    }
}

/// What somebody has done.
pub fn entry(number: i64, action: &str, kind: ActorKind) -> ActivityEntry {
    ActivityEntry {
        number,
        at: at(number).to_string(),
        actor: ActivityActor { kind, id: (kind == ActorKind::Member).then(|| "mem-1".to_owned()), name: None },
        action: action.into(),
        subjects: Vec::new(),
        address: None,
        details: None,
        hash: String::new(),
    }
}

/// So many seconds into the test.
pub fn at(seconds: i64) -> Timestamp {
    "2026-10-01T12:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(seconds)
}

/// An active sensor that was paired and never heard again.
pub fn device(id: &str) -> Device {
    Device {
        id: id.into(),
        name: format!("Sensor {id}"),
        device_type: "IoT Sensor".into(),
        permissions: vec!["sensor:read".into()],
        tags: Vec::new(),
        status: DeviceStatus::Active,
        connected: false,
        paired_at: at(0).to_string(),
        last_seen_at: Some(at(0).to_string()),
        last_address: None,
        said_name: None,
        platform: None,
        version: None,
        key_fingerprint: format!("KEY0-0000-{id}"),
        disabled_at: None,
        revoked_at: None,
        reason: None,
        revision: 1,
    }
}

pub fn revoked(device: Device) -> Device {
    let revoked_at = Some(at(60).to_string());
    Device { status: DeviceStatus::Revoked, revoked_at, revision: device.revision + 1, ..device }
}

/// Bytes that never repeat, half of the way between none and all.
#[derive(Default)]
pub struct Counting(std::sync::atomic::AtomicU64);

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) | 1 << 63;
        bytes.iter_mut().zip(count.to_be_bytes().into_iter().cycle()).for_each(|(to, from)| *to = from);
    }
}
