//! A store on a file, the model beside it, and what must hold of both after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::claim::ClaimSecret;
use clawpair_core::device::DeviceChange;
use clawpair_core::id::DeviceId;
use clawpair_core::key::DeviceKey;
use clawpair_core::pairing::PairingStatus;
use clawpair_core::permission::Permissions;
use clawpair_core::request::{Decided, Decision, InvalidDecision, Seen};
use clawpair_core::store::{
    Claim, ClaimOutcome, DeviceCounts, DeviceOrder, DeviceOutcome, DeviceQuery, Devices, PairingQuery, Pairings, RequestFilter,
    Requests, Standing,
};
use clawpair_store::{SqliteStore, verify_activity};
use ed25519_dalek::SigningKey;

use super::Secret;
use super::fixtures::{NOON, Opened, by_code, by_link, claim, open_pairing, wrong_code};
use super::model::{Answer, Model};

/// More than any sequence of steps makes.
const ALL: usize = 100;

pub struct Platform {
    file: PathBuf,
    /// `None` only while it restarts.
    store: Option<SqliteStore>,
    now: Timestamp,
    opened: Vec<Opened>,
    model: Model,
    /// Pairings that were once seen expired, cancelled or denied.
    ended: BTreeSet<usize>,
    /// Devices that were once seen revoked.
    revoked: BTreeSet<DeviceId>,
    _folder: tempfile::TempDir,
}

