//! Observations on their way to the rules, and what follows from a hit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};

use clawpair_api as api;
use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::device_token::DeviceToken;
use clawpair_core::id::AlertId;
use clawpair_core::store::{NewAlert, StoreError};
use clawpair_core::text::Reason;
use clawpair_core::watch::{Alert, History, Hit, Observation, Rule, RuleAction, Rules, Watcher};
use tokio::sync::{mpsc, oneshot};

use super::Service;
use crate::error::Refusal;

/// Observations that wait to be judged. What overflows is counted and not judged: no request waits for a rule.
const BACKLOG: usize = 4_096;
/// Actors whose history is kept in memory.
const MAX_HISTORIES: usize = 1_000;

pub(super) enum Message {
    Seen(Timestamp, Observation),
    /// Everything before this has been judged.
    Settled(oneshot::Sender<()>),
}

/// The way from requests to the one task that judges.
pub(crate) struct Watching {
    sender: mpsc::Sender<Message>,
    overflowed: AtomicU64,
    /// Counts the times that a rule was set.
    rules_set: AtomicU64,
}

impl Watching {
    pub(super) fn new() -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        (Self { sender, overflowed: AtomicU64::new(0), rules_set: AtomicU64::new(0) }, receiver)
    }

    fn send(&self, at: Timestamp, seen: Observation) {
        if self.sender.try_send(Message::Seen(at, seen)).is_err() {
            self.overflowed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Observations that were not judged because too many waited.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }
}

/// Watching.
impl Service {
    /// Hands an observation to the rules. Never waits and never fails.
    pub(crate) fn observe(&self, seen: Observation) {
        self.watching.send(self.now(), seen);
    }

    /// What a refusal to somebody with a device's key says about that device.
    pub(crate) fn observe_refused_device(&self, token: &str, refusal: &Refusal, address: Option<IpAddr>) {
        let Some(device) = DeviceToken::parse(token).map(|token| token.device()) else { return };
        match refusal.code() {
            api::ErrorCode::DeviceRevoked | api::ErrorCode::DeviceDisabled | api::ErrorCode::DeviceKeyReplaced => {
                self.observe(Observation::Knocked { device, address });
            }
            api::ErrorCode::RefreshTokenReuse => self.observe(Observation::RefreshTokenReused { device, address }),
            _ => {}
        }
    }

    /// Observations that were not judged because too many waited.
    pub fn unjudged(&self) -> u64 {
        self.watching.overflowed()
    }

    /// Resolves when everything that was observed before has been judged, and what followed from it is on disk.
    pub async fn all_judged(&self) {
        let (settled, judged) = oneshot::channel();
        if self.watching.sender.send(Message::Settled(settled)).await.is_ok() {
            let _ = judged.await;
        }
    }

    pub(crate) async fn acknowledge_alert(&self, id: AlertId, note: Option<Reason>, by: Actor) -> Result<Option<Alert>, Refusal> {
        let alert = self.store.acknowledge_alert(id, note, by, self.now()).await?;
        if let Some(alert) = &alert {
            self.emit(api::Event::Alert { alert: api::Alert::from(alert) });
        }
        Ok(alert)
    }

    /// Sets an alert rule, for what is observed from now on.
    pub(crate) async fn set_rule(&self, rule: Rule, by: Actor) -> Result<(), Refusal> {
        self.store.set_rule(rule, by, self.now()).await?;
        self.watching.rules_set.fetch_add(1, Ordering::Release);
        Ok(())
    }

    async fn judge(&self, judging: &mut Judging, at: Timestamp, seen: &Observation) -> Result<(), StoreError> {
        judging.prepare(self, at, seen).await?;
        let (hits, rules) = judging.judge(at, seen);
        for hit in hits {
            let quarantine = rules.enabled(hit.rule).is_some_and(|rule| rule.action == RuleAction::Quarantine);
            let id = AlertId::generate(&*self.clock, &*self.rng);
            let raised = self.store.raise_alert(NewAlert { id, hit, quarantine, at }).await?;
            tracing::warn!(alert = %raised.alert.id, rule = %raised.alert.rule, count = raised.alert.count, "an alert rule was hit");
            if let Some(device) = &raised.quarantined {
                self.live.cut(device.id);
                self.emit_device(device);
            }
            self.emit(api::Event::Alert { alert: api::Alert::from(&raised.alert) });
        }
        Ok(())
    }
}

/// What the judging task remembers.
#[derive(Default)]
struct Judging {
    watcher: Watcher,
    rules: Rules,
    /// Which setting of the rules that is; they are read again when there is another.
    rules_read: Option<u64>,
    histories: HashMap<String, History>,
}

impl Judging {
    /// Reads what is not in memory.
    async fn prepare(&mut self, service: &Service, at: Timestamp, seen: &Observation) -> Result<(), StoreError> {
        let rules_set = service.watching.rules_set.load(Ordering::Acquire);
        if self.rules_read != Some(rules_set) {
            self.rules = service.store.rules().await?;
            self.rules_read = Some(rules_set);
        }
        if let Observation::Managed { by } = seen
            && !self.histories.contains_key(&by.to_string())
        {
            let history = service.store.history(*by, at).await?;
            if self.histories.len() >= MAX_HISTORIES {
                self.histories.clear();
            }
            self.histories.insert(by.to_string(), history);
        }
        Ok(())
    }

    fn judge(&mut self, at: Timestamp, seen: &Observation) -> (Vec<Hit>, &Rules) {
        let Observation::Managed { by } = seen else { return (self.watcher.judge(&self.rules, at, seen, None), &self.rules) };
        let history = self.histories.entry(by.to_string()).or_default();
        let hits = self.watcher.judge(&self.rules, at, seen, Some(history));
        history.note(at, by.address().map(|address| address.to_string()).as_deref());
        (hits, &self.rules)
    }
}

/// Judges one observation after the other for as long as the platform lives.
pub(super) async fn judge_all(service: Weak<Service>, mut messages: mpsc::Receiver<Message>) {
    let mut judging = Judging::default();
    while let Some(message) = messages.recv().await {
        let Some(service) = service.upgrade() else { return };
        match message {
            Message::Seen(at, seen) => {
                if let Err(error) = service.judge(&mut judging, at, &seen).await {
                    tracing::error!(%error, ?seen, "an observation could not be judged");
                }
            }
            Message::Settled(settled) => {
                let _ = settled.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overflows_is_counted_and_keeps_nobody_waiting() {
        let (watching, _observations) = Watching::new();
        for _ in 0..BACKLOG + 3 {
            watching.send(Timestamp::from_millis(0), Observation::SignInFailed { address: None });
        }
        assert_eq!(watching.overflowed(), 3);
    }
}
