use async_trait::async_trait;

use super::{Page, StoreError};
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::AlertId;
use crate::text::Reason;
use crate::watch::{Alert, History, Hit, Rule, RuleId, Rules};

/// Which alerts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Those that are acknowledged, or those that are not.
    pub acknowledged: Option<bool>,
    /// Those of this rule.
    pub rule: Option<RuleId>,
}

/// A hit to be written down.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// Its id, if it is no repetition of an alert there is.
    pub id: AlertId,
    /// What the rule found.
    pub hit: Hit,
    /// Whether the device it is about is to be shut out in the same transaction.
    pub quarantine: bool,
    /// When.
    pub at: Timestamp,
}

/// What became of a hit.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The alert, new or with a higher count.
    pub alert: Alert,
    /// The device that was shut out just now.
    pub quarantined: Option<Device>,
}

/// Alerts, the rules behind them, and what those learn from.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// The rules as they are set.
    async fn rules(&self) -> Result<Rules, StoreError>;
    /// Sets one.
    async fn set_rule(&self, rule: Rule, by: Actor, at: Timestamp) -> Result<(), StoreError>;
    /// Makes an alert of a hit, or counts it to one about the same that is not old.
    async fn raise_alert(&self, new: NewAlert) -> Result<Raised, StoreError>;
    /// One alert.
    async fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError>;
    /// Alerts by descending id.
    async fn alerts(&self, filter: AlertFilter, after: Option<AlertId>, limit: usize) -> Result<Page<Alert, AlertId>, StoreError>;
    /// How many nobody has acknowledged.
    async fn open_alerts(&self) -> Result<u64, StoreError>;
    /// Notes that somebody has looked; repeating changes nothing. `None` when there is no such alert.
    async fn acknowledge_alert(
        &self,
        id: AlertId,
        note: Option<Reason>,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Alert>, StoreError>;
    /// What an actor did before a moment, as far as its last entries tell.
    async fn history(&self, actor: Actor, before: Timestamp) -> Result<History, StoreError>;
}
