//! Alerts and their rules.

use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus, SetAlertRule, paths};

use crate::asked::{Asked, page, with_id};
use crate::{Answer, Client, Method};

impl Client {
    /// Alerts that somebody has looked at or not, newest first; at most `limit` at once, or as many as the platform answers.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn alerts(&self, status: AlertStatus, after: Option<&str>, limit: Option<usize>) -> Answer<AlertPage> {
        let status = match status {
            AlertStatus::Open => "open",
            AlertStatus::Acknowledged => "acknowledged",
        };
        self.get_with(paths::ALERTS, page(Some(status), after, limit)).await
    }

    /// One alert.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn alert(&self, id: &str) -> Answer<Alert> {
        self.get(&with_id(paths::ALERT, id)).await
    }

    /// Notes that somebody has looked at an alert.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        self.post(&with_id(paths::ALERT_ACKNOWLEDGE, id), form).await
    }

    /// The alert rules as they are set.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        self.get::<AlertRuleList>(paths::ALERT_RULES).await.map(|list| list.rules)
    }

    /// Sets an alert rule.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        self.ask(Asked::new(Method::PUT, with_id(paths::ALERT_RULE, id)).json(form)?).await
    }
}
