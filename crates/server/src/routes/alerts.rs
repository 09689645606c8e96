use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus, ErrorCode, SetAlertRule};
use clawpair_core::access::operation::{AlertRulesList, AlertRulesSet, AlertsAcknowledge, AlertsList, AlertsShow};
use clawpair_core::id::AlertId;
use clawpair_core::store::AlertFilter;
use clawpair_core::watch::{Rule, RuleId};
use serde::Deserialize;

use super::PageParameters;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::{Body, Id, Parameters};
use crate::service::Service;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    status: Option<AlertStatus>,
    rule: Option<RuleId>,
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<AlertsList>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<AlertPage>, Refusal> {
    let acknowledged = parameters.status.map(|status| status == AlertStatus::Acknowledged);
    let filter = AlertFilter { acknowledged, rule: parameters.rule };
    let range = PageParameters { after: parameters.after, limit: parameters.limit };
    let page = service.store.alerts(filter, range.after()?, range.limit()).await?;
    let alerts = page.items.iter().map(Alert::from).collect();
    Ok(Json(AlertPage { alerts, next: page.next.map(|id| id.to_string()) }))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<AlertsShow>,
    Id(id): Id<AlertId>,
) -> Result<Json<Alert>, Refusal> {
    let alert = service.store.alert(id).await?.ok_or_else(no_such_alert)?;
    Ok(Json(Alert::from(&alert)))
}

pub(super) async fn acknowledge(
    State(service): State<Arc<Service>>,
    may: May<AlertsAcknowledge>,
    Id(id): Id<AlertId>,
    Body(body): Body<AcknowledgeAlert>,
) -> Result<Json<Alert>, Refusal> {
    let note = body.note.map(|note| note.parse().map_err(Refusal::invalid)).transpose()?;
    let alert = service.acknowledge_alert(id, note, may.by).await?.ok_or_else(no_such_alert)?;
    Ok(Json(Alert::from(&alert)))
}

pub(super) async fn rules(State(service): State<Arc<Service>>, _: May<AlertRulesList>) -> Result<Json<AlertRuleList>, Refusal> {
    let rules = service.store.rules().await?;
    Ok(Json(AlertRuleList { rules: rules.iter().map(AlertRule::from).collect() }))
}

pub(super) async fn set_rule(
    State(service): State<Arc<Service>>,
    may: May<AlertRulesSet>,
    Id(id): Id<RuleId>,
    Body(body): Body<SetAlertRule>,
) -> Result<Json<AlertRule>, Refusal> {
    let rule = Rule::new(id, body.enabled, body.action, &body.parameters).map_err(Refusal::invalid)?;
    service.set_rule(rule.clone(), may.by).await?;
    Ok(Json(AlertRule::from(&rule)))
}

fn no_such_alert() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such alert.")
}
