//! What people have asked for, and keys that came back, for the window.

use clawpair_core::text::Reason;
use clawpair_mirror::{MirrorError, OutboxCounts, Place};
use tokio::sync::{broadcast, watch};

use super::{Answer, App};
use crate::outbox::Outbox;
use crate::view::outbox::{AlarmView, ErrandChoice, ErrandView, KeyPlace, OutboxPage, OutboxSummary};
use crate::view::{AppEvent, Refusal};

impl App {
    /// What was asked for and is not over, on all platforms, the oldest first, after the errand with this id; 0 from the beginning.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox(&self, after: i64) -> Answer<OutboxPage> {
        self.on_outbox(move |outbox| outbox.page(after)).await
    }

    /// One errand, whether or not it is over.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn errand(&self, id: i64) -> Answer<ErrandView> {
        self.on_outbox(move |outbox| outbox.errand(id)).await
    }

    /// What was asked for of a device, or of a request, on this computer, the latest first; at most 20.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub async fn asked_of(&self, platform: &str, id: &str) -> Answer<Vec<ErrandView>> {
        let platform = platform.parse().map_err(|_| Refusal::from(MirrorError::NotFound("platform").body()))?;
        let place = Place { platform, id: id.to_owned() };
        self.on_outbox(move |outbox| outbox.asked_of(&place)).await
    }

    /// How much there is to know of the outbox and of alarms; nothing where there is no file.
    pub fn outbox_summary(&self) -> OutboxSummary {
        self.0.mirroring.outbox().map_or_else(|_| OutboxSummary::default(), |outbox| outbox.counts().into())
    }

    /// Takes back what was never sent.
    ///
    /// # Errors
    /// When it may have arrived, or that cannot be kept.
    pub async fn withdraw_errand(&self, id: i64) -> Answer<ErrandView> {
        self.on_outbox(move |outbox| outbox.withdraw(id)).await
    }

    /// Does what a person chose about something that failed, and answers what is asked for instead.
    ///
    /// # Errors
    /// When that is not one of the choices, or cannot be kept.
    pub async fn choose_errand(&self, id: i64, choice: ErrandChoice) -> Answer<Option<ErrandView>> {
        self.on_outbox(move |outbox| outbox.choose(id, choice.into())).await
    }

    /// Devices with this key that are let in or disabled, and requests with it that wait, on every platform.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn key_places(&self, key: String) -> Answer<Vec<KeyPlace>> {
        self.on_outbox(move |outbox| outbox.key_places(&key)).await
    }

    /// A device is lost: asks every platform that knows its key to shut it out for good, and not to let in who asks with it.
    ///
    /// # Errors
    /// When no platform knows the key as one that is let in or asks, or it cannot be kept; nothing was asked for then.
    pub async fn revoke_everywhere(&self, key: String, reason: Option<&str>) -> Answer<Vec<ErrandView>> {
        let reason = reason.map(str::parse::<Reason>).transpose();
        let reason = reason.map_err(|error| Refusal::new("invalid_request", error.to_string(), "Write a shorter reason."))?;
        self.on_outbox(move |outbox| outbox.revoke_everywhere(&key, reason.as_ref())).await
    }

    /// Keys of devices that were over, and that came back; at most 200 at which nobody has looked.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn alarms(&self) -> Answer<Vec<AlarmView>> {
        self.on_outbox(Outbox::alarms).await
    }

    /// Notes that a person has looked at an alarm.
    ///
    /// # Errors
    /// When there is no such alarm that is open, or it cannot be kept.
    pub async fn acknowledge_alarm(&self, number: i64) -> Answer<()> {
        self.on_outbox(move |outbox| outbox.acknowledge_alarm(number)).await
    }

    /// Asks the file, where nobody waits for a disk.
    pub(super) async fn on_outbox<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Outbox) -> Result<T, MirrorError> + Send + 'static,
    ) -> Answer<T> {
        let outbox = self.0.mirroring.outbox()?;
        let asked = tokio::task::spawn_blocking(move || ask(&outbox)).await;
        match asked {
            Ok(answer) => answer.map_err(|error| error.body().into()),
            Err(error) => Err(Refusal::new("internal", error.to_string(), "Start Clawpair again.")),
        }
    }
}

/// Tells the window whenever something is different.
pub(super) fn forward(outbox: &Outbox, events: broadcast::Sender<AppEvent>) {
    let told = outbox.told();
    tokio::spawn(async move { tell(told, &events).await });
}

async fn tell(mut told: watch::Receiver<OutboxCounts>, events: &broadcast::Sender<AppEvent>) {
    while told.changed().await.is_ok() {
        let summary = (*told.borrow_and_update()).into();
        // A window that is not there yet asks when it comes.
        let _ = events.send(AppEvent::Outbox { summary });
    }
}
