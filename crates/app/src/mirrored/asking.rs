//! Asking for a change: it is on file before it goes out, and whoever asked waits for the platform's answer while it is connected.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use clawpair_mirror::{Choice, Delivery, Errand, Intent, MirrorError, Place, Wish};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::delivering::Outcome;
use super::upkeep::Shared;
use crate::platform::Answer;
use crate::view::Refusal;
use crate::view::platform::PlatformKind;

/// How long whoever asked waits for the answer. What takes longer is shown as on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of asking.
pub(super) enum Asked {
    /// It is on file, and this is how far it has come: one for each wish.
    Kept(Vec<Arc<Outcome>>),
    /// It cannot be kept: there is no such thing on file, or the file cannot be written. The platform itself may still be asked.
    NotKept(MirrorError),
}

impl Shared {
    /// Asks for these things of this platform, and sends them if it is connected.
    pub(super) async fn ask(&self, wishes: Vec<Wish>) -> Answer<Asked> {
        let mut outcomes = self.outcomes.subscribe();
        let asked = match self.keep(wishes.clone()).await? {
            // A thing that has only just come may be on its way here.
            Err(MirrorError::NotFound(_)) if self.is_connected() && self.read_on().await.is_ok() => self.keep(wishes).await?,
            asked => asked,
        };
        let errands = match asked {
            Ok(errands) => errands,
            Err(why) => return Ok(Asked::NotKept(why)),
        };
        let connected = self.is_connected();
        if !connected || self.kind != PlatformKind::Embedded {
            self.tell_outbox().await;
        }
        let mut came: HashMap<i64, Arc<Outcome>> = HashMap::new();
        if connected {
            let answered = async {
                let round = self.round();
                tokio::pin!(round);
                // What a server answered is in its lists already. The platform inside the app is done with it at the end of the round, and a
                // gateway's lists show it after the look that ends one.
                let waits = |came: &HashMap<i64, Arc<Outcome>>| {
                    self.kind != PlatformKind::Server || errands.iter().any(|errand| !came.contains_key(&errand.id))
                };
                while waits(&came) {
                    tokio::select! {
                        () = &mut round => break,
                        outcome = outcomes.recv() => match outcome {
                            Ok(outcome) => drop(came.insert(outcome.errand.id, outcome)),
                            Err(RecvError::Lagged(_)) => {}
                            Err(RecvError::Closed) => break,
                        },
                    }
                }
                while let Ok(outcome) = outcomes.try_recv() {
                    came.insert(outcome.errand.id, outcome);
                }
            };
            // What takes longer goes on without anybody who waits.
            let _ = timeout(PATIENCE, answered).await;
        }
        let kept = errands
            .into_iter()
            .map(|errand| came.remove(&errand.id).unwrap_or_else(|| Arc::new(Outcome { errand, thing: None, why: None })));
        let kept: Vec<_> = kept.collect();
        self.leave_what_was_answered(&kept).await;
        Ok(Asked::Kept(kept))
    }

    async fn keep(&self, wishes: Vec<Wish>) -> Answer<Result<Vec<Errand>, MirrorError>> {
        let (now, rng) = (self.clock.now(), Arc::clone(self.outbox.rng()));
        self.on_file(move |mirror| Ok(mirror.ask_all(&wishes, now, rng.as_ref()))).await
    }

    /// Who has just read the platform's refusal need not decide about it once more. A device that is not revoked although somebody wants it
    /// to be stays in the outbox, unless it is gone.
    async fn leave_what_was_answered(&self, kept: &[Arc<Outcome>]) {
        let is_over = |errand: &Errand| match &errand.delivery {
            Delivery::Failed { conflict, .. } => !errand.intent.revokes() || *conflict == clawpair_mirror::Conflict::Gone,
            _ => false,
        };
        let ids: Vec<i64> = kept.iter().filter(|kept| is_over(&kept.errand)).map(|kept| kept.errand.id).collect();
        if ids.is_empty() {
            return;
        }
        let (now, rng) = (self.clock.now(), Arc::clone(self.outbox.rng()));
        let left = self.on_file(move |mirror| {
            ids.into_iter().try_for_each(|id| mirror.choose(id, Choice::Leave, now, rng.as_ref()).map(drop))
        });
        if let Err(why) = left.await {
            tracing::warn!(%why, "what was refused stays in the outbox");
        }
        self.tell_outbox().await;
    }

    /// Something to ask for.
    pub(super) fn wish(&self, id: &str, intent: Intent, seen: Option<u32>) -> Wish {
        Wish { place: Place { platform: self.id.clone(), id: id.to_owned() }, intent, seen }
    }
}

impl Outcome {
    /// Why it was not done, if that is known already and trying again by itself does not help.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match &self.errand.delivery {
            Delivery::Failed { conflict, .. } => Some(self.why.clone().unwrap_or_else(|| {
                Refusal::new(
                    "not_done",
                    conflict.sentence(),
                    "Look at the list again, and ask for it once more if you still want it.",
                )
            })),
            Delivery::Expired { .. } => {
                let hint = "If the device should be let in, let it ask again.";
                Some(Refusal::new("request_expired", "The request has expired before this could be sent.", hint))
            }
            _ => None,
        }
    }
}
