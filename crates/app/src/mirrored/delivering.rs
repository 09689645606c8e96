//! Sending what was asked for, and seeing that it was done.

use std::sync::Arc;
use std::time::Duration;

use clawpair_api::DeviceStatus;
use clawpair_mirror::{self as mirror, Batch, Delivery, Errand, Extent, Mirror, Thing};
use futures_util::future::ready;
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

use super::records::{thing_of_device, thing_of_request};
use super::upkeep::Shared;
use crate::platform::Answer;
use crate::platform::delivering::{Changed, Delivered};
use crate::view::Refusal;
use crate::view::platform::{PlatformDevice, PlatformKind};

/// Errands that are taken in one transaction.
const TOGETHER: usize = 32;
/// Of these, those that are on their way to a platform of ours side by side; it writes them together.
const SIDE_BY_SIDE: usize = 8;
/// Longest time after which somebody looks whether there is something to send: another program may have asked for it.
pub(super) const LONGEST: Duration = Duration::from_secs(5);
/// Shortest, whatever the clocks say.
const SHORTEST: Duration = Duration::from_millis(100);

/// Whoever waits for the end of a round that has not begun yet; it is dropped then.
pub(super) type RoundOver = oneshot::Sender<()>;

/// What came of an attempt, for whoever waits for it.
#[derive(Clone)]
pub(super) struct Outcome {
    pub(super) errand: Errand,
    pub(super) thing: Option<Changed>,
    pub(super) why: Option<Refusal>,
}

/// Sends whenever something is due and the platform is connected.
pub(super) async fn keep_delivering(
    shared: Arc<Shared>,
    mut calls: mpsc::UnboundedReceiver<RoundOver>,
    mut asked: watch::Receiver<()>,
) {
    // Why the round before failed: the next is not made at once, and it is said once.
    let mut failed: Option<Refusal> = None;
    loop {
        let wait = if failed.is_some() { LONGEST } else { shared.until_due().await };
        let mut waiting = Vec::new();
        tokio::select! {
            call = calls.recv() => match call {
                Some(call) => waiting.push(call),
                None => return,
            },
            changed = asked.changed() => if changed.is_err() { return },
            () = shared.reached.notified() => {}
            () = sleep(wait) => {}
        }
        while let Ok(call) = calls.try_recv() {
            waiting.push(call);
        }
        let why = shared.deliver_due().await.err();
        if let Some(why) = why.as_ref().filter(|why| failed.as_ref() != Some(*why)) {
            tracing::warn!(platform = %shared.id, %why, "what was asked for could not be sent");
        }
        failed = why;
        drop(waiting);
    }
}

impl Shared {
    /// Whether anything may be sent now.
    fn may_send(&self) -> bool {
        self.is_connected() && self.left_alone().is_none()
    }

    /// How long there is nothing to do: until something is due or, where nothing may be sent, ends.
    pub(super) async fn until_due(&self) -> Duration {
        let (id, sends, now) = (self.id.clone(), self.may_send(), self.clock.now());
        let next = move |mirror: &Mirror| if sends { mirror.next_due(&id, now) } else { mirror.next_to_expire(&id) };
        let due = self.on_file(next).await.ok().flatten();
        let left = due.map(|due| due.as_millis() - now.as_millis());
        let wait = left.map_or(LONGEST, |left| Duration::from_millis(u64::try_from(left).unwrap_or(0)).clamp(SHORTEST, LONGEST));
        self.left_alone().map_or(wait, |left| left.min(wait))
    }

    /// What was not decided in time ends, though nothing may be sent.
    async fn expire(&self) -> Answer<()> {
        let (id, now) = (self.id.clone(), self.clock.now());
        let due = self.on_file(move |mirror| mirror.next_to_expire(&id)).await?;
        let id = self.id.clone();
        if due.is_some_and(|due| due <= now) && self.write(move |mirror| mirror.expire(&id, now)).await? {
            self.tell_outbox().await;
        }
        Ok(())
    }

    /// One round: sends all that is due, and reads afterwards whether it was done.
    async fn deliver_due(&self) -> Answer<()> {
        if !self.may_send() {
            return self.expire().await;
        }
        let (mut acknowledged, mut sent) = (false, false);
        loop {
            let (id, now) = (self.id.clone(), self.clock.now());
            let taken = self.write(move |mirror| mirror.take_several(&id, TOGETHER, now)).await?;
            if taken.is_empty() {
                break;
            }
            sent = true;
            acknowledged |= self.deliver(taken).await?;
            if !self.may_send() {
                break;
            }
        }
        if acknowledged {
            // What it says is kept with the platform's state; what is not seen yet is looked for with each later reading.
            let _ = self.read_on().await;
        }
        if sent {
            self.tell_outbox().await;
        }
        Ok(())
    }

