//! What the calls of the window and the task that watches a gateway share.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use clawpair_api::Event;
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::rng::Rng;
use clawpair_core::store::StoreError;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::fingerprint::Fingerprint;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::supervisor::{Snapshot, State};
use clawpair_openclaw::{SetupUse, shown::Shown};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

use super::alerts::{Alerts, CERTIFICATE_CHANGED, Hit};
use super::back::back;
use super::effect::Effect;
use super::roster::Roster;
use super::setup;
use super::thrown_out::Memory;
use crate::platform::News;
use crate::platform::known::KnownPlatforms;
use crate::settings::Settings;

/// How long a change waits until a look shows it.
const FRESH: Duration = Duration::from_secs(2);

/// One gateway as it is known here.
pub(super) struct Shared {
    pub(super) id: String,
    /// This app at the gateway.
    pub(super) own: DeviceId,
    /// What told its entry there when it was last kept.
    pub(super) own_entry: Mutex<Option<String>>,
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) state: watch::Receiver<State>,
    pub(super) snapshot: watch::Receiver<Option<Arc<Snapshot>>>,
    pub(super) pin: RwLock<Option<Fingerprint>>,
    pub(super) news: broadcast::Sender<News>,
    pub(super) roster: Mutex<Option<Arc<Roster>>>,
}

impl Shared {
    /// The newest look, prepared; nothing before the first.
    pub(super) fn roster(&self) -> Option<Arc<Roster>> {
        let snapshot = self.snapshot.borrow().clone()?;
        let mut prepared = self.roster.lock().unwrap_or_else(PoisonError::into_inner);
        match &*prepared {
            Some(roster) if Arc::ptr_eq(&roster.snapshot, &snapshot) => Some(Arc::clone(roster)),
            _ => {
                let roster = Arc::new(Roster::new(snapshot));
                *prepared = Some(Arc::clone(&roster));
                Some(roster)
            }
        }
    }

    /// What tells this app's own entry, by the newest look, or as it was kept before the first. This app has one key for all gateways, and no
    /// two of them have let it in in the same millisecond.
    pub(super) fn own_entry(&self) -> Option<String> {
        let snapshot = self.snapshot.borrow().clone();
        let me = snapshot.as_ref().and_then(|now| now.devices.paired.iter().find(|device| device.device == self.own));
        let seen = me.and_then(|me| me.approved.map(|approved| format!("{} {}", me.device, approved.as_millis())));
        seen.or_else(|| self.own_entry.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Keeps that beyond the next start, when the gateway may be out of reach.
    fn keep_own_entry(&self) {
        let Some(now) = self.own_entry() else { return };
        let mut kept = self.own_entry.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref() == Some(&now) {
            return;
        }
        match self.settings.keep_own_entry(&self.id, &now) {
            Ok(()) => *kept = Some(now),
            Err(error) => tracing::warn!(%error, "by which entry a gateway knows this app could not be kept"),
        }
    }

    /// Waits until a look shows a change that was acknowledged at `at` of the gateway's clock; after each change it is looked again.
    pub(super) async fn looked_until(&self, effect: Effect<'_>, at: Timestamp) {
        let mut looked = self.snapshot.clone();
        let shows = |look: &Option<Arc<Snapshot>>| look.as_deref().is_none_or(|look| effect.is_shown(at, look));
        let _ = timeout(FRESH, looked.wait_for(shows)).await;
    }

    /// The pin as people compare it.
    pub(super) fn pin(&self) -> Option<String> {
        self.pin.read().unwrap_or_else(PoisonError::into_inner).map(|pin| pin.for_people())
    }

    pub(super) fn memory(&self) -> Memory<'_> {
        Memory { settings: &self.settings, platform: &self.id }
    }

    pub(super) fn alerts(&self) -> Alerts<'_> {
        Alerts { settings: &self.settings, platform: &self.id, clock: self.clock.as_ref() }
    }

    fn tell(&self, news: News) {
        // Who is not there yet loads everything when it comes.
        let _ = self.news.send(news);
    }

    fn raise(&self, hit: &Hit) -> Result<(), StoreError> {
        let alert = self.alerts().raise(hit, self.rng.as_ref())?;
        self.tell(News::Event(Box::new(Event::Alert { alert })));
        Ok(())
    }

    /// Looks whether who was thrown out is back, and whether whom the gateway has `refused` to throw out before that was ever out.
    pub(super) fn look_for_returned(&self, snapshot: &Snapshot, refused: Option<DeviceId>) -> Result<(), StoreError> {
        let (memory, alerts) = (self.memory(), self.alerts());
        for noticed in back(&snapshot.devices, snapshot.taken, &memory.all()?, refused) {
            let raised = memory.note(&noticed, |database, hit| alerts.raise_in(database, hit, self.rng.as_ref()))?;
            if let Some(alert) = raised {
                self.tell(News::Event(Box::new(Event::Alert { alert })));
            }
        }
        Ok(())
    }

    fn state_changed(&self, state: &State) {
        if let State::Refused { why: GatewayError::OtherCertificate { address, shown: Some(shown) } } = state {
            let sentence = format!(
                "The gateway at {address} shows another certificate than the one you accepted. Nothing is sent to it until you compare."
            );
            let subject = shown.for_people();
            let hit = Hit { rule: CERTIFICATE_CHANGED, severity: clawpair_core::watch::Severity::High, sentence, subject };
            report(self.raise(&hit));
        }
        self.tell(News::State);
    }

    fn looked(&self, before: Option<&Snapshot>) {
        let Some(roster) = self.roster() else { return };
        self.keep_own_entry();
        report(self.look_for_returned(&roster.snapshot, None));
        if before.is_none_or(|before| !before.shows_the_same(&roster.snapshot)) {
            self.tell(News::Event(Box::new(Event::Resync)));
        }
        // How old it is has changed in any case.
        self.tell(News::State);
    }

    fn used(&self, used: &SetupUse) {
        // Whoever hands a setup code to a device lets it in on purpose.
        report(self.memory().let_in(&used.device));
        self.tell(News::SetupCodeUsed(setup::used(used)));
    }

    /// A setup code was used while nobody listened. Whoever was thrown out since stays so.
    pub(super) fn was_used(&self, used: &SetupUse) {
        report(self.memory().let_in_at(&used.device, used.at));
    }
}

/// Follows one gateway until it is dropped.
pub(super) async fn watch_gateway(shared: Arc<Shared>, mut setups: broadcast::Receiver<SetupUse>) {
    let (mut state, mut snapshot) = (shared.state.clone(), shared.snapshot.clone());
    let mut before: Option<Arc<Snapshot>> = None;
    state.mark_changed();
    snapshot.mark_changed();
    loop {
        tokio::select! {
            // A setup code that was used is told before the look that shows the device: that is no return then.
            biased;
            heard = setups.recv() => match heard {
                Ok(used) => shared.used(&used),
                Err(RecvError::Lagged(_)) => shared.tell(News::Event(Box::new(Event::Resync))),
                Err(RecvError::Closed) => return,
            },
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = state.borrow_and_update().clone();
                shared.state_changed(&now);
            }
            changed = snapshot.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = snapshot.borrow_and_update().clone();
                shared.looked(before.as_deref());
                before = now;
            }
        }
    }
}

fn report(done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(%error, "an alert about a gateway could not be kept");
    }
}

/// What a device is called, for a sentence.
pub(super) fn named(name: Option<&Shown>, id: &DeviceId) -> String {
    name.map_or_else(|| format!("The device {}…", &id.to_string()[..12]), |name| format!("“{name}”"))
}