impl Platform {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platform.db");
        Self {
            store: Some(SqliteStore::open(&file).unwrap()),
            file,
            now: NOON,
            opened: Vec::new(),
            model: Model::default(),
            ended: BTreeSet::new(),
            revoked: BTreeSet::new(),
            _folder: folder,
        }
    }

    fn store(&self) -> &SqliteStore {
        self.store.as_ref().expect("open")
    }

    pub fn restart(&mut self) {
        self.store = None;
        self.store = Some(SqliteStore::open(&self.file).unwrap());
    }

    pub fn wait(&mut self, minutes: u32) {
        self.now = self.now.plus_minutes(minutes);
    }

    /// One of the pairings there are.
    fn pick(&self, nth: usize) -> usize {
        nth % self.opened.len()
    }

    pub async fn open(&mut self, ask_first: bool) {
        let opened = open_pairing(self.store(), self.now, ask_first).await;
        self.model.opened(opened.code.locator().number(), ask_first, opened.pairing.expires_at);
        self.opened.push(opened);
    }

    pub async fn claim(&mut self, nth: usize, secret: Secret, key: u8) {
        let nth = self.pick(nth);
        let shown = self.shown(&self.opened[nth], secret, key);
        let expected = self.model.claim(nth, secret, key, self.now);
        let outcome = self.store().claim(shown).await.unwrap();
        if matches!(outcome, ClaimOutcome::Paired { repeated: false, .. }) {
            assert!(!self.ended.contains(&nth), "a device came in by a pairing that had ended");
        }
        assert_eq!(self.answer(outcome), expected);
    }

    fn shown(&self, opened: &Opened, secret: Secret, key: u8) -> Claim {
        match secret {
            Secret::Link => by_link(opened, key, self.now),
            Secret::Code => by_code(opened, key, self.now),
            Secret::WrongCode => claim(ClaimSecret::Code(wrong_code(opened)), key, self.now),
        }
    }

    fn answer(&self, outcome: ClaimOutcome) -> Answer {
        match outcome {
            ClaimOutcome::Paired { repeated, .. } => Answer::Joined { repeated },
            ClaimOutcome::Waiting { first, .. } => Answer::Waiting { first },
            ClaimOutcome::Refused { reason, .. } => Answer::Refused(reason),
            ClaimOutcome::ShutOut(device) => Answer::ShutOut(Standing::of(&device)),
            ClaimOutcome::Unknown { charged } => {
                let nth = |id| self.opened.iter().position(|opened| opened.pairing.id == id).unwrap();
                Answer::Unknown(charged.into_iter().map(|pairing| (nth(pairing.id), pairing.wrong_guesses)).collect())
            }
        }
    }

    pub async fn cancel(&mut self, nth: usize) {
        let nth = self.pick(nth);
        let expected = self.model.cancel(nth, self.now);
        let outcome = self.store().cancel_pairing(self.opened[nth].pairing.id, Actor::Owner, self.now).await.unwrap();
        assert_eq!(outcome.expect("it was made").map(drop), expected);
    }

    pub async fn approve(&mut self, nth: usize, seen: u8) {
        let nth = self.pick(nth);
        let expected = self.model.approve(nth, seen, self.now);
        let permissions = Permissions::parse(&["sensor:read"]).unwrap();
        let outcome = self.decide(nth, Decision::Approve(Seen { key: *device_key(seen).as_bytes(), permissions })).await;
        assert_eq!(outcome, expected);
    }

    pub async fn deny(&mut self, nth: usize) {
        let nth = self.pick(nth);
        let expected = self.model.deny(nth, self.now);
        assert_eq!(self.decide(nth, Decision::Deny(None)).await, expected);
    }

    async fn decide(&self, nth: usize, decision: Decision) -> Option<Result<bool, InvalidDecision>> {
        let id = self.opened[nth].pairing.id;
        let outcome = self.store().decide_request(id, decision, Actor::Owner, self.now).await.unwrap();
        outcome.map(|decided| decided.map(|decided| matches!(decided, Decided::Now(_))))
    }

    pub async fn stand(&mut self, nth: usize, wanted: Standing) {
        let nth = self.pick(nth);
        let change = match wanted {
            Standing::Active => DeviceChange::Enable,
            Standing::Disabled => DeviceChange::Disable { reason: None },
            Standing::Revoked => DeviceChange::Revoke { reason: None },
        };
        let expected = self.model.stand(nth, wanted);
        let order = DeviceOrder { change, expected: None, by: Actor::Owner, at: self.now };
        match self.store().change_device(self.opened[nth].pairing.device_id, order).await.unwrap() {
            DeviceOutcome::Changed(device) => assert_eq!(Some((Standing::of(&device), true)), expected),
            DeviceOutcome::Unchanged(device) => assert_eq!(Some((Standing::of(&device), false)), expected),
            DeviceOutcome::Refused(reason) => assert_eq!(Some((Standing::Revoked, false)), expected, "{reason}"),
            DeviceOutcome::Unknown => assert_eq!(None, expected),
        }
    }

    pub async fn hear(&mut self, nth: usize) {
        let nth = self.pick(nth);
        let heard = self.store().touch_device(self.opened[nth].pairing.device_id, "192.0.2.7".into(), self.now).await.unwrap();
        assert_eq!(heard.is_some(), matches!(self.model.device(nth), Some((_, Standing::Active))));
    }

    pub async fn keeps_its_promises(&mut self) {
        self.pairings_are_the_models().await;
        self.devices_are_the_models().await;
    }

    async fn pairings_are_the_models(&mut self) {
        let mut stored = BTreeMap::new();
        for pairing in self.store().pairings(&PairingQuery::newest(ALL, self.now)).await.unwrap().items {
            stored.insert(pairing.id, (pairing.status(self.now), pairing.wrong_guesses));
        }
        assert_eq!(stored.len(), self.model.len());
        for (nth, opened) in self.opened.iter().enumerate() {
            let status = self.model.status(nth, self.now);
            assert_eq!(stored[&opened.pairing.id], (status, self.model.guesses(nth)), "pairing {nth}");
            if matches!(status, PairingStatus::Expired | PairingStatus::Cancelled | PairingStatus::Denied) {
                self.ended.insert(nth);
            }
        }
        let open = self.store().pairings(&PairingQuery::open(ALL, self.now)).await.unwrap().items;
        let waiting = self.store().requests(RequestFilter::WaitingAt(self.now), None, ALL).await.unwrap().items;
        let with =
            |wanted| stored.iter().rev().filter(move |(_, (status, _))| *status == wanted).map(|(&id, _)| id).collect::<Vec<_>>();
        assert_eq!(open.iter().map(|pairing| pairing.id).collect::<Vec<_>>(), with(PairingStatus::Open));
        assert_eq!(waiting.iter().map(|request| request.pairing.id).collect::<Vec<_>>(), with(PairingStatus::Waiting));
    }

    async fn devices_are_the_models(&mut self) {
        let listed = self.store().devices(&DeviceQuery::newest(ALL)).await.unwrap().items;
        let (mut stored, mut counts) = (BTreeMap::new(), DeviceCounts::default());
        for device in &listed {
            let standing = Standing::of(device);
            match standing {
                Standing::Active => counts.active += 1,
                Standing::Disabled => counts.disabled += 1,
                Standing::Revoked => counts.revoked += 1,
            }
            assert!(standing == Standing::Revoked || !self.revoked.contains(&device.id), "a revoked device came back");
            assert_eq!(stored.insert(device.id, (device.key, standing)), None, "one device for each pairing at most");
        }
        let mut expected = BTreeMap::new();
        for (nth, opened) in self.opened.iter().enumerate() {
            if let Some((key, standing)) = self.model.device(nth) {
                expected.insert(opened.pairing.device_id, (device_key(key), standing));
            }
        }
        assert_eq!(stored, expected);
        assert_eq!(self.store().device_counts().await.unwrap(), counts);
        self.revoked.extend(listed.iter().filter(|device| Standing::of(device) == Standing::Revoked).map(|device| device.id));
    }

    pub fn log_is_whole(&self) {
        let verified = verify_activity(&self.file).unwrap().unwrap();
        assert!(verified.last.number >= i64::try_from(self.opened.len()).unwrap(), "each pairing at least was written down");
    }
}

fn device_key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes(SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes()).unwrap()
}
