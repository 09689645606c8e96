use axum::http::Method;
use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus, SetAlertRule, paths};

use crate::{Answer, Client, with_id};

impl Client {
    /// Alerts that somebody has looked at or not, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        let status = match status {
            AlertStatus::Open => "open",
            AlertStatus::Acknowledged => "acknowledged",
        };
        let after = after.map(|id| ("after", id.to_owned()));
        self.get_with(paths::ALERTS, [("status", status.to_owned())].into_iter().chain(after)).await
    }

    /// Notes that somebody has looked at an alert.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        self.call(Method::POST, &with_id(paths::ALERT_ACKNOWLEDGE, id), Some(form)).await
    }

    /// The alert rules as they are set.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        self.get::<AlertRuleList>(paths::ALERT_RULES).await.map(|list| list.rules)
    }

    /// Sets an alert rule.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        self.call(Method::PUT, &with_id(paths::ALERT_RULE, id), Some(form)).await
    }
}
