//! A platform that executes each idempotency key once, a network that loses, repeats and delays, and what must always hold.

use std::collections::{BTreeMap, HashMap, HashSet};

use clawpair_api::{Device, DeviceStatus, ErrorBody, ErrorCode};
use clawpair_core::Timestamp;
use clawpair_mirror::{Answer, Batch, Conflict, Delivery, Errand, Extent, Intent, Mirror, Place, PlatformId, Reading, Standing};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use crate::common::{Counting, at, device, thing};

/// How many devices the platform begins with.
pub const DEVICES: usize = 3;

/// One thing that happens. Numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Ask(usize, u8),
    Send,
    Deliver(usize),
    DeliverAndKeep(usize),
    Answer(usize),
    AnswerAndKeep(usize),
    LoseAnswers,
    GiveUp(usize),
    Busy(bool),
    SomebodyElse(usize, bool),
    BeginReading,
    Read(usize),
    Apply(usize),
    Restart,
    Wait(u8),
    Withdraw(usize),
}

struct Snapshot {
    reading: Reading,
    /// The turn in which the reading began.
    begun: u64,
    devices: Vec<Device>,
    whole: bool,
}

pub struct World<'a> {
    pub mirror: &'a mut Option<Mirror>,
    pub path: &'a std::path::Path,
    rng: &'a Counting,
    platform: PlatformId,
    now: i64,
    busy: bool,
    devices: BTreeMap<String, Device>,
    executed: HashMap<String, Answer>,
    effects: HashMap<i64, u32>,
    under_way: Vec<Errand>,
    answers: Vec<(i64, u32, Answer)>,
    begun: Vec<(u64, Reading)>,
    snapshots: Vec<Snapshot>,
    asked: Vec<i64>,
    acknowledged: HashSet<i64>,
    /// The turns in which errands became acknowledged, and which of them are judged by a reading.
    acknowledged_in: HashMap<i64, u64>,
    judged: HashSet<i64>,
    turn: u64,
    revoked_seen: HashSet<String>,
    /// What earlier worlds of the file have left.
    others_not_revoked: i64,
}

type Checked = Result<(), TestCaseError>;

impl<'a> World<'a> {
    pub fn new(mirror: &'a mut Option<Mirror>, path: &'a std::path::Path, rng: &'a Counting, number: usize) -> Self {
        let platform: PlatformId = format!("world {number}").parse().unwrap();
        let open = mirror.as_ref().unwrap();
        open.enter_platform(&platform, &"World".parse().unwrap()).unwrap();
        let others_not_revoked = open.not_yet_revoked().unwrap();
        let devices: BTreeMap<_, _> = (0..DEVICES)
            .map(|n| n.to_string())
            .map(|id| (id.clone(), Device { key_fingerprint: String::new(), ..device(&id) }))
            .collect();
        let mut world = Self {
            mirror,
            path,
            rng,
            platform,
            now: 0,
            busy: false,
            devices,
            executed: HashMap::new(),
            effects: HashMap::new(),
            under_way: Vec::new(),
            answers: Vec::new(),
            begun: Vec::new(),
            snapshots: Vec::new(),
            asked: Vec::new(),
            acknowledged: HashSet::new(),
            acknowledged_in: HashMap::new(),
            judged: HashSet::new(),
            turn: 0,
            revoked_seen: HashSet::new(),
            others_not_revoked,
        };
        world.begun.push((0, world.open().reading(at(0)).unwrap()));
        world.take_snapshot(0);
        world.apply(0).unwrap();
        world
    }

    fn open(&self) -> &Mirror {
        self.mirror.as_ref().unwrap()
    }

    fn now(&self) -> Timestamp {
        at(self.now)
    }

    pub fn step(&mut self, step: Step) -> Checked {
        self.turn += 1;
        match step {
            Step::Ask(device, kind) => self.ask(device % DEVICES, kind),
            Step::Send => self.send()?,
            Step::Deliver(one) => self.deliver(one, false),
            Step::DeliverAndKeep(one) => self.deliver(one, true),
            Step::Answer(one) => self.answer(one, false),
            Step::AnswerAndKeep(one) => self.answer(one, true),
            Step::LoseAnswers => self.answers.clear(),
            Step::GiveUp(one) => self.give_up(one),
            Step::Busy(busy) => self.busy = busy,
            Step::SomebodyElse(device, revokes) => self.somebody_else(device % DEVICES, revokes),
            Step::BeginReading => self.begun.push((self.turn, self.open().reading(self.now()).unwrap())),
            Step::Read(one) => self.take_snapshot(one),
            Step::Apply(one) => self.apply(one)?,
            Step::Restart => self.restart(),
            Step::Wait(seconds) => self.now += i64::from(seconds),
            Step::Withdraw(one) => self.withdraw(one),
        }
        // The others happen to the platform or the network alone.
        let here = matches!(
            step,
            Step::Ask(..)
                | Step::Send
                | Step::Answer(_)
                | Step::AnswerAndKeep(_)
                | Step::GiveUp(_)
                | Step::Apply(_)
                | Step::Restart
                | Step::Withdraw(_)
        );
        if here { self.check() } else { Ok(()) }
    }

