//! A platform that remembers nothing of what was sent, programs that are slow, a network that loses and repeats, and a clock that is set.

mod holds;

use std::collections::{BTreeMap, HashMap, HashSet};

use clawpair_api::{Device, DeviceStatus, ErrorBody, ErrorCode, PairingStatus, Request};
use clawpair_core::Timestamp;
use clawpair_mirror::{
    Answer, Batch, Choice, Conflict, Delivery, DeviceRecord, Errand, Extent, Intent, Mirror, Place, PlatformId, Reading, Thing,
};
use proptest::test_runner::TestCaseError;

use crate::common::{Counting, OneByOne as _, at, device, request};

/// How many devices the platform begins with.
pub const DEVICES: usize = 3;
/// Who asks to be let in, and what the platform calls it once it is.
const ASKS: &str = "asks";
const JOINED: &str = "joined";
/// The one role of each device.
const ROLE: &str = "node";

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
    Choose(usize, usize),
    Approve,
    Deny,
    Lose,
    EditsFail(bool),
    RevocationsFail(bool),
    SetClock(i8),
}

struct Snapshot {
    reading: Reading,
    /// The turn in which the reading began.
    begun: u64,
    devices: Vec<DeviceRecord>,
    request: Request,
    whole: bool,
}

pub struct World<'a> {
    pub mirror: &'a mut Option<Mirror>,
    pub path: &'a std::path::Path,
    rng: &'a Counting,
    platform: PlatformId,
    now: i64,
    busy: bool,
    /// What goes wrong whenever it is tried: the words of renaming, which is put off, and of revoking, which this person may not.
    failing: HashSet<&'static str>,
    devices: BTreeMap<String, DeviceRecord>,
    request: Request,
    is_lost: bool,
    /// What was answered to each attempt.
    executed: HashMap<(i64, u32), Answer>,
    effects: HashMap<i64, u32>,
    /// What the platform has said was done.
    done: HashSet<i64>,
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
            .map(|id| (id.clone(), record(Device { key_fingerprint: String::new(), ..device(&id) })))
            .collect();
        let mut world = Self {
            mirror,
            path,
            rng,
            platform,
            now: 0,
            busy: false,
            failing: HashSet::new(),
            devices,
            request: Request { key_fingerprint: format!("KEY {number}"), ..request(ASKS, PairingStatus::Waiting) },
            is_lost: false,
            executed: HashMap::new(),
            effects: HashMap::new(),
            done: HashSet::new(),
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
            Step::Choose(one, choice) => self.choose(one, choice),
            Step::Approve if self.is_lost => {}
            Step::Approve => self.ask_for(&self.place(ASKS), &approval()),
            Step::Deny => self.ask_for(&self.place(ASKS), &denial()),
            Step::Lose => self.lose(),
            Step::EditsFail(fail) => self.fails("rename", fail),
            Step::RevocationsFail(fail) => self.fails("revoke", fail),
            Step::SetClock(hours) => self.now += i64::from(hours) * 60 * 60,
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
                | Step::Choose(..)
                | Step::Approve
                | Step::Deny
                | Step::Lose
        );
        if here { self.check() } else { Ok(()) }
    }

    fn place(&self, id: &str) -> Place {
        Place { platform: self.platform.clone(), id: id.to_owned() }
    }

    fn ask(&mut self, device: usize, kind: u8) {
        let place = self.place(&device.to_string());
        let intent = match kind % 6 {
            0 => Intent::Rename { name: format!("Name {}", self.asked.len()).parse().unwrap() },
            1 => Intent::Disable { reason: None },
            2 => Intent::Enable,
            3 => {
                let known = self.open().device(&place).unwrap().record;
                Intent::Rotate { role: ROLE.parse().unwrap(), before: known.rotations.get(ROLE).copied() }
            }
            _ => Intent::Revoke { reason: None },
        };
        self.ask_for(&place, &intent);
    }

    fn ask_for(&mut self, place: &Place, intent: &Intent) {
        // What is known to be over cannot be asked for.
        if let Ok(errand) = self.open().ask(place, intent, self.now(), self.rng) {
            self.is_asked(&errand);
        }
    }

    fn is_asked(&mut self, errand: &Errand) {
        if !self.asked.contains(&errand.id) {
            self.asked.push(errand.id);
        }
    }

    fn lose(&mut self) {
        // Where nobody has asked, and nothing was approved, there is nothing to lose.
        if let Ok(errands) = self.open().revoke_everywhere(&self.request.key_fingerprint, None, self.now(), self.rng) {
            self.is_lost = true;
            for errand in &errands {
                self.is_asked(errand);
            }
        }
    }

    fn send(&mut self) -> Checked {
        let Some(errand) = self.open().take_due(&self.platform, self.now()).unwrap() else { return Ok(()) };
        self.check_turn(&errand)?;
        self.under_way.push(errand);
        Ok(())
    }

    fn deliver(&mut self, one: usize, keep: bool) {
        if self.under_way.is_empty() {
            return;
        }
        let index = one % self.under_way.len();
        let errand = if keep { self.under_way[index].clone() } else { self.under_way.remove(index) };
        // Whoever has taken it may have been slow.
        if !self.open().sets_out(&errand, self.now()).unwrap() {
            return;
        }
        let later = |seconds| Answer::Later { after: Some(std::time::Duration::from_secs(seconds)) };
        let answer = if self.busy {
            later(3)
        } else if matches!(errand.intent, Intent::Rename { .. }) && self.failing.contains(errand.intent.word()) {
            later(3_600)
        } else if let Some(before) = self.executed.get(&(errand.id, errand.attempts)) {
            before.clone()
        } else {
            let answer = if errand.intent.decides() { self.decide(&errand) } else { self.execute(&errand) };
            self.executed.insert((errand.id, errand.attempts), answer.clone());
            if matches!(answer, Answer::Done { .. }) {
                self.done.insert(errand.id);
            }
            answer
        };
        self.answers.push((errand.id, errand.attempts, answer));
    }

    /// An attempt that is not the first looks before it does it. Only names are guarded by the platform itself.
    fn execute(&mut self, errand: &Errand) -> Answer {
        let refuses = errand.intent.revokes() && self.failing.contains(errand.intent.word());
        let record = self.devices.get_mut(&errand.place.id).unwrap();
        if refuses {
            return refuse(ErrorCode::AccessDenied);
        }
        let (again, is_other) = (errand.attempts > 1, errand.revision.is_some_and(|seen| seen != record.device.revision));
        if again && !errand.intent.revokes() && is_shown(&errand.intent, record) {
            return Answer::Done { revision: Some(record.device.revision) };
        }
        let DeviceRecord { device, rotations, .. } = record;
        if device.status == DeviceStatus::Revoked {
            return refuse(ErrorCode::AlreadyRevoked);
        }
        if is_other && (again || matches!(errand.intent, Intent::Rename { .. })) {
            return Answer::Contradicted(Conflict::Changed);
        }
        match &errand.intent {
            Intent::Rename { name } => device.name = name.to_string(),
            Intent::Disable { .. } => device.status = DeviceStatus::Disabled,
            Intent::Enable => device.status = DeviceStatus::Active,
            Intent::Rotate { .. } => *rotations.entry(ROLE.into()).or_default() += 1,
            _ => device.status = DeviceStatus::Revoked,
        }
        device.revision += 1;
        *self.effects.entry(errand.id).or_default() += 1;
        Answer::Done { revision: Some(device.revision) }
    }

    fn decide(&mut self, errand: &Errand) -> Answer {
        let approves = errand.intent == approval();
        match self.request.status {
            PairingStatus::Completed if approves => {}
            PairingStatus::Denied if !approves => {}
            PairingStatus::Waiting => {
                *self.effects.entry(errand.id).or_default() += 1;
                self.request.status = if approves { PairingStatus::Completed } else { PairingStatus::Denied };
                if approves {
                    let key_fingerprint = self.request.key_fingerprint.clone();
                    self.devices.insert(JOINED.into(), record(Device { key_fingerprint, ..device(JOINED) }));
                }
            }
            _ => return refuse(ErrorCode::RequestDecided),
        }
        Answer::Done { revision: None }
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
        let is_over = matches!(settled.delivery, Delivery::Withdrawn { .. } | Delivery::Overtaken { .. });
        if matches!(answer, Answer::Done { .. }) && !is_over {
            self.acknowledged.insert(id);
        }
    }

    fn give_up(&mut self, one: usize) {
        if let Some(errand) = self.under_way.get(one % self.under_way.len().max(1)) {
            self.open().settle(errand.id, errand.attempts, Answer::Lost, self.now(), self.rng).unwrap();
        }
    }

    fn somebody_else(&mut self, device: usize, revokes: bool) {
        let device = &mut self.devices.get_mut(&device.to_string()).unwrap().device;
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
        self.snapshots.push(Snapshot { reading, begun, devices, request: self.request.clone(), whole: one.is_multiple_of(2) });
    }

    fn apply(&mut self, one: usize) -> Checked {
        if self.snapshots.is_empty() {
            return Ok(());
        }
        let snapshot = &self.snapshots[one % self.snapshots.len()];
        let cursor = None;
        let extent = if snapshot.whole { Extent::Everything { cursor } } else { Extent::Some { cursor } };
        let asks = Thing::Request(Box::new(snapshot.request.clone().into()));
        let listed = snapshot.devices.iter().cloned().map(|record| Thing::Device(Box::new(record)));
        let things = listed.chain([asks]).collect();
        self.open().apply(Batch { platform: self.platform.clone(), reading: snapshot.reading, extent, things }).unwrap();
        let over = snapshot.devices.iter().filter(|record| record.device.status == DeviceStatus::Revoked);
        self.revoked_seen.extend(over.map(|record| record.device.id.clone()));
        self.check_judged(one % self.snapshots.len())?;
        // Who was lost is revoked once it is listed.
        for errand in self.open().asked_of(&self.place(JOINED), 200).unwrap() {
            self.is_asked(&errand);
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
            let withdrawn = self.open().withdraw(*id, self.now());
            // Whoever takes that back has found it.
            self.is_lost &= !withdrawn.is_ok_and(|errand| matches!(errand.intent, Intent::Deny { .. }));
        }
    }

    /// A person decides about something that failed.
    fn choose(&mut self, one: usize, choice: usize) {
        let failed = self.asked.iter().map(|id| self.open().errand(*id).unwrap());
        let failed: Vec<_> = failed.filter(|errand| matches!(errand.delivery, Delivery::Failed { .. })).collect();
        let Some(errand) = failed.get(one % failed.len().max(1)) else { return };
        let Delivery::Failed { conflict, .. } = &errand.delivery else { return };
        let choice = conflict.choices()[choice % conflict.choices().len()];
        // Nobody lets in anew who is lost.
        let choice = if self.is_lost && errand.intent == approval() { Choice::Leave } else { choice };
        // Whoever leaves somebody let in who could be shut out has found it.
        let leaves = choice == Choice::Leave && conflict.choices().len() > 1 && errand.intent != approval();
        self.is_lost &= !(leaves && errand.key == self.request.key_fingerprint);
        self.acknowledged.remove(&errand.id);
        if let Some(anew) = self.open().choose(errand.id, choice, self.now(), self.rng).unwrap() {
            self.is_asked(&anew);
        }
    }

    fn fails(&mut self, word: &'static str, fails: bool) {
        if fails {
            self.failing.insert(word);
        } else {
            self.failing.remove(word);
        }
    }

    fn is_revoked(&self, device: &str) -> bool {
        self.devices.get(device).is_some_and(|record| record.device.status == DeviceStatus::Revoked)
    }
}

fn approval() -> Intent {
    Intent::Approve { public_key: "k".into(), permissions: Vec::new() }
}

fn denial() -> Intent {
    Intent::Deny { public_key: "k".into(), permissions: Vec::new(), reason: None }
}

fn refuse(code: ErrorCode) -> Answer {
    Answer::refused(ErrorBody::new(code, "No."), code.status(), None)
}

/// A device whose credentials were never replaced.
fn record(device: Device) -> DeviceRecord {
    DeviceRecord { rotations: BTreeMap::from([(ROLE.into(), 0)]), ..DeviceRecord::of(device) }
}

fn is_shown(intent: &Intent, listed: &DeviceRecord) -> bool {
    let device = &listed.device;
    match intent {
        Intent::Rename { name } => device.name == name.as_str(),
        Intent::Disable { .. } => device.status != DeviceStatus::Active,
        Intent::Enable => device.status == DeviceStatus::Active,
        Intent::Rotate { before, .. } => listed.rotations[ROLE] > before.unwrap_or(0),
        _ => device.status == DeviceStatus::Revoked,
    }
}
