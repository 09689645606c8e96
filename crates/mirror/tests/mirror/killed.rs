//! The program is killed while it applies batches and empties the outbox; what it has said is true when the file is opened again.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use clawpair_api::Device;
use clawpair_core::rng::SystemRng;
use clawpair_mirror::{Answer, Batch, Delivery, DeviceQuery, Extent, Intent, Mirror, MirrorError};

use crate::common::{OneByOne as _, at, device, place, platform, thing};

/// Where the program that is to be killed finds its folder.
const FOLDER: &str = "CLAWPAIR_TEST_KILLED";
const DEVICES: usize = 12;
/// Rounds of each of the two halves, which run side by side.
const ROUNDS: usize = 100;
const NAME: &str = "killed::a_worker_says_nothing_before_it_is_so";

/// Applies batches, asks, sends and settles, and says each thing once it is so: after each, all devices are at one revision.
fn work(mirror: &Mirror, turns: u32, mut say: impl FnMut(String)) -> Result<(), MirrorError> {
    let known = mirror.device(&place("0")).map_or(0, |listed| listed.record.device.revision);
    for revision in known + 1..=known + turns {
        let devices = (0..DEVICES).map(|id| Device { revision, name: format!("r{revision}"), ..device(&id.to_string()) });
        let things = devices.map(thing).collect();
        let extent = Extent::Some { cursor: Some(revision.to_string()) };
        mirror.apply(Batch { platform: platform(), reading: mirror.reading(at(0))?, extent, things })?;
        say(format!("applied {revision}"));
        let name = format!("wish {revision}").parse().unwrap();
        let id = (revision as usize % DEVICES).to_string();
        let errand = mirror.ask(&place(&id), &Intent::Rename { name }, at(0), &SystemRng)?;
        say(format!("asked {} {}", errand.id, errand.idempotency_key));
        // What an earlier life left goes first, as in the program.
        while let Some(sent) = mirror.take_due(&platform(), at(0))? {
            say(format!("sent {} {}", sent.id, sent.idempotency_key));
            mirror.settle(sent.id, sent.attempts, Answer::Done { revision: None }, at(1), &SystemRng)?;
            say(format!("acknowledged {} {}", sent.id, sent.idempotency_key));
        }
    }
    Ok(())
}

fn open(folder: &Path) -> Mirror {
    let mirror = Mirror::open(&folder.join("mirror.db")).unwrap();
    mirror.enter_platform(&platform(), &"Platform".parse().unwrap()).unwrap();
    mirror
}

/// Without a folder to work in until it is killed, it works a few turns and ends.
#[test]
fn a_worker_says_nothing_before_it_is_so() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let mut out = std::io::stdout();
        let say = |line: String| writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
        return work(&open(Path::new(&folder)), u32::MAX / 2, say).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let (mirror, mut said) = (open(folder.path()), Said::default());
    work(&mirror, 5, |line| {
        said.hear(&line);
        said.holds(&mirror);
    })
    .unwrap();
    assert_eq!((said.keys.len(), said.acknowledged.len(), said.applied), (5, 5, 5));
}

/// What the programs have said so far.
#[derive(Default)]
struct Said {
    applied: u32,
    keys: HashMap<i64, String>,
    acknowledged: Vec<i64>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let mut words = line.split(' ');
        let (Some(what), Some(Ok(number))) = (words.next(), words.next().map(str::parse::<i64>)) else { return };
        match (what, words.next()) {
            ("applied", None) => self.applied = u32::try_from(number).unwrap(),
            ("asked" | "sent" | "acknowledged", Some(key)) => {
                let known = self.keys.entry(number).or_insert_with(|| key.to_owned());
                assert_eq!(known, key, "{number} went out under another key");
                if what == "acknowledged" {
                    self.acknowledged.push(number);
                }
            }
            _ => {}
        }
    }

    fn holds(&self, mirror: &Mirror) {
        let listed = mirror.devices(&DeviceQuery { limit: 100, ..DeviceQuery::default() }).unwrap().devices;
        let revisions: Vec<u32> = listed.iter().map(|listed| listed.record.device.revision).collect();
        assert!(revisions.windows(2).all(|pair| pair[0] == pair[1]), "half a batch: {revisions:?}");
        assert!(revisions.first().is_none_or(|revision| *revision >= self.applied), "{revisions:?} after {}", self.applied);
        assert_eq!(mirror.summary(None).unwrap().active, i64::try_from(listed.len()).unwrap());
        let cursor = mirror.platforms().unwrap().remove(0).cursor;
        assert_eq!(cursor, revisions.first().map(ToString::to_string));
        for (id, key) in &self.keys {
            assert_eq!(mirror.errand(*id).unwrap().idempotency_key, *key);
        }
        for id in &self.acknowledged {
            let errand = mirror.errand(*id).unwrap();
            let kept =
                matches!(errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. } | Delivery::Failed { .. });
            assert!(kept && errand.acknowledged_at.is_some(), "{errand:?}");
        }
    }
}

fn kill_again_and_again(first: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    for round in 0..ROUNDS {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
        // The header of the test program is three lines.
        for line in lines.by_ref().take(4 + (first + round * 7) % 23) {
            said.hear(&line.unwrap());
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        // What it said before it was killed counts, and only half a line may be missing.
        lines.map_while(Result::ok).filter(|line| is_whole(line)).for_each(|line| said.hear(&line));
        said.holds(&open(folder.path()));
    }
    let db = rusqlite::Connection::open(folder.path().join("mirror.db")).unwrap();
    let found: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    db.execute("INSERT INTO device_search (device_search, rank) VALUES ('integrity-check', 0)", []).unwrap();
    assert!(said.applied > 0);
}

/// A number may be cut and still be one, so only what ends with a key is whole for sure.
fn is_whole(line: &str) -> bool {
    line.rsplit(' ').next().is_some_and(|key| key.len() == 64)
}

#[test]
fn what_was_said_is_so_after_a_hundred_kills() {
    kill_again_and_again(0);
}

#[test]
fn what_was_said_is_so_after_a_hundred_other_kills() {
    kill_again_and_again(11);
}
