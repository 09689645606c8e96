//! `alerts`: what may want attention.

use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus};
use clawpair_core::id::AlertId;

use super::paging::Wanted;
use super::words::{ids, of};
use crate::failure::Failure;
use crate::output::{facts, table};
use crate::session::Context;

/// Alerts: what may want attention
#[derive(clap::Args)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List open alerts, or with --acknowledged those that somebody has looked at
    List {
        /// Those that somebody has looked at
        #[arg(long)]
        acknowledged: bool,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Show one alert
    Show {
        #[arg(value_name = "ALERT ID")]
        id: String,
    },
    /// Note that somebody has looked
    Acknowledge {
        #[arg(value_name = "ALERT ID")]
        id: String,
        /// What was found
        #[arg(long)]
        note: Option<String>,
    },
    /// List the rules
    Rules,
}

impl Alerts {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let output = context.output;
        ids::<AlertId>(self.command.ids())?;
        let session = context.session().await?;
        let client = &session.client;
        match self.command {
            Command::List { acknowledged, wanted } => {
                let status = if acknowledged { AlertStatus::Acknowledged } else { AlertStatus::Open };
                let page = async |after: Option<String>, limit| {
                    let page = client.alerts(status, after.as_deref(), Some(limit)).await?;
                    Ok((page.alerts, page.next))
                };
                let (alerts, next) = wanted.collect(page).await?;
                output.show(&AlertPage { alerts, next }, |page| {
                    let row = |alert: &Alert| {
                        [
                            alert.id.clone(),
                            of(&alert.severity),
                            alert.last_at.clone(),
                            alert.count.to_string(),
                            alert.sentence.clone(),
                        ]
                    };
                    table(["id", "severity", "last at", "times", "what"], page.alerts.iter().map(row))
                })?;
            }
            Command::Show { id } => output.show(&client.alert(&id).await?, one)?,
            Command::Acknowledge { id, note } => {
                output.show(&client.acknowledge_alert(&id, &AcknowledgeAlert { note }).await?, one)?;
            }
            Command::Rules => output.show(&AlertRuleList { rules: client.alert_rules().await? }, |list| {
                let row = |rule: &AlertRule| {
                    let numbers =
                        rule.parameters.iter().map(|(name, number)| format!("{name} {number}")).collect::<Vec<_>>().join(", ");
                    [of(&rule.id), if rule.enabled { "on" } else { "off" }.to_owned(), of(&rule.action), numbers]
                };
                table(["rule", "is", "does", "numbers"], list.rules.iter().map(row))
            })?,
        }
        session.end().await
    }
}

fn one(alert: &Alert) -> String {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    facts([
        ("id", alert.id.clone()),
        ("what", alert.sentence.clone()),
        ("status", of(&alert.status)),
        ("severity", of(&alert.severity)),
        ("rule", of(&alert.rule)),
        ("times", alert.count.to_string()),
        ("first at", alert.first_at.clone()),
        ("last at", alert.last_at.clone()),
        ("about", known(&alert.subject)),
        ("who", known(&alert.actor)),
        ("from", known(&alert.address)),
        ("quarantined", known(&alert.quarantined_device)),
        ("looked at by", known(&alert.acknowledged_by)),
        ("note", known(&alert.note)),
    ])
}

impl Command {
    /// What it is about.
    fn ids(&self) -> &[String] {
        match self {
            Self::Show { id } | Self::Acknowledge { id, .. } => std::slice::from_ref(id),
            Self::List { .. } | Self::Rules => &[],
        }
    }
}
