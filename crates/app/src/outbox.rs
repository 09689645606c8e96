//! What people have asked for and is not seen to be done: looking at it and deciding about it, for a window or a command. How it goes
//! out is [`crate::mirrored`]'s.

use std::collections::HashMap;
use std::sync::Arc;

use clawpair_core::clock::Clock;
use clawpair_core::rng::Rng;
use clawpair_core::text::Reason;
use clawpair_mirror::{Choice, Errand, MAX_PAGE, Mirror, MirrorError, OutboxCounts, Place, PlatformId};
use tokio::sync::watch;

use crate::platform::registry::EMBEDDED;
use crate::view::outbox::{AlarmView, Called, ErrandView, KeyPlace, OutboxPage};
use crate::view::platform::{PlatformDevice, PlatformRequest};

/// So much of what was asked for of one thing is shown with it.
const SHOWN: usize = 20;

/// The outbox of one mirror.
pub(crate) struct Outbox {
    mirror: Arc<Mirror>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    /// Something is to go out.
    asked: watch::Sender<()>,
    /// Something is different.
    told: watch::Sender<OutboxCounts>,
}

impl Outbox {
    pub(crate) fn new(mirror: Arc<Mirror>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        let counts = mirror.outbox_counts().unwrap_or_default();
        Self { mirror, clock, rng, asked: watch::Sender::new(()), told: watch::Sender::new(counts) }
    }

    pub(crate) const fn mirror(&self) -> &Arc<Mirror> {
        &self.mirror
    }

