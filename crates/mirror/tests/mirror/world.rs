//! A platform that remembers nothing of what was sent, programs that are slow, a network that loses and repeats, a clock that is set, and
//! what must always hold.

use std::collections::{BTreeMap, HashMap, HashSet};

use clawpair_api::{Device, DeviceStatus, ErrorBody, ErrorCode, PairingStatus, Request};
use clawpair_core::Timestamp;
use clawpair_mirror::{
    Answer, Batch, Choice, Conflict, Delivery, Errand, Extent, Intent, Mirror, Place, PlatformId, Reading, Standing, Thing,
};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use crate::common::{Counting, OneByOne as _, at, device, request, thing};

/// How many devices the platform begins with.
pub const DEVICES: usize = 3;
/// Who asks to be let in, and what the platform calls it once it is.
const ASKS: &str = "asks";
const JOINED: &str = "joined";

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
    devices: Vec<Device>,
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
    devices: BTreeMap<String, Device>,
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
            .map(|id| (id.clone(), Device { key_fingerprint: String::new(), ..device(&id) }))
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
        let intent = match kind % 5 {
            0 => Intent::Rename { name: format!("Name {}", self.asked.len()).parse().unwrap() },
            1 => Intent::Disable { reason: None },
            2 => Intent::Enable,
            _ => Intent::Revoke { reason: None },
        };
        self.ask_for(&self.place(&device.to_string()), &intent);
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
        for earlier in self.open().asked_of(&errand.place, 200).unwrap().iter().filter(|other| other.id < errand.id) {
            let waits = matches!(earlier.delivery, Delivery::Queued { .. });
            let passed = waits || earlier.delivery.is_open() && !errand.intent.revokes();
            prop_assert!(!passed, "{earlier:?} was passed by {errand:?}");
        }
        prop_assert!(!self.is_lost || errand.intent != approval(), "{errand:?} would let in who is lost");
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
        let device = self.devices.get_mut(&errand.place.id).unwrap();
        if refuses {
            return refuse(ErrorCode::AccessDenied);
        }
        let (again, is_other) = (errand.attempts > 1, errand.revision.is_some_and(|seen| seen != device.revision));
        if again && !errand.intent.revokes() && is_shown(&errand.intent, device) {
            return Answer::Done { revision: Some(device.revision) };
        }
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
                    self.devices.insert(JOINED.into(), Device { key_fingerprint, ..device(JOINED) });
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
        let things = snapshot.devices.iter().cloned().map(thing).chain([asks]).collect();
        self.open().apply(Batch { platform: self.platform.clone(), reading: snapshot.reading, extent, things }).unwrap();
        let over = snapshot.devices.iter().filter(|device| device.status == DeviceStatus::Revoked);
        self.revoked_seen.extend(over.map(|device| device.id.clone()));
        // Only a reading that began after the acknowledgement says anything of an errand.
        for (id, acknowledged) in self.acknowledged_in.clone() {
            let errand = self.open().errand(id).unwrap();
            if !matches!(errand.delivery, Delivery::Acknowledged { .. }) && self.judged.insert(id) {
                prop_assert!(acknowledged < snapshot.begun, "{errand:?} was judged by an old reading");
                let listed = snapshot.devices.iter().find(|device| device.id == errand.place.id);
                let shows = listed.map_or_else(|| is_decided(&errand.intent, &snapshot.request), |it| is_shown(&errand.intent, it));
                prop_assert_eq!(matches!(errand.delivery, Delivery::Verified { .. }), shows, "{:?}", errand);
            }
        }
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

    /// Whether something that was asked for of the same thing later was acknowledged, too, or was so already, or may have been done.
    fn is_followed(&self, errand: &Errand) -> bool {
        let later = self.asked.iter().filter(|id| **id > errand.id).map(|id| self.open().errand(*id).unwrap());
        later.filter(|later| later.place == errand.place).any(|later| {
            let ended = matches!(later.delivery, Delivery::Overtaken { .. }) && later.attempts > 0;
            ended || self.acknowledged_in.contains_key(&later.id)
        })
    }

    fn check(&self) -> Checked {
        let mut not_yet = 0;
        for id in &self.asked {
            let errand = self.open().errand(*id).unwrap();
            prop_assert!(self.effects.get(id).is_none_or(|effects| *effects == 1), "{errand:?} had effect twice");
            if self.acknowledged.contains(id) {
                let kept =
                    matches!(errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. } | Delivery::Failed { .. });
                let overtaken = matches!(errand.delivery, Delivery::Overtaken { .. }) && self.is_followed(&errand);
                prop_assert!((kept || overtaken) && errand.acknowledged_at.is_some(), "the acknowledgement of {errand:?} was lost");
            }
            if matches!(errand.delivery, Delivery::Verified { .. }) {
                let is_revoked = self.is_revoked(&errand.place.id);
                prop_assert!(self.done.contains(id) || is_revoked, "{errand:?} was never done");
                prop_assert!(!errand.intent.revokes() || is_revoked, "{errand:?} is a lie");
            }
            let waits = matches!(errand.delivery, Delivery::Queued { .. } | Delivery::Sent { .. } | Delivery::Acknowledged { .. });
            // Whoever ended a device, nobody is told that it is NOT yet revoked once it is seen to be over.
            let is_left_in = matches!(errand.delivery, Delivery::Failed { .. }) && !self.revoked_seen.contains(&errand.place.id);
            not_yet += i64::from(errand.intent.revokes() && (waits || is_left_in));
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
        self.snapshots.clear();
        self.failing = HashSet::from(["rename"]);
        self.revoke_again();
        self.go_on_until_over(|errand| errand.intent.revokes())?;
        let let_in = self.devices.contains_key(JOINED) && !self.is_revoked(JOINED);
        prop_assert!(!self.is_lost || !let_in, "who was lost is let in");
        self.failing.clear();
        self.go_on_until_over(|_| true)?;
        for id in self.asked.clone() {
            let errand = self.open().errand(id).unwrap();
            if matches!(errand.delivery, Delivery::Failed { .. }) {
                self.open().choose(id, Choice::Leave, self.now(), self.rng).unwrap();
            }
        }
        Ok(())
    }

    /// Asks once more for what was refused, as a person does who may since.
    fn revoke_again(&mut self) {
        for id in self.asked.clone() {
            let errand = self.open().errand(id).unwrap();
            let Delivery::Failed { conflict, .. } = &errand.delivery else { continue };
            if errand.intent.revokes() && conflict.choices().contains(&Choice::TryAgain) {
                let anew = self.open().choose(id, Choice::TryAgain, self.now(), self.rng).unwrap().unwrap();
                self.is_asked(&anew);
            }
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
        self.devices.get(device).is_some_and(|device| device.status == DeviceStatus::Revoked)
    }

    /// Rounds in which everything goes well, until these errands are over and, where somebody is lost, a last reading was entered.
    fn go_on_until_over(&mut self, which: impl Fn(&Errand) -> bool) -> Checked {
        let is_open = |errand: &Errand| errand.delivery.is_open() || matches!(errand.delivery, Delivery::Acknowledged { .. });
        let mut owed = self.is_lost;
        for _ in 0..60 {
            let mut asked = self.asked.iter().map(|id| self.open().errand(*id).unwrap());
            if !asked.any(|errand| which(&errand) && is_open(&errand)) && !owed {
                return Ok(());
            }
            owed = false;
            self.now += 400;
            for step in [Step::Send, Step::Deliver(0), Step::Answer(0), Step::BeginReading, Step::Read(0), Step::Apply(0)] {
                self.step(step)?;
            }
            self.snapshots.clear();
        }
        prop_assert!(false, "something never ended: {:?}", self.open().outbox(0, 200));
        Ok(())
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

const fn is_decided(intent: &Intent, request: &Request) -> bool {
    matches!(
        (intent, request.status),
        (Intent::Approve { .. }, PairingStatus::Completed) | (Intent::Deny { .. }, PairingStatus::Denied)
    )
}

fn is_shown(intent: &Intent, listed: &Device) -> bool {
    match intent {
        Intent::Rename { name } => listed.name == name.as_str(),
        Intent::Disable { .. } => listed.status != DeviceStatus::Active,
        Intent::Enable => listed.status == DeviceStatus::Active,
        _ => listed.status == DeviceStatus::Revoked,
    }
}
