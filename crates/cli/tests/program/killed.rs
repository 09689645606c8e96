//! The command is killed in the midst of reading and sending, again and again. What it kept is true whenever somebody looks, and what was
//! asked for has happened on the server exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use clawpair_api::DeviceStatus;
use clawpair_client::{Client, Credential, Patience, Server, Trust};
use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::rng::{self, SystemRng};
use clawpair_mirror::{Delivery, Errand, Intent, Mirror};
use rusqlite::{Connection, OpenFlags};

use crate::desk::Desk;
use crate::stage::said;

/// So often each quarter is killed; all four are run side by side.
const KILLS: u32 = 50;
/// Devices of which one is revoked in every fifth round; the others are renamed.
const DEVICES: u8 = 13;
/// A whole run writes about so often.
const WRITES: u64 = 24;

/// Numbers that a seed determines.
struct Dice(u64);

impl Dice {
    /// `CLAWPAIR_TEST_SEED` repeats a run.
    fn new() -> Self {
        let given = std::env::var("CLAWPAIR_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from_be_bytes(rng::bytes(&SystemRng)));
        println!("CLAWPAIR_TEST_SEED={seed}");
        Self(seed | 1)
    }

    /// One of so many (xorshift64).
    fn of(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % count
    }
}

/// What was asked for, and what was seen of it so far.
#[derive(Default)]
struct Told {
    errands: Vec<i64>,
    acknowledged: BTreeSet<i64>,
    verified: BTreeSet<i64>,
    kills: u32,
}

impl Told {
    fn ask(&mut self, desk: &Desk, mirror: &Mirror, device: &str, intent: &Intent) {
        let errand = mirror.ask(&desk.place(device), intent, SystemClock.now(), &SystemRng).unwrap();
        self.errands.push(errand.id);
    }

