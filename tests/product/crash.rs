//! Killing the app in the midst of work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use clawpair_api::{DevicePage, paths};
use clawpair_core::claim::Description;
use clawpair_core::link::PairingLink;
use clawpair_core::rng::{self, SystemRng};
use clawpair_device::{DeviceError, Target, pair};
use clawpair_tests::rest::Caller;
use clawpair_tests::stage::{Desktop, play};
use ed25519_dalek::SigningKey;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

const DEVICES: usize = 200;
/// The app is killed when so many have had their answer…
const KILL_AFTER: usize = 60;
/// …and at most so many are waiting for theirs, so that there are always many of both kinds.
const AT_ONCE: usize = 48;

/// A device that wants to pair, and may have to ask twice.
#[derive(Clone)]
struct Candidate {
    id: String,
    target: Target,
    key: SigningKey,
    idempotency_key: Uuid,
}

impl Candidate {
    /// Claims once; the answer is the id that the platform gave it.
    async fn claim(&self) -> Result<String, DeviceError> {
        let description = Description { platform: "test".into(), ..Description::default() };
        Ok(pair(&self.target, &self.key, self.idempotency_key, &description).await?.device.id)
    }
}

/// All devices of the platform, page by page.
fn devices(caller: &Caller) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut path = paths::DEVICES.to_owned();
    loop {
        let reply = caller.send("GET", &path, None)?;
        ensure!(reply.status == 200, "no list: {reply:?}");
        let page: DevicePage = serde_json::from_value(reply.body)?;
        ids.extend(page.devices.into_iter().map(|device| device.id));
        match page.next {
            Some(next) => path = format!("{}?after={next}", paths::DEVICES),
            None => return Ok(ids),
        }
    }
}

/// Lets all claim, some at once; `on_answer` runs after each that is let in. Returns those that were, and those that were not.
async fn claim_all(
    candidates: Vec<Candidate>,
    on_answer: impl Fn() + Send + Sync + 'static,
) -> Result<(Vec<Candidate>, Vec<Candidate>)> {
    let (places, on_answer) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(on_answer));
    let mut claims = JoinSet::new();
    for candidate in candidates {
        let (places, on_answer) = (Arc::clone(&places), Arc::clone(&on_answer));
        claims.spawn(async move {
            let _place = places.acquire_owned().await;
            let answer = candidate.claim().await;
            if answer.is_ok() {
                on_answer();
            }
            (candidate, answer)
        });
    }
    let (mut joined, mut waiting) = (Vec::new(), Vec::new());
    while let Some(done) = claims.join_next().await {
        match done? {
            (candidate, Ok(id)) => {
                ensure!(id == candidate.id, "{} was let in as {id}", candidate.id);
                joined.push(candidate);
            }
            (candidate, Err(error)) if error.is_passing() => waiting.push(candidate),
            (candidate, Err(error)) => return Err(error).with_context(|| format!("{} was refused", candidate.id)),
        }
    }
    Ok((joined, waiting))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_200_devices_pair_loses_none_that_was_let_in_and_doubles_none() -> Result<()> {
    play("crash", Desktop::WithKeyring, async |stage| {
        let window = stage.open_window().await?;
        let key = window.make_api_key(stage, "Factory script", "developer").await?;
        let line = window.shown_command().await?;
        let address = line.split(['/', ' ']).find(|part| part.starts_with("127.0.0.1:")).context("no address")?.to_owned();
        let caller = Caller::with_key(&address, &key);

        let mut candidates = Vec::new();
        for created in caller.make_codes("Sensor", DEVICES)? {
            stage.secrets.saw_code(&created.code.parse()?);
            let pairing_link: PairingLink = created.link.context("a platform that listens nowhere")?.parse()?;
            stage.secrets.saw_link(&pairing_link);
            candidates.push(Candidate {
                id: created.device_id,
                target: Target { addresses: vec![address.parse()?], ..Target::from(&pairing_link) },
                key: SigningKey::from_bytes(&rng::bytes(&SystemRng)),
                idempotency_key: Uuid::from_bytes(rng::bytes(&SystemRng)),
            });
        }
        let all: BTreeSet<String> = candidates.iter().map(|candidate| candidate.id.clone()).collect();

        let (answers, enough) = (AtomicUsize::new(0), Arc::new(Notify::new()));
        let told = Arc::clone(&enough);
        let claiming = tokio::spawn(claim_all(candidates, move || {
            if answers.fetch_add(1, Ordering::Relaxed) + 1 == KILL_AFTER {
                told.notify_one();
            }
        }));
        enough.notified().await;
        stage.kill_app().await?;
        let (joined, waiting) = claiming.await??;
        ensure!(joined.len() >= KILL_AFTER && !waiting.is_empty(), "{} joined, {} did not", joined.len(), waiting.len());

        let window = stage.open_window().await?;
        let kept = devices(&caller)?;
        for candidate in &joined {
            let times = kept.iter().filter(|id| **id == candidate.id).count();
            ensure!(times == 1, "{} had its answer before the kill and is there {times} times after it.", candidate.id);
        }
        // Some of those that had no answer were let in all the same: they ask again and learn it, the others get in now.
        let (joined, waiting) = claim_all(waiting, || ()).await?;
        ensure!(waiting.is_empty(), "{} devices got in, {} not even after the restart.", joined.len(), waiting.len());
        let kept = devices(&caller)?;
        ensure!(kept.len() == DEVICES, "There are {} devices.", kept.len());
        ensure!(kept.into_iter().collect::<BTreeSet<_>>() == all, "Others than those of the codes are there.");

        window.click("nav-devices").await?;
        let rows = window.rows().await?;
        ensure!(rows.iter().all(|row| all.contains(&row.id)), "The window shows others.");
        stage.close_window().await
    })
    .await
}