    fn place(&self, device: usize) -> Place {
        Place { platform: self.platform.clone(), id: device.to_string() }
    }

    fn ask(&mut self, device: usize, kind: u8) {
        let intent = match kind % 5 {
            0 => Intent::Rename { name: format!("Name {}", self.asked.len()).parse().unwrap() },
            1 => Intent::Disable { reason: None },
            2 => Intent::Enable,
            _ => Intent::Revoke { reason: None },
        };
        // What is known to be over cannot be asked for.
        if let Ok(errand) = self.open().ask(&self.place(device), &intent, self.now(), self.rng)
            && !self.asked.contains(&errand.id)
        {
            self.asked.push(errand.id);
        }
    }

    fn send(&mut self) -> Checked {
        let Some(errand) = self.open().take_due(&self.platform, self.now()).unwrap() else { return Ok(()) };
        for earlier in self.open().asked_of(&errand.place).unwrap().iter().filter(|other| other.id < errand.id) {
            prop_assert!(!earlier.delivery.is_open(), "{earlier:?} was passed by {errand:?}");
        }
        self.under_way.push(errand);
        Ok(())
    }

    fn deliver(&mut self, one: usize, keep: bool) {
        if self.under_way.is_empty() {
            return;
        }
        let index = one % self.under_way.len();
        let errand = if keep { self.under_way[index].clone() } else { self.under_way.remove(index) };
        let answer = if self.busy {
            Answer::Later { after: Some(std::time::Duration::from_secs(3)) }
        } else if let Some(before) = self.executed.get(&errand.idempotency_key) {
            before.clone()
        } else {
            let answer = self.execute(&errand);
            self.executed.insert(errand.idempotency_key.clone(), answer.clone());
            answer
        };
        self.answers.push((errand.id, errand.attempts, answer));
    }

    fn execute(&mut self, errand: &Errand) -> Answer {
        let refuse = |code| Answer::refused(ErrorBody::new(code, "No."), None);
        let device = self.devices.get_mut(&errand.place.id).unwrap();
        if device.status == DeviceStatus::Revoked {
            return refuse(ErrorCode::AlreadyRevoked);
        }
        if errand.revision.is_some_and(|seen| seen != device.revision) {
            return refuse(ErrorCode::ChangedMeanwhile);
        }
        match &errand.intent {
            Intent::Rename { name } => device.name = name.to_string(),
            Intent::Disable { .. } => device.status = DeviceStatus::Disabled,
            Intent::Enable => device.status = DeviceStatus::Active,
            _ => device.status = DeviceStatus::Revoked,
        }
        device.revision += 1;
        *self.effects.entry(errand.id).or_default() += 1;
        Answer::Done { revision: Some(device.revision) }
    }

    fn answer(&mut self, one: usize, keep: bool) {
        if self.answers.is_empty() {
            return;
        }
        let index = one % self.answers.len();
        let (id, attempt, answer) = if keep { self.answers[index].clone() } else { self.answers.remove(index) };
        let settled = self.open().settle(id, attempt, answer.clone(), self.now(), self.rng).unwrap();
        if matches!(settled.delivery, Delivery::Acknowledged { .. }) {
            self.acknowledged_in.entry(id).or_insert(self.turn);
        }
        if matches!(answer, Answer::Done { .. }) && !matches!(settled.delivery, Delivery::Withdrawn { .. }) {
            self.acknowledged.insert(id);
        }
    }

    fn give_up(&mut self, one: usize) {
        if let Some(errand) = self.under_way.get(one % self.under_way.len().max(1)) {
            self.open().settle(errand.id, errand.attempts, Answer::Lost, self.now(), self.rng).unwrap();
        }
    }

    fn somebody_else(&mut self, device: usize, revokes: bool) {
        let device = self.devices.get_mut(&device.to_string()).unwrap();
        if device.status != DeviceStatus::Revoked {
            device.revision += 1;
            if revokes {
                device.status = DeviceStatus::Revoked;
            } else {
                device.name = format!("{}'", device.name);
            }
        }
    }

    fn take_snapshot(&mut self, one: usize) {
        if self.begun.is_empty() {
            return;
        }
        let (begun, reading) = self.begun.remove(one % self.begun.len());
        let devices = self.devices.values().cloned().collect();
        self.snapshots.push(Snapshot { reading, begun, devices, whole: one.is_multiple_of(2) });
    }

