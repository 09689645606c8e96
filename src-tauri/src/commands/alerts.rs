use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertStatus, SetAlertRule};
use tauri::State;

use super::{Answer, app};
use crate::Starting;

#[tauri::command]
pub(super) async fn list_alerts(
    starting: State<'_, Starting>,
    platform: String,
    status: AlertStatus,
    after: Option<String>,
) -> Answer<AlertPage> {
    app(&starting).await?.platform(&platform)?.alerts(status, after.as_deref()).await
}

#[tauri::command]
pub(super) async fn acknowledge_alert(
    starting: State<'_, Starting>,
    platform: String,
    alert_id: String,
    form: AcknowledgeAlert,
) -> Answer<Alert> {
    app(&starting).await?.platform(&platform)?.acknowledge_alert(&alert_id, &form).await
}

#[tauri::command]
pub(super) async fn list_alert_rules(starting: State<'_, Starting>, platform: String) -> Answer<Vec<AlertRule>> {
    app(&starting).await?.platform(&platform)?.alert_rules().await
}

#[tauri::command]
pub(super) async fn set_alert_rule(
    starting: State<'_, Starting>,
    platform: String,
    rule_id: String,
    form: SetAlertRule,
) -> Answer<AlertRule> {
    app(&starting).await?.platform(&platform)?.set_alert_rule(&rule_id, &form).await
}
