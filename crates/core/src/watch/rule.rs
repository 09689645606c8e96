use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look when there is time.
    Medium,
    /// Look now.
    High,
}

/// What a hit leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// People are told.
    Alert,
    /// People are told, the device is disabled and its tokens are revoked.
    Quarantine,
}

/// A number of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is unless somebody says otherwise.
    pub default: u32,
    /// The least it can be.
    pub min: u32,
    /// The most it can be.
    pub max: u32,
}

const fn parameter(name: &'static str, default: u32, min: u32, max: u32) -> Parameter {
    Parameter { name, default, min, max }
}

const MINUTES: Parameter = parameter("minutes", 10, 1, 1_440);

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleId {
    /// Many refused claims and credentials within some minutes: from one address, on one code, or over all.
    ManyFailures,
    /// Somebody changes something at an hour of the day at which it never did before.
    UnusualHour,
    /// Somebody changes something from an address it never used before, or a device calls from another network.
    UnknownAddress,
    /// A device says that it is of another type than its code was made for.
    UnexpectedDeviceType,
    /// A refresh token is used again: somebody has a copy.
    RefreshTokenReuse,
    /// A device that is shut out keeps calling.
    RevokedDeviceKnocking,
}

impl RuleId {
    /// All rules.
    pub const ALL: [Self; 6] = [
        Self::ManyFailures,
        Self::UnusualHour,
        Self::UnknownAddress,
        Self::UnexpectedDeviceType,
        Self::RefreshTokenReuse,
        Self::RevokedDeviceKnocking,
    ];

    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ManyFailures => "many_failures",
            Self::UnusualHour => "unusual_hour",
            Self::UnknownAddress => "unknown_address",
            Self::UnexpectedDeviceType => "unexpected_device_type",
            Self::RefreshTokenReuse => "refresh_token_reuse",
            Self::RevokedDeviceKnocking => "revoked_device_knocking",
        }
    }

    /// How bad a hit is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::ManyFailures | Self::RefreshTokenReuse => Severity::High,
            Self::UnusualHour | Self::UnknownAddress | Self::UnexpectedDeviceType | Self::RevokedDeviceKnocking => Severity::Medium,
        }
    }

    /// Its numbers.
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::ManyFailures => {
                const {
                    &[
                        MINUTES,
                        parameter("from_one_address", 10, 1, 10_000),
                        parameter("on_one_code", 5, 1, 10_000),
                        parameter("over_all", 50, 1, 10_000),
                    ]
                }
            }
            Self::UnusualHour => const { &[parameter("days_of_history", 14, 1, 365)] },
            Self::UnknownAddress => const { &[parameter("days_of_history", 7, 1, 365)] },
            Self::UnexpectedDeviceType | Self::RefreshTokenReuse => &[],
            Self::RevokedDeviceKnocking => const { &[MINUTES, parameter("knocks", 3, 1, 10_000)] },
        }
    }

    /// Whether a hit can be about a device that is let in, which could be put in quarantine.
    pub const fn can_quarantine(self) -> bool {
        matches!(self, Self::UnknownAddress | Self::UnexpectedDeviceType | Self::RefreshTokenReuse)
    }

    /// The rule as it is unless somebody says otherwise.
    pub fn default_rule(self) -> Rule {
        let parameters = self.parameters().iter().map(|parameter| (parameter.name.to_owned(), parameter.default)).collect();
        Rule { id: self, enabled: true, action: RuleAction::Alert, parameters }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A text names no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no alert rule; GET /api/v1/alert-rules lists all.")]
pub struct RuleError;

impl FromStr for RuleId {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::ALL.into_iter().find(|rule| rule.word() == text).ok_or(RuleError)
    }
}