    fn apply(&mut self, one: usize) -> Checked {
        if self.snapshots.is_empty() {
            return Ok(());
        }
        let snapshot = &self.snapshots[one % self.snapshots.len()];
        let cursor = None;
        let extent = if snapshot.whole { Extent::Everything { cursor } } else { Extent::Some { cursor } };
        let things = snapshot.devices.iter().cloned().map(thing).collect();
        self.open().apply(Batch { platform: self.platform.clone(), reading: snapshot.reading, extent, things }).unwrap();
        let over = snapshot.devices.iter().filter(|device| device.status == DeviceStatus::Revoked);
        self.revoked_seen.extend(over.map(|device| device.id.clone()));
        // Only a reading that began after the acknowledgement says anything of an errand.
        for (id, acknowledged) in self.acknowledged_in.clone() {
            let errand = self.open().errand(id).unwrap();
            if !matches!(errand.delivery, Delivery::Acknowledged { .. }) && self.judged.insert(id) {
                prop_assert!(acknowledged < snapshot.begun, "{errand:?} was judged by an old reading");
                let listed = snapshot.devices.iter().find(|device| device.id == errand.place.id).unwrap();
                let shows = is_shown(&errand.intent, listed);
                prop_assert_eq!(matches!(errand.delivery, Delivery::Verified { .. }), shows, "{:?}", errand);
            }
        }
        Ok(())
    }

    /// What was on its way may still arrive; nobody hears its answer, and no reading is finished.
    fn restart(&mut self) {
        self.answers.clear();
        self.begun.clear();
        self.snapshots.clear();
        *self.mirror = None;
        *self.mirror = Some(Mirror::open(self.path).unwrap());
    }

    fn withdraw(&mut self, one: usize) {
        if let Some(id) = self.asked.get(one % self.asked.len().max(1)) {
            let _ = self.open().withdraw(*id, self.now());
        }
    }

    /// Whether something that was asked for of the same thing later was acknowledged, too, or was so already.
    fn is_followed(&self, errand: &Errand) -> bool {
        let later = self.asked.iter().filter(|id| **id > errand.id && self.acknowledged_in.contains_key(*id));
        later.map(|id| self.open().errand(*id).unwrap()).any(|later| later.place == errand.place)
    }

    fn check(&self) -> Checked {
        let mut not_yet = 0;
        for id in &self.asked {
            let errand = self.open().errand(*id).unwrap();
            prop_assert!(self.effects.get(id).is_none_or(|effects| *effects == 1), "{errand:?} had effect twice");
            if self.acknowledged.contains(id) {
                let kept =
                    matches!(errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. } | Delivery::Failed { .. });
                let overtaken = matches!(errand.delivery, Delivery::Withdrawn { .. }) && self.is_followed(&errand);
                prop_assert!((kept || overtaken) && errand.acknowledged_at.is_some(), "the acknowledgement of {errand:?} was lost");
            }
            let device = &self.devices[&errand.place.id];
            if matches!(errand.delivery, Delivery::Verified { .. }) {
                let done = self.effects.contains_key(id) || device.status == DeviceStatus::Revoked;
                prop_assert!(done, "{errand:?} was never done");
                prop_assert!(!errand.intent.revokes() || device.status == DeviceStatus::Revoked, "{errand:?} is a lie");
            }
            let waits = matches!(errand.delivery, Delivery::Queued { .. } | Delivery::Sent { .. } | Delivery::Acknowledged { .. });
            let failed = matches!(&errand.delivery, Delivery::Failed { conflict, .. } if *conflict != Conflict::Gone);
            not_yet += i64::from(errand.intent.revokes() && (waits || failed));
        }
        for id in &self.revoked_seen {
            let listed = self.open().device(&Place { platform: self.platform.clone(), id: id.clone() }).unwrap();
            prop_assert_eq!((listed.standing, listed.record.device.status), (Standing::Revoked, DeviceStatus::Revoked));
        }
        prop_assert_eq!(self.open().not_yet_revoked().unwrap() - self.others_not_revoked, not_yet);
        Ok(())
    }

    /// Once everything works again, everything comes to an end, and nothing is left in the file that waits.
    pub fn settle_down(&mut self) -> Checked {
        // What the network still had is lost at last.
        (self.busy, self.under_way, self.answers) = (false, Vec::new(), Vec::new());
        for _ in 0..60 {
            let waits = self.asked.iter().any(|id| {
                let delivery = self.open().errand(*id).unwrap().delivery;
                delivery.is_open() || matches!(delivery, Delivery::Acknowledged { .. })
            });
            if !waits {
                break;
            }
            self.now += 400;
            for step in [Step::Send, Step::Deliver(0), Step::Answer(0), Step::BeginReading, Step::Read(0), Step::Apply(usize::MAX)]
            {
                self.step(step)?;
            }
            self.snapshots.clear();
        }
        for id in self.asked.clone() {
            let errand = self.open().errand(id).unwrap();
            let over = !errand.delivery.is_open() && !matches!(errand.delivery, Delivery::Acknowledged { .. });
            prop_assert!(over, "{errand:?} never ended");
            if matches!(errand.delivery, Delivery::Failed { .. }) {
                self.open().choose(id, clawpair_mirror::Choice::Leave, self.now(), self.rng).unwrap();
            }
        }
        Ok(())
    }
}

fn is_shown(intent: &Intent, listed: &Device) -> bool {
    match intent {
        Intent::Rename { name } => listed.name == name.as_str(),
        Intent::Disable { .. } => listed.status != DeviceStatus::Active,
        Intent::Enable => listed.status == DeviceStatus::Active,
        _ => listed.status == DeviceStatus::Revoked,
    }
}
