//! What a person does with alerts and their rules.

use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertStatus, SetAlertRule};

use super::{Answer, App};

impl App {
    /// Alerts that somebody has looked at or not, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        self.0.client.alerts(status, after).await
    }

    /// Notes that somebody has looked at an alert, and what they found.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        self.0.client.acknowledge_alert(id, form).await
    }

    /// The alert rules as they are set.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_alert_rules(&self) -> Answer<Vec<AlertRule>> {
        self.0.client.alert_rules().await
    }

    /// Sets an alert rule.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        self.0.client.set_alert_rule(id, form).await
    }
}