/// A change that a rule cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// It is about people, codes or devices that are shut out already.
    #[error("The rule {0} is not about devices that are let in, so its action can only be “alert”.")]
    NoQuarantine(RuleId),
    /// It has no such number.
    #[error("The rule {rule} has no parameter “{shown}”.")]
    UnknownParameter {
        /// The rule.
        rule: RuleId,
        /// The name, fit for showing.
        shown: String,
    },
    /// The number is too small or too large.
    #[error("The parameter {name} of the rule {rule} is between {min} and {max}, not {found}.")]
    OutOfBounds {
        /// The rule.
        rule: RuleId,
        /// Which number.
        name: &'static str,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// What was asked for.
        found: u32,
    },
}

/// A rule as it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// Whether it looks at all.
    pub enabled: bool,
    /// What a hit leads to.
    pub action: RuleAction,
    parameters: BTreeMap<String, u32>,
}

impl Rule {
    /// The rule set anew; numbers that are not given are their defaults.
    ///
    /// # Errors
    /// When the rule cannot be so.
    pub fn new(id: RuleId, enabled: bool, action: RuleAction, given: &BTreeMap<String, u32>) -> Result<Self, InvalidRule> {
        if action == RuleAction::Quarantine && !id.can_quarantine() {
            return Err(InvalidRule::NoQuarantine(id));
        }
        let mut rule = Self { enabled, action, ..id.default_rule() };
        for (name, &found) in given {
            let Some(&Parameter { name, min, max, .. }) = id.parameters().iter().find(|parameter| parameter.name == name) else {
                return Err(InvalidRule::UnknownParameter { rule: id, shown: crate::text::sanitised(name) });
            };
            if !(min..=max).contains(&found) {
                return Err(InvalidRule::OutOfBounds { rule: id, name, min, max, found });
            }
            rule.parameters.insert(name.to_owned(), found);
        }
        Ok(rule)
    }

    /// Its numbers by name.
    pub const fn parameters(&self) -> &BTreeMap<String, u32> {
        &self.parameters
    }

    /// One of its numbers. A name it does not have is 0, which no number can be.
    pub(super) fn number(&self, name: &str) -> u32 {
        self.parameters.get(name).copied().unwrap_or(0)
    }
}

/// All rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules([Rule; 6]);

impl Default for Rules {
    fn default() -> Self {
        Self(RuleId::ALL.map(RuleId::default_rule))
    }
}

impl Rules {
    /// One of them, if it is switched on.
    pub fn enabled(&self, id: RuleId) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.id == id && rule.enabled)
    }

    /// Puts a rule in its place.
    pub fn set(&mut self, rule: Rule) {
        if let Some(place) = self.0.iter_mut().find(|place| place.id == rule.id) {
            *place = rule;
        }
    }

    /// All in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_their_bounds_and_words_are_read_back() {
        for id in RuleId::ALL {
            assert_eq!(id.word().parse(), Ok(id));
            let default = id.default_rule();
            assert_eq!(Rule::new(id, true, default.action, default.parameters()), Ok(default));
        }
        assert_eq!("no_rule".parse::<RuleId>(), Err(RuleError));
    }

    #[test]
    fn what_a_rule_cannot_be_is_refused_in_a_sentence() {
        let with = |name: &str, value| BTreeMap::from([(name.to_owned(), value)]);
        for (id, action, given, words) in [
            (RuleId::ManyFailures, RuleAction::Quarantine, BTreeMap::new(), "can only be “alert”"),
            (RuleId::ManyFailures, RuleAction::Alert, with("knocks", 3), "has no parameter “knocks”"),
            (RuleId::ManyFailures, RuleAction::Alert, with("minutes", 0), "between 1 and 1440, not 0"),
            (RuleId::UnusualHour, RuleAction::Alert, with("days_of_history", 366), "between 1 and 365, not 366"),
        ] {
            let error = Rule::new(id, true, action, &given).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_rule_that_is_switched_off_is_not_found() {
        let mut rules = Rules::default();
        rules.set(Rule::new(RuleId::UnusualHour, false, RuleAction::Alert, &BTreeMap::new()).unwrap());
        assert!(rules.enabled(RuleId::UnusualHour).is_none() && rules.enabled(RuleId::ManyFailures).is_some());
    }
}