    /// What is on file holds, and does not take anything back.
    async fn holds(&mut self, mirror: &Mirror, server: &Client) {
        mirror.verify_journal().unwrap().unwrap();
        let errands: Vec<Errand> = self.errands.iter().map(|&id| mirror.errand(id).unwrap()).collect();
        for errand in &errands {
            let over = match &errand.delivery {
                Delivery::Queued { .. } | Delivery::Sent { .. } => false,
                // A name that was given is overtaken by the next one, and what was not, by a revocation.
                Delivery::Overtaken { .. } if errand.acknowledged_at.is_some() => true,
                Delivery::Overtaken { .. } if is_to_be_out(errand, &errands) => false,
                Delivery::Acknowledged { .. } | Delivery::Verified { .. } | Delivery::Withdrawn { .. } => true,
                Delivery::Failed { .. } | Delivery::Expired { .. } | Delivery::Overtaken { .. } | Delivery::Abandoned { .. } => {
                    panic!("nobody else changes anything: {errand:?}")
                }
            };
            assert!(over || !self.acknowledged.contains(&errand.id), "what was acknowledged is lost: {errand:?}");
            if over {
                self.acknowledged.insert(errand.id);
            }
            let verified = matches!(errand.delivery, Delivery::Verified { .. });
            assert!(verified || !self.verified.contains(&errand.id), "what was verified is lost: {errand:?}");
            if verified && self.verified.insert(errand.id) {
                is_so(errand, &errands, server).await;
            }
        }
    }
}

/// Whether the same device was to be revoked later, which what was asked before does not hold up.
fn is_to_be_out(errand: &Errand, all: &[Errand]) -> bool {
    all.iter().any(|other| other.intent.revokes() && other.place == errand.place && other.id > errand.id)
}

/// What is said to be verified is so on the server.
async fn is_so(errand: &Errand, all: &[Errand], server: &Client) {
    let device = server.device(&errand.place.id).await.unwrap();
    match &errand.intent {
        Intent::Revoke { .. } => assert_eq!(device.status, DeviceStatus::Revoked, "{errand:?}"),
        Intent::Rename { name } => {
            let later = all.iter().any(|other| other.place == errand.place && other.id > errand.id && other.attempts > 0);
            assert!(later || device.name == name.as_str(), "{} is not {errand:?}", device.name);
        }
        other => panic!("nobody asked for {other:?}"),
    }
}

fn server(desk: &Desk) -> Client {
    let trust = Trust::Pinned(desk.stage.pin.parse().unwrap());
    let address = desk.stage.url.parse().unwrap();
    let server = Server { address, trust, patience: Patience::default(), rng: Arc::new(SystemRng) };
    Client::remote(server).unwrap().with(Credential::ApiKey(desk.stage.key.parse().unwrap()))
}

/// Runs the command until it has written so often, and kills it then. Whether it was killed.
fn killed_after(desk: &Desk, file: &Connection, writes: u64) -> bool {
    let version = || -> i64 { file.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap() };
    let mut command = desk.command(&["sync", "--platform", "Office"]);
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let (mut known, mut seen) = (version(), 0);
    while seen < writes && child.try_wait().unwrap().is_none() {
        let now = version();
        seen += u64::from(now != known);
        known = now;
        std::thread::yield_now();
    }
    child.kill().unwrap();
    // One that had ended by itself was not killed.
    child.wait().unwrap().code().is_none()
}

async fn kill_again_and_again() {
    let (desk, mut dice, mut told) = (Desk::new().await, Dice::new(), Told::default());
    let mut devices = Vec::new();
    for key in 1..=DEVICES {
        devices.push(desk.joins("Sensor", key).await);
    }
    said(&mut desk.command(&["sync"]));
    let server = server(&desk);
    let path = desk.mirror().path().to_owned();
    let file = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut let_in = devices.clone();
    // A run that ends by itself before it is killed is a round, too.
    for round in 0.. {
        assert!(round < 3 * KILLS, "only {} of {round} were killed in their midst", told.kills);
        let mirror = desk.mirror();
        if round % 5 == 4 && let_in.len() > 2 {
            let device = let_in.swap_remove(usize::try_from(dice.of(let_in.len() as u64)).unwrap());
            told.ask(&desk, &mirror, &device, &Intent::Revoke { reason: None });
        }
        for part in 0..2 {
            let device = &let_in[usize::try_from(dice.of(let_in.len() as u64)).unwrap()];
            let name = format!("Round {round} {part}").parse().unwrap();
            told.ask(&desk, &mirror, device, &Intent::Rename { name });
        }
        // Whoever comes next is alone and puts back what was under way.
        drop(mirror);
        told.kills += u32::from(killed_after(&desk, &file, dice.of(WRITES)));
        told.holds(&desk.mirror(), &server).await;
        if told.kills == KILLS {
            break;
        }
    }
    said(&mut desk.command(&["sync"]));
    told.holds(&desk.mirror(), &server).await;
    everything_happened_once(&desk, &told, &server).await;
    let found: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

/// By the server's own log.
async fn everything_happened_once(desk: &Desk, told: &Told, server: &Client) {
    let mirror = desk.mirror();
    assert_eq!(mirror.outbox_counts().unwrap().not_yet_revoked, 0);
    let mut asked: BTreeMap<(String, &str), RangeInclusive<usize>> = BTreeMap::new();
    for &id in &told.errands {
        let errand = mirror.errand(id).unwrap();
        let is_acknowledged = errand.acknowledged_at.is_some() && told.acknowledged.contains(&id);
        assert!(is_acknowledged || matches!(errand.delivery, Delivery::Overtaken { .. }), "{errand:?}");
        let action = if errand.intent.revokes() { "device_revoked" } else { "device_edited" };
        let times = asked.entry((errand.place.id, action)).or_insert(0..=0);
        // What was overtaken on its way may have arrived, and what never set out has not.
        *times = times.start() + usize::from(is_acknowledged)..=times.end() + usize::from(is_acknowledged || errand.attempts > 0);
    }
    let mut happened: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut before = None;
    loop {
        let place = [("limit", Some("100".to_owned())), ("after", before.map(|number: i64| number.to_string()))];
        let page = server.activity(place.into_iter().filter_map(|(name, value)| Some((name, value?)))).await.unwrap();
        for entry in page.entries {
            if let Some(action) = ["device_edited", "device_revoked"].into_iter().find(|action| entry.action == *action) {
                *happened.entry((entry.subjects[0].id.clone(), action)).or_default() += 1;
            }
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert!(happened.keys().all(|what| asked.contains_key(what)), "{happened:?} is not what was asked for: {asked:?}");
    for (what, times) in asked {
        let happened = happened.get(&what).copied().unwrap_or(0);
        assert!(times.contains(&happened), "{what:?} happened {happened} times, and should {times:?} times");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_happens_once_however_often_the_command_is_killed() {
    kill_again_and_again().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_happens_once_in_a_second_quarter_of_the_rounds() {
    kill_again_and_again().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_happens_once_in_a_third_quarter_of_the_rounds() {
    kill_again_and_again().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_happens_once_in_the_last_quarter_of_the_rounds() {
    kill_again_and_again().await;
}
