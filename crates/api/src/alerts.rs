use std::collections::BTreeMap;

use clawpair_core::watch::{self, RuleAction, RuleId, Severity};
use serde::{Deserialize, Serialize};

/// Whether somebody has looked at an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// Nobody has.
    Open,
    /// Somebody has.
    Acknowledged,
}

/// A rule was hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// `alert-<uuid>`.
    pub id: String,
    /// Which rule, by its word.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::RuleWord))]
    pub rule: String,
    /// `medium` or `high`.
    #[cfg_attr(feature = "ts", ts(type = "\"medium\" | \"high\""))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::SeverityWord))]
    pub severity: Severity,
    /// Why, in a sentence.
    pub sentence: String,
    /// What it is about: an id or an address.
    pub subject: Option<String>,
    /// Who did it, as the activity log names it.
    pub actor: Option<String>,
    /// The address it was done from last.
    pub address: Option<String>,
    /// How often the rule was hit.
    pub count: u32,
    /// When it was first.
    pub first_at: String,
    /// When it was last.
    pub last_at: String,
    /// The device that was disabled because of it.
    pub quarantined_device: Option<String>,
    /// Whether somebody has looked.
    pub status: AlertStatus,
    /// Who has, as the activity log names it.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_at: Option<String>,
    /// What was found, if somebody said.
    pub note: Option<String>,
}

impl From<&watch::Alert> for Alert {
    fn from(alert: &watch::Alert) -> Self {
        let (status, by, at, note) = match &alert.state {
            watch::AlertState::Open => (AlertStatus::Open, None, None, None),
            watch::AlertState::Acknowledged { by, at, note } => {
                (AlertStatus::Acknowledged, Some(by.clone()), Some(at.to_string()), note.as_ref().map(ToString::to_string))
            }
        };
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.word().to_owned(),
            severity: alert.severity,
            sentence: alert.sentence.clone(),
            subject: (!alert.subject.is_empty()).then(|| alert.subject.clone()),
            actor: alert.actor.clone(),
            address: alert.address.clone(),
            count: alert.count,
            first_at: alert.first_at.to_string(),
            last_at: alert.last_at.to_string(),
            quarantined_device: alert.quarantined.map(|device| device.to_string()),
            status,
            acknowledged_by: by,
            acknowledged_at: at,
            note,
        }
    }
}

/// Alerts, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertPage {
    /// At most as many as asked for.
    pub alerts: Vec<Alert>,
    /// Pass as `after` for more.
    pub next: Option<String>,
}

/// `POST /api/v1/alerts/{id}/acknowledge`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeAlert {
    /// What was found; 1–200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
    pub note: Option<String>,
}

/// What a number of an alert rule can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParameterBounds {
    /// What it is unless somebody says otherwise.
    pub default: u32,
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// An alert rule as it is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRule {
    /// `many_failures`, `unusual_hour`, …
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::RuleWord))]
    pub id: RuleId,
    /// Whether it looks at all.
    pub enabled: bool,
    /// `alert` or `quarantine`.
    #[cfg_attr(feature = "ts", ts(type = "\"alert\" | \"quarantine\""))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::ActionWord))]
    pub action: RuleAction,
    /// Whether its action can be `quarantine`.
    pub can_quarantine: bool,
    /// How bad a hit is: `medium` or `high`.
    #[cfg_attr(feature = "ts", ts(type = "\"medium\" | \"high\""))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::SeverityWord))]
    pub severity: Severity,
    /// Its numbers by name.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub parameters: BTreeMap<String, u32>,
    /// What each of them can be.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, import(\"./ParameterBounds\").ParameterBounds>"))]
    pub bounds: BTreeMap<String, ParameterBounds>,
}

impl From<&watch::Rule> for AlertRule {
    fn from(rule: &watch::Rule) -> Self {
        Self {
            id: rule.id,
            enabled: rule.enabled,
            action: rule.action,
            can_quarantine: rule.id.can_quarantine(),
            severity: rule.id.severity(),
            parameters: rule.parameters().clone(),
            bounds: rule.id.parameters().iter().map(bounds).collect(),
        }
    }
}

fn bounds(&watch::Parameter { name, default, min, max }: &watch::Parameter) -> (String, ParameterBounds) {
    (name.to_owned(), ParameterBounds { default, min, max })
}

/// All alert rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRuleList {
    /// The rules.
    pub rules: Vec<AlertRule>,
}

/// `PUT /api/v1/alert-rules/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAlertRule {
    /// Whether it looks at all.
    pub enabled: bool,
    /// `alert` or `quarantine`.
    #[cfg_attr(feature = "ts", ts(type = "\"alert\" | \"quarantine\""))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::ActionWord))]
    pub action: RuleAction,
    /// Its numbers by name; those left out are their defaults.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub parameters: BTreeMap<String, u32>,
}