    pub(crate) const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) const fn rng(&self) -> &Arc<dyn Rng> {
        &self.rng
    }

    /// Something is to go out; whoever delivers looks.
    pub(crate) fn asked(&self) -> watch::Receiver<()> {
        self.asked.subscribe()
    }

    /// How much there is, whenever something is different.
    pub(crate) fn told(&self) -> watch::Receiver<OutboxCounts> {
        self.told.subscribe()
    }

    /// What was counted last.
    pub(crate) fn counts(&self) -> OutboxCounts {
        *self.told.borrow()
    }

    /// Whether nothing was open when it was last counted.
    pub(crate) fn is_empty(&self) -> bool {
        let counts = self.counts();
        counts.waiting == 0 && counts.conflicts == 0
    }

    /// Counts anew, and tells everybody, even where the counts are as they were: something else may be different.
    pub(crate) fn tell(&self) {
        match self.mirror.outbox_counts() {
            Ok(counts) => drop(self.told.send_replace(counts)),
            Err(error) => tracing::warn!(%error, "the outbox could not be counted"),
        }
    }

    /// Counts anew, and tells everybody if it is not as it was.
    pub(crate) fn tell_if_other(&self) {
        match self.mirror.outbox_counts() {
            Ok(counts) => {
                self.told.send_if_modified(|known| std::mem::replace(known, counts) != counts);
            }
            Err(error) => tracing::warn!(%error, "the outbox could not be counted"),
        }
    }

    /// Everybody hears of it, and it goes out.
    pub(crate) fn send_out(&self) {
        self.tell();
        self.asked.send_replace(());
    }

    /// What is not over, the oldest first, after the errand with this id.
    pub(crate) fn page(&self, after: i64) -> Result<OutboxPage, MirrorError> {
        let errands = self.mirror.outbox(after, MAX_PAGE)?;
        let next = errands.last().filter(|_| errands.len() == MAX_PAGE).map(|errand| errand.id);
        let errands = errands.into_iter().map(|errand| self.shown(errand)).collect::<Result<_, _>>()?;
        Ok(OutboxPage { errands, next, summary: self.mirror.outbox_counts()?.into() })
    }

    /// What was asked for last of a device, or of a request, with how it has ended.
    pub(crate) fn asked_of(&self, place: &Place) -> Result<Vec<ErrandView>, MirrorError> {
        self.mirror.asked_of(place, SHOWN)?.into_iter().map(|errand| self.shown(errand)).collect()
    }

    /// One errand, whether or not it is over.
    pub(crate) fn errand(&self, id: i64) -> Result<ErrandView, MirrorError> {
        self.shown(self.mirror.errand(id)?)
    }

    /// Takes back what was never sent.
    pub(crate) fn withdraw(&self, id: i64) -> Result<ErrandView, MirrorError> {
        let errand = self.mirror.withdraw(id, self.clock.now())?;
        // What it has ended may wait again.
        self.send_out();
        self.shown(errand)
    }

    /// Does what a person chose about something that failed, and answers what is asked for instead.
    pub(crate) fn choose(&self, id: i64, choice: Choice) -> Result<Option<ErrandView>, MirrorError> {
        let anew = self.mirror.choose(id, choice, self.clock.now(), self.rng.as_ref())?;
        self.send_out();
        anew.map(|errand| self.shown(errand)).transpose()
    }

    /// Where a key is known as one that is let in, may be again, or asks.
    pub(crate) fn key_places(&self, key: &str) -> Result<Vec<KeyPlace>, MirrorError> {
        let places = self.mirror.key_places(key)?.into_iter();
        let shown = places.map(|known| {
            let name = self.name_of(&known.place.platform)?;
            Ok(KeyPlace::new(known, name))
        });
        shown.collect()
    }

    /// Asks every platform that knows a key to shut its devices out for good, and not to let in who asks with it.
    pub(crate) fn revoke_everywhere(&self, key: &str, reason: Option<&Reason>) -> Result<Vec<ErrandView>, MirrorError> {
        let errands = self.mirror.revoke_everywhere(key, reason, self.clock.now(), self.rng.as_ref())?;
        self.send_out();
        errands.into_iter().map(|errand| self.shown(errand)).collect()
    }

    /// Keys that came back and at which nobody has looked.
    pub(crate) fn alarms(&self) -> Result<Vec<AlarmView>, MirrorError> {
        let alarms = self.mirror.alarms()?.into_iter();
        let shown = alarms.map(|alarm| {
            let (here, there) = (self.called(&alarm.place)?, self.name_of(&alarm.tombstone.place.platform)?);
            Ok(AlarmView::new(alarm, here, there))
        });
        shown.collect()
    }

    /// Notes that a person has looked at an alarm.
    pub(crate) fn acknowledge_alarm(&self, number: i64) -> Result<(), MirrorError> {
        self.mirror.acknowledge_alarm(number, self.clock.now())?;
        self.tell();
        Ok(())
    }

    /// An errand with what things are called.
    pub(crate) fn shown(&self, errand: Errand) -> Result<ErrandView, MirrorError> {
        let called = self.called(&errand.place)?;
        let (overtook, resumes) = (self.mirror.overtaken_by(&errand)?, self.mirror.resumed_without(&errand)?);
        Ok(ErrandView::new(errand, called, overtook, resumes))
    }

    /// Notes with devices of a platform what was asked for of them and is not seen to be done.
    pub(crate) fn note_with_devices(&self, platform: &PlatformId, devices: &mut [PlatformDevice]) -> Result<(), MirrorError> {
        let ids: Vec<String> = devices.iter().map(|device| device.device.id.clone()).collect();
        let mut open = self.pending(platform, &ids)?;
        for device in devices {
            device.pending = open.remove(&device.device.id).unwrap_or_default();
        }
        Ok(())
    }

    /// Likewise with requests.
    pub(crate) fn note_with_requests(&self, platform: &PlatformId, requests: &mut [PlatformRequest]) -> Result<(), MirrorError> {
        let ids: Vec<String> = requests.iter().map(|request| request.request.id.clone()).collect();
        let mut open = self.pending(platform, &ids)?;
        for request in requests {
            request.pending = open.remove(&request.request.id).unwrap_or_default();
        }
        Ok(())
    }

    /// What was asked for of some things of a platform and is not seen to be done.
    pub(crate) fn pending(&self, platform: &PlatformId, ids: &[String]) -> Result<HashMap<String, Vec<ErrandView>>, MirrorError> {
        let open = self.mirror.open_errands(platform, ids)?.into_iter();
        let shown = open.map(|(id, errands)| {
            let errands = errands.into_iter().map(|errand| self.shown(errand)).collect::<Result<_, _>>()?;
            Ok((id, errands))
        });
        shown.collect()
    }

    fn called(&self, place: &Place) -> Result<Called, MirrorError> {
        Ok(Called { platform: self.name_of(&place.platform)?, thing: self.mirror.called(place)? })
    }

    fn name_of(&self, platform: &PlatformId) -> Result<String, MirrorError> {
        if platform.as_str() == EMBEDDED {
            return Ok(String::new());
        }
        Ok(self.mirror.platform(platform)?.name.to_string())
    }
}
