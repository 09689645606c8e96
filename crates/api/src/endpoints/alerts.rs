use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Endpoint, Method, Query, Takes, page};
use crate::paths;

const PAGE: [Query; 2] = page("^alert-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
const RULES: &[&str] = &[
    "many_failures",
    "unusual_hour",
    "unknown_address",
    "unexpected_device_type",
    "refresh_token_reuse",
    "revoked_device_knocking",
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::AlertsList, Method::Get, paths::ALERTS, "Lists alerts, newest first.")
        .query(&[
            Query::new("status", "Only those.", Takes::Words(&["open", "acknowledged"])),
            Query::new("rule", "Only those of this rule.", Takes::Words(RULES)),
            PAGE[0],
            PAGE[1],
        ])
        .answers(&[Answer::ok(shape!(AlertPage), "One page.")]),
    Endpoint::manager(Operation::AlertsShow, Method::Get, paths::ALERT, "Shows one alert.")
        .answers(&[Answer::ok(shape!(Alert), "The alert.")]),
    Endpoint::manager(
        Operation::AlertsAcknowledge,
        Method::Post,
        paths::ALERT_ACKNOWLEDGE,
        "Notes that somebody has looked at an alert.",
    )
    .takes(Content::Json(shape!(AcknowledgeAlert)))
    .answers(&[Answer::ok(shape!(Alert), "The alert, acknowledged.")]),
    Endpoint::manager(Operation::AlertRulesList, Method::Get, paths::ALERT_RULES, "Lists the alert rules.")
        .answers(&[Answer::ok(shape!(AlertRuleList), "The rules as they are set.")]),
    Endpoint::manager(Operation::AlertRulesSet, Method::Put, paths::ALERT_RULE, "Sets an alert rule.")
        .takes(Content::Json(shape!(SetAlertRule)))
        .answers(&[Answer::ok(shape!(AlertRule), "The rule as it is set now.")]),
];

#[cfg(test)]
mod tests {
    use clawpair_core::watch::RuleId;

    #[test]
    fn the_rules_are_those_there_are() {
        assert_eq!(super::RULES, RuleId::ALL.map(RuleId::word));
    }
}
