use clawpair_core::retention::{self as life, Days, DaysError};
use serde::{Deserialize, Serialize};

/// How many days things are kept after they are over; `null` is for ever. What `PUT /api/v1/settings/retention` takes and both
/// of its calls answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Entries of the activity log; 1–3650.
    // Named, so that leaving a field out is a fault and never means for ever.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 1, maximum = 3650, example = 365))]
    pub activity_days: Option<u32>,
    /// Pairings that were completed, denied, cancelled or have expired; 1–3650.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 1, maximum = 3650, example = 30))]
    pub pairing_days: Option<u32>,
    /// Acknowledged alerts; 1–3650.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 1, maximum = 3650, example = 90))]
    pub alert_days: Option<u32>,
    /// Sessions that have ended, and invitations that were withdrawn or are out of date; 1–3650.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 1, maximum = 3650, example = 30))]
    pub sign_in_days: Option<u32>,
}

impl From<life::Retention> for Retention {
    fn from(retention: life::Retention) -> Self {
        let days = |days: Option<Days>| days.map(|days| u32::from(days.number()));
        Self {
            activity_days: days(retention.activity),
            pairing_days: days(retention.pairings),
            alert_days: days(retention.alerts),
            sign_in_days: days(retention.sign_ins),
        }
    }
}

impl TryFrom<Retention> for life::Retention {
    type Error = DaysError;

    fn try_from(retention: Retention) -> Result<Self, DaysError> {
        let days = |days: Option<u32>| days.map(Days::try_from).transpose();
        Ok(Self {
            activity: days(retention.activity_days)?,
            pairings: days(retention.pairing_days)?,
            alerts: days(retention.alert_days)?,
            sign_ins: days(retention.sign_in_days)?,
        })
    }
}
