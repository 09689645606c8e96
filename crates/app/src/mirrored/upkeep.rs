//! Keeping the mirror of one platform up to date: what it tells is entered at once, and what it may not have told is read.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use clawpair_api::{Device, Event};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_mirror::{Batch, DeviceRecord, Extent, MAX_CHANGES, Mirror, MirrorError, PlatformId, Reading, Thing};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::task::JoinHandle;

use super::delivering::{Outcome, RoundOver, keep_delivering};
use super::open::on_file;
use super::records::{Clocks, thing_of_device};
use super::rest::Rest;
use super::tasks;
use crate::outbox::Outbox;
use crate::platform::reading::{Brought, Since};
use crate::platform::{Answer, News, Platform};
use crate::view::Refusal;
use crate::view::platform::{Capability, PlatformDevice, PlatformKind, PlatformState};

/// News a slow listener may lag behind before it reloads.
const BACKLOG: usize = 1_024;
/// What had changed when a platform is read for one reason or many, at most once in this time.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// When a platform that answered and told nothing is read all the same.
pub(super) const EVERY: Duration = Duration::from_mins(5);
/// When a reading that failed is tried again, though the platform is connected.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

/// How old the mirror of a platform is.
#[derive(Clone, Debug, Default)]
pub(super) struct Freshness {
    pub(super) as_of: Option<Timestamp>,
    /// Whether all that it had was ever read.
    pub(super) whole: bool,
    /// Why it is not newer.
    pub(super) stale: Option<Refusal>,
    /// How far the platform's clock is ahead of this computer's.
    ahead_millis: i64,
}

/// What the tasks and the calls of the window share.
pub(super) struct Shared {
    pub(super) outbox: Arc<Outbox>,
    pub(super) mirror: Arc<Mirror>,
    pub(super) id: PlatformId,
    pub(super) platform: Arc<dyn Platform>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) kind: PlatformKind,
    news: broadcast::Sender<News>,
    /// What came of attempts to send something.
    pub(super) outcomes: broadcast::Sender<Arc<Outcome>>,
    /// Whoever waits until all that is due was tried.
    pub(super) calls: mpsc::UnboundedSender<RoundOver>,
    /// It was reached.
    pub(super) reached: Notify,
    /// Somebody wants it to be read.
    pub(super) wanted: Notify,
    /// Whether something may have been missed that no cursor brings: who is connected.
    missed: AtomicBool,
    /// Whether listeners are to load their lists again after the next reading.
    owed: AtomicBool,
    one_reading: tokio::sync::Mutex<()>,
    rest: Rest,
    /// No more once a person has removed the platform: what is still on its way must not bring it back.
    kept: Arc<Mutex<bool>>,
    freshness: RwLock<Freshness>,
    /// What the platform said last that it can do, in this run of the app or in one before.
    capabilities: RwLock<Option<Vec<Capability>>>,
}

