//! Killing the server in the midst of work, again and again.

use std::collections::{BTreeMap, BTreeSet};

use clawpair_api::PairingCodeCreated;
use clawpair_core::claim::Description;
use clawpair_core::rng::{self, SystemRng};
use clawpair_core::store::Activity;
use clawpair_device::{DeviceError, Target, pair};
use clawpair_store::{SqliteStore, verify_activity};
use ed25519_dalek::SigningKey;
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::server::{Server, exchange, folder, form, target};

const ROUNDS: usize = 200;
/// Claims and code requests that are under way at once in each round.
const AT_ONCE: usize = 6;

/// A device in the midst of pairing.
#[derive(Clone)]
struct Claimant {
    id: String,
    target: Target,
    key: SigningKey,
    attempt: Uuid,
}

impl Claimant {
    fn of(created: &PairingCodeCreated) -> Self {
        let (key, attempt) = (SigningKey::from_bytes(&rng::bytes(&SystemRng)), Uuid::from_bytes(rng::bytes(&SystemRng)));
        Self { id: created.device_id.clone(), target: target(created), key, attempt }
    }

    async fn claim(&self) -> Result<String, DeviceError> {
        Ok(pair(&self.target, &self.key, self.attempt, &Description::default()).await?.device.id)
    }
}

/// What came of something under way when the server was killed, or before.
enum Outcome {
    Joined(Claimant),
    Unanswered(Claimant),
    Code(Box<PairingCodeCreated>),
    NoCode,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_200_times_it_loses_nothing_it_acknowledged_and_doubles_nothing() {
    let (_folder, data, key) = folder();
    let mut server = Server::start(&data);
    let place = server.address().to_string();
    let mut joined = BTreeSet::new();
    let mut unanswered: Vec<Claimant> = Vec::new();
    let mut codes: Vec<PairingCodeCreated> = Vec::new();
    for _ in 0..AT_ONCE {
        codes.push(server.code(&key).await);
    }
    for _ in 0..ROUNDS {
        let claimants: Vec<Claimant> = codes.drain(..).map(|created| Claimant::of(&created)).collect();
        let (mut outcomes, answers) = work(&server, &key, claimants);
        let kill_after = usize::from(rng::bytes::<1>(&SystemRng)[0]) % (2 * AT_ONCE + 1);
        answered(answers, kill_after).await;
        server.signal("KILL");
        server.ended();
        server = Server::start_with(&data, &["--listen", &place]);
        // Whoever has no answer asks again, and gets in by the same claim.
        for claimant in unanswered.drain(..) {
            assert_eq!(claimant.claim().await.unwrap(), claimant.id);
            assert!(joined.insert(claimant.id), "nobody joins twice");
        }
        while let Some(outcome) = outcomes.join_next().await {
            match outcome.unwrap() {
                Outcome::Joined(claimant) => assert!(joined.insert(claimant.id)),
                Outcome::Unanswered(claimant) => unanswered.push(claimant),
                Outcome::Code(created) => codes.push(*created),
                Outcome::NoCode => {}
            }
        }
        while codes.len() < AT_ONCE {
            codes.push(server.code(&key).await);
        }
    }
    for claimant in unanswered {
        assert_eq!(claimant.claim().await.unwrap(), claimant.id);
        assert!(joined.insert(claimant.id));
    }
    // A code that was given out just before a kill still lets its device in.
    for created in codes {
        assert!(joined.insert(Claimant::of(&created).claim().await.unwrap()));
    }
    let listed = devices(&server, &key).await;
    assert!(listed.values().all(|&times| times == 1));
    assert_eq!(listed.into_keys().collect::<BTreeSet<_>>(), joined);
    let database = data.join("platform.db");
    verify_activity(&database).unwrap().unwrap();
    let entries = SqliteStore::open(&database).unwrap().activity(0, usize::MAX).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.action == "pairing_completed").count(), joined.len());
}

/// Lets all of them claim, and as many new codes be made, each on a connection of its own.
fn work(server: &Server, key: &str, claimants: Vec<Claimant>) -> (tokio::task::JoinSet<Outcome>, mpsc::UnboundedReceiver<()>) {
    let (answer, answers) = mpsc::unbounded_channel();
    let mut outcomes = tokio::task::JoinSet::new();
    for claimant in claimants {
        let answer = answer.clone();
        outcomes.spawn(async move {
            let claimed = claimant.claim().await;
            let _ = answer.send(());
            match claimed {
                Ok(id) => {
                    assert_eq!(id, claimant.id);
                    Outcome::Joined(claimant)
                }
                Err(DeviceError::Unreachable { .. } | DeviceError::AnswerLost { .. }) => Outcome::Unanswered(claimant),
                Err(other) => panic!("{other}"),
            }
        });
    }
    for _ in 0..AT_ONCE {
        let (answer, key) = (answer.clone(), key.to_owned());
        let (address, pin) = (server.address(), server.pin.unwrap());
        outcomes.spawn(async move {
            let made = make_code(address, pin, &key).await;
            let _ = answer.send(());
            made.map_or(Outcome::NoCode, |created| Outcome::Code(Box::new(created)))
        });
    }
    (outcomes, answers)
}

async fn make_code(
    address: clawpair_core::link::Address,
    pin: clawpair_core::pin::ServerPin,
    key: &str,
) -> Option<PairingCodeCreated> {
    let host = address.to_string();
    let connection = clawpair_device::connection::Connection::open(&[address], pin).await.ok()?;
    let call = tokio::spawn({
        let key = key.to_owned();
        async move { exchange(connection.stream, &host, &key, "POST", "/api/v1/devices/pairing-codes", &form()).await }
    });
    // No answer is one that was lost with the server.
    let (status, created) = call.await.ok()?;
    (status == 201).then(|| serde_json::from_value(created).ok()).flatten()
}

async fn answered(mut answers: mpsc::UnboundedReceiver<()>, wanted: usize) {
    for _ in 0..wanted {
        if answers.recv().await.is_none() {
            return;
        }
    }
}

async fn devices(server: &Server, key: &str) -> BTreeMap<String, usize> {
    let (mut seen, mut path) = (BTreeMap::new(), "/api/v1/devices?limit=100".to_owned());
    loop {
        let (status, page) = server.call(key, "GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{page}");
        for device in page["devices"].as_array().unwrap() {
            *seen.entry(device["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/devices?limit=100&after={next}"),
            None => return seen,
        }
    }
}