    /// Whether one of them was acknowledged.
    async fn deliver(&self, taken: Vec<Errand>) -> Answer<bool> {
        // A gateway is listed anew for each.
        let width = if self.kind == PlatformKind::Openclaw { 1 } else { SIDE_BY_SIDE };
        let attempts = stream::iter(taken).map(async |errand| {
            // Those before may have taken so long that another program has taken it.
            if !self.sets_out(&errand).await {
                return None;
            }
            let delivered = match self.left_alone() {
                Some(left) => Delivered::later(Some(left), Refusal::left_alone(left)),
                None => self.platform.deliver(&errand).await,
            };
            if let mirror::Answer::Later { after } = &delivered.answer {
                self.leave_alone(*after);
            }
            Some((errand, delivered))
        });
        let mut answered = attempts.buffer_unordered(width).filter_map(ready).ready_chunks(TOGETHER);
        let mut acknowledged = false;
        while let Some(answers) = answered.next().await {
            acknowledged |= self.settle(answers).await?;
        }
        Ok(acknowledged)
    }

    async fn sets_out(&self, errand: &Errand) -> bool {
        let (taken, now) = (errand.clone(), self.clock.now());
        let may = self.write(move |mirror| mirror.sets_out(&taken, now)).await;
        may.unwrap_or_else(|why| {
            tracing::warn!(platform = %self.id, %why, "an attempt does not go out, since it could not be written down");
            false
        })
    }

    async fn settle(&self, answers: Vec<(Errand, Delivered)>) -> Answer<bool> {
        let mut things: Vec<Thing> = Vec::new();
        let mut outcomes = Vec::new();
        let mut settling = Vec::new();
        for (errand, Delivered { answer, thing, why }) in answers {
            things.extend(thing.clone().filter(|thing| self.believes(thing)).map(|thing| match thing {
                Changed::Device(device) => thing_of_device(*device),
                Changed::Request(request) => thing_of_request(*request),
            }));
            settling.push((errand.id, errand.attempts, answer));
            outcomes.push((thing, why));
        }
        let (now, rng) = (self.clock.now(), Arc::clone(self.outbox.rng()));
        let settled = self.write(move |mirror| mirror.settle_all(settling, now, rng.as_ref())).await?;
        if !things.is_empty() {
            self.enter(things).await;
        }
        let mut acknowledged = false;
        for (errand, (thing, why)) in settled.into_iter().zip(outcomes) {
            acknowledged |= matches!(errand.delivery, Delivery::Acknowledged { .. });
            // Nobody may wait for it.
            let _ = self.outcomes.send(Arc::new(Outcome { errand, thing, why }));
        }
        if self.kind != PlatformKind::Embedded {
            self.tell_outbox().await;
        }
        Ok(acknowledged)
    }

    /// Whether what a platform answered is entered. Of a gateway only its next look says how things are, except that who was removed is
    /// in none.
    fn believes(&self, thing: &Changed) -> bool {
        let is_over = |device: &PlatformDevice| device.device.status == DeviceStatus::Revoked;
        self.kind != PlatformKind::Openclaw || matches!(thing, Changed::Device(device) if is_over(device))
    }

    /// Counts anew, off the threads that nobody may block.
    pub(super) async fn tell_outbox(&self) {
        let outbox = Arc::clone(&self.outbox);
        let _ = self
            .on_file(move |_| {
                outbox.tell();
                Ok(())
            })
            .await;
    }

    /// Waits until all that is on file now and due has been tried, if the platform is connected.
    pub(super) async fn round(&self) {
        let (over, round) = oneshot::channel();
        if self.calls.send(over).is_ok() {
            // Dropped at its end.
            let _ = round.await;
        }
    }

    /// Looks once more at what is acknowledged and was in no list since.
    pub(super) async fn look_at_unverified(&self) -> Answer<bool> {
        let id = self.id.clone();
        let mut changed = false;
        for errand in self.on_file(move |mirror| mirror.unverified(&id)).await? {
            if self.left_alone().is_some() {
                break;
            }
            let reading = self.begin_reading().await?;
            let things: Vec<Thing> = self.platform.look(&errand).await?.into_iter().collect();
            if !things.is_empty() {
                let (platform, extent) = (self.id.clone(), Extent::Some { cursor: None });
                changed |= self.apply_read(Batch { platform, reading, extent, things }).await?;
            }
        }
        Ok(changed)
    }
}
