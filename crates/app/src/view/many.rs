//! What became of many devices that were changed together. The contract's words and one more: what is asked for here may have to wait.

use clawpair_api::{self as api, Device, ErrorBody};
use serde::{Deserialize, Serialize};

/// How far the change of one device among many has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It was made.
    Changed,
    /// The device was so already.
    Unchanged,
    /// It waits for the platform, or for its answer: the device is as it was, as far as is known.
    Queued,
    /// It was not made.
    Refused,
}

/// What became of one device among many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ChangeOutcome {
    /// Which device.
    pub device_id: String,
    /// How far it has come.
    pub outcome: OutcomeKind,
    /// The device as it is known now; null when refused.
    pub device: Option<Device>,
    /// Why it was refused; null otherwise.
    pub error: Option<ErrorBody>,
}

/// What became of each, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ChangeOutcomes {
    /// One for each id.
    pub outcomes: Vec<ChangeOutcome>,
}

/// As a platform of ours has answered.
impl From<api::ChangeOutcomes> for ChangeOutcomes {
    fn from(answered: api::ChangeOutcomes) -> Self {
        let outcomes = answered.outcomes.into_iter().map(|api::ChangeOutcome { device_id, outcome, device, error }| {
            let outcome = match outcome {
                api::OutcomeKind::Changed => OutcomeKind::Changed,
                api::OutcomeKind::Unchanged => OutcomeKind::Unchanged,
                api::OutcomeKind::Refused => OutcomeKind::Refused,
            };
            ChangeOutcome { device_id, outcome, device, error }
        });
        Self { outcomes: outcomes.collect() }
    }
}