/// The upkeep of one platform's mirror, until this is dropped.
pub(crate) struct Upkeep {
    pub(super) shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 3],
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Upkeep {
    /// Begins. The platform must have been entered.
    ///
    /// # Errors
    /// When the mirror cannot be read.
    pub(crate) fn begin(
        outbox: Arc<Outbox>,
        id: PlatformId,
        kind: PlatformKind,
        platform: Arc<dyn Platform>,
    ) -> Result<Self, MirrorError> {
        let (mirror, clock) = (Arc::clone(outbox.mirror()), Arc::clone(outbox.clock()));
        let known = mirror.platform(&id)?;
        let (as_of, whole) = (known.as_of, known.cursor.is_some());
        let stale = known.stale.map(|stale| stale.why.into());
        let freshness = Freshness { as_of, whole, stale, ahead_millis: known.ahead_millis };
        let capabilities = known.capabilities.map(|words| words.iter().filter_map(|word| Capability::of(word)).collect());
        let (heard, asked) = (platform.news(), outbox.asked());
        let (calls, called) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            outbox,
            mirror,
            id,
            platform,
            clock,
            kind,
            news: broadcast::Sender::new(BACKLOG),
            outcomes: broadcast::Sender::new(BACKLOG),
            calls,
            reached: Notify::new(),
            wanted: Notify::new(),
            missed: AtomicBool::new(true),
            owed: AtomicBool::new(false),
            one_reading: tokio::sync::Mutex::default(),
            rest: Rest::default(),
            kept: Arc::new(Mutex::new(true)),
            freshness: RwLock::new(freshness),
            capabilities: RwLock::new(capabilities),
        });
        // It may have been reached before anybody listened.
        shared.wanted.notify_one();
        shared.reached.notify_one();
        let tasks = [
            tokio::spawn(tasks::listen(Arc::clone(&shared), heard)),
            tokio::spawn(tasks::keep_reading(Arc::clone(&shared))),
            tokio::spawn(keep_delivering(Arc::clone(&shared), called, asked)),
        ];
        Ok(Self { shared, tasks })
    }
}

impl Upkeep {
    /// Sends what waits and reads what there is, now.
    pub(crate) async fn catch_up(&self) -> Answer<()> {
        self.shared.round().await;
        self.shared.read_on().await
    }
}

impl Shared {
    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    pub(super) fn freshness(&self) -> Freshness {
        self.freshness.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn capabilities(&self) -> Option<Vec<Capability>> {
        self.capabilities.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what the platform says it can do, for when it is away.
    async fn keep_capabilities(&self) {
        let said = self.platform.standing().capabilities;
        let Some(capabilities) = said.clone().filter(|_| said != self.capabilities()) else { return };
        let id = self.id.clone();
        match self.write(move |mirror| mirror.keep_capabilities(&id, &capabilities)).await {
            Ok(()) => *self.capabilities.write().unwrap_or_else(PoisonError::into_inner) = said,
            Err(why) => tracing::warn!(%why, "what a platform can do could not be kept"),
        }
    }

    pub(super) fn clocks(&self) -> Clocks {
        Clocks { now: self.clock.now(), ahead_millis: self.freshness().ahead_millis }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.platform.standing().state, PlatformState::Connected { .. })
    }

    /// It has said how long it wants to be left alone, or not.
    pub(super) fn leave_alone(&self, wanted: Option<Duration>) {
        self.rest.begin(self.clock.now(), wanted);
    }

    /// How much longer it wants to be left alone, if it does.
    pub(super) fn left_alone(&self) -> Option<Duration> {
        self.rest.left(self.clock.now())
    }

    /// Asks the file, where nobody waits for a disk.
    pub(super) async fn on_file<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
    ) -> Answer<T> {
        on_file(&self.mirror, ask).await
    }

    /// Likewise for a change, unless the platform was removed meanwhile.
    pub(super) async fn write<T: Default + Send + 'static>(
        &self,
        change: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
    ) -> Answer<T> {
        let kept = Arc::clone(&self.kept);
        self.on_file(move |mirror| {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if *kept { change(mirror) } else { Ok(T::default()) }
        })
        .await
    }

    /// Forgets the platform, and whatever is still heard of it.
    pub(super) async fn forget(&self) -> Answer<()> {
        let (kept, id, now) = (Arc::clone(&self.kept), self.id.clone(), self.clock.now());
        let outbox = Arc::clone(&self.outbox);
        self.on_file(move |mirror| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = false;
            let forgotten = mirror.forget_platform(&id, now);
            // What was asked of it is asked no more.
            outbox.tell();
            forgotten
        })
        .await
    }

    /// Enters what came without being asked for, or as the answer to a change. What cannot be kept is said and changes nothing else.
    pub(super) async fn enter(&self, things: Vec<Thing>) {
        if let Err(why) = self.apply(Extent::Some { cursor: None }, things).await {
            self.is_stale(why);
        }
    }

    /// To be called right before the platform is asked.
    pub(super) async fn begin_reading(&self) -> Answer<Reading> {
        let now = self.clock.now();
        self.on_file(move |mirror| mirror.reading(now)).await
    }

    /// What is heard comes after every reading that has begun, and confirms nothing: it may have been under way for long.
    async fn apply(&self, extent: Extent, things: Vec<Thing>) -> Answer<bool> {
        let reading = self.begin_reading().await?.unasked();
        self.apply_read(Batch { platform: self.id.clone(), reading, extent, things }).await
    }

    /// Whether that was news.
    pub(super) async fn apply_read(&self, mut batch: Batch) -> Answer<bool> {
        for thing in &mut batch.things {
            if let Thing::Request(record) = thing {
                // It is computed when it is shown; kept, it would make each reading another one.
                record.request.seconds_left = 0;
            }
        }
        let (as_of, ahead) = (batch.reading.as_of(), batch.reading.ahead_millis());
        let (is_reading, goes_on) = (batch.extent.is_reading(), batch.extent.cursor().is_some());
        let outbox = Arc::clone(&self.outbox);
        let changed = self
            .write(move |mirror| {
                let applied = mirror.apply(batch)?;
                if applied.lost > 0 {
                    outbox.send_out();
                } else {
                    outbox.tell_if_other();
                }
                Ok(applied.changed > 0)
            })
            .await?;
        if is_reading {
            let mut freshness = self.freshness.write().unwrap_or_else(PoisonError::into_inner);
            let whole = freshness.whole || goes_on;
            let ahead_millis = ahead.unwrap_or(freshness.ahead_millis);
            *freshness = Freshness { as_of: freshness.as_of.max(Some(as_of)), whole, stale: None, ahead_millis };
        }
        Ok(changed)
    }

    fn is_stale(&self, why: Refusal) {
        tracing::debug!(platform = %self.id, %why, "the mirror of a platform is stale");
        self.freshness.write().unwrap_or_else(PoisonError::into_inner).stale = Some(why);
    }

    /// Notes that it could not be read. The same sentence is kept once, however often a platform is tried.
    async fn mark_stale(&self, why: Refusal) {
        let (id, at, words) = (self.id.clone(), self.clock.now(), why.body());
        let is_known = self.freshness().stale.is_some_and(|known| known.body() == words);
        self.is_stale(why);
        if is_known {
            return;
        }
        if let Err(error) = self.write(move |mirror| mirror.mark_stale(&id, at, &words)).await {
            tracing::warn!(%error, "that a platform is stale could not be kept");
        }
    }

    /// Enters what was told, and tells it on. Whoever hears of something finds it in the lists.
    pub(super) async fn hear(&self, told: Vec<News>) {
        let events = told.iter().filter_map(|news| if let News::Event(event) = news { Some(event) } else { None });
        let things: Vec<Thing> = events.filter_map(|event| Thing::of(Event::clone(event))).collect();
        if !things.is_empty() {
            self.enter(things).await;
        }
        for news in told {
            match &news {
                News::State => self.look_at_state().await,
                News::Event(event) if **event == Event::Resync => {
                    self.missed.store(true, Ordering::SeqCst);
                    self.owed.store(true, Ordering::SeqCst);
                    self.wanted.notify_one();
                    continue;
                }
                News::Event(_) => self.wanted.notify_one(),
                News::SetupCodeUsed(_) => {}
            }
            self.tell(news);
        }
    }

    async fn look_at_state(&self) {
        match self.platform.standing().state {
            PlatformState::Connected { .. } => {
                self.wanted.notify_one();
                self.reached.notify_one();
            }
            PlatformState::Connecting => {}
            PlatformState::Retrying { why, .. }
            | PlatformState::Refused { why, .. }
            | PlatformState::WaitingForApproval { why, .. } => {
                self.missed.store(true, Ordering::SeqCst);
                self.mark_stale(why).await;
            }
        }
    }

    pub(super) fn tell(&self, news: News) {
        // Who is not there yet loads everything when it comes.
        let _ = self.news.send(news);
    }

    /// Reads on from where the reading before ended, and tells that there is something new.
    pub(super) async fn read_on(&self) -> Answer<()> {
        let _one = self.one_reading.lock().await;
        self.keep_capabilities().await;
        // What is told while it reads is owed after the next reading, which brings it.
        let [missed, owed] = [&self.missed, &self.owed].map(|flag| flag.swap(false, Ordering::SeqCst));
        let read = match self.left_alone() {
            Some(left) => Err(Refusal::left_alone(left)),
            None => self.read_all(missed).await,
        };
        match &read {
            Ok(changed) => {
                if owed || *changed {
                    self.tell(News::Event(Box::new(Event::Resync)));
                }
            }
            Err(why) => {
                self.leave_alone(why.after);
                self.missed.fetch_or(missed, Ordering::SeqCst);
                self.owed.fetch_or(owed, Ordering::SeqCst);
                self.mark_stale(why.clone()).await;
            }
        }
        self.tell(News::State);
        read.map(drop)
    }

    /// Whether something is new that listeners have not been told of.
    async fn read_all(&self, missed: bool) -> Answer<bool> {
        let (mut changed, mut more) = (false, true);
        while more {
            let (id, stale) = (self.id.clone(), self.freshness().stale.is_some());
            let since = self
                .on_file(move |mirror| {
                    Ok(Since {
                        cursor: mirror.platform(&id)?.cursor,
                        activity: mirror.newest_activity(&id)?,
                        afresh: !mirror.unverified(&id)?.is_empty(),
                        stale,
                    })
                })
                .await?;
            let reading = self.begin_reading().await?;
            let Some(brought) = self.platform.read(&since).await? else { break };
            let Brought { extent, things, as_of, .. } = brought;
            let reading = if brought.asked { reading } else { reading.unasked() };
            let reading = reading.with_as_of(as_of.unwrap_or(reading.at())).with_clock_ahead(brought.ahead_millis);
            // What was done and what became of it in one, so that neither is known without the other.
            changed |= self.apply_read(Batch { platform: self.id.clone(), reading, extent, things }).await?;
            more = brought.more;
        }
        changed |= self.look_at_unverified().await?;
        if missed {
            changed |= self.read_connected().await?;
        }
        Ok(changed)
    }

    /// Who is connected is on no disk of the platform's, and so not among what has changed.
    async fn read_connected(&self) -> Answer<bool> {
        // Whoever is connected no more is entered as it was known here.
        let reading = self.begin_reading().await?.unasked();
        let Some(connected) = self.platform.connected().await? else { return Ok(false) };
        let known = {
            let id = self.id.clone();
            self.on_file(move |mirror| super::lists::all_connected(mirror, &id)).await?
        };
        let mut things = not_connected_any_more(known, &connected);
        things.extend(connected.into_iter().map(thing_of_device));
        let (mut changed, mut rest) = (false, things.into_iter().peekable());
        while rest.peek().is_some() {
            let things = rest.by_ref().take(MAX_CHANGES).collect();
            let extent = Extent::Some { cursor: None };
            changed |= self.apply_read(Batch { platform: self.id.clone(), reading, extent, things }).await?;
        }
        Ok(changed)
    }
}

fn not_connected_any_more(known: Vec<DeviceRecord>, connected: &[PlatformDevice]) -> Vec<Thing> {
    let connected: HashSet<&str> = connected.iter().map(|device| device.device.id.as_str()).collect();
    let away = known.into_iter().filter(|record| !connected.contains(record.device.id.as_str()));
    let away = away.map(|record| DeviceRecord { device: Device { connected: false, ..record.device }, ..record });
    away.map(|record| Thing::Device(Box::new(record))).collect()
}
