use serde::{Deserialize, Serialize};

use crate::{Device, ErrorBody};

/// `POST /api/v1/devices/{id}/disable`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DisableDevice {
    /// Why, for those who ask later; 1–200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
    pub reason: Option<String>,
}

/// `PATCH /api/v1/devices/{id}`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditDevice {
    /// Another name; 1–64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Name>))]
    pub name: Option<String>,
    /// Another type; 1–64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DeviceType>))]
    pub device_type: Option<String>,
    /// All tags it is to have: 0–16 of 1–32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<crate::schema::Tag>>, max_items = 16))]
    pub tags: Option<Vec<String>>,
}

/// `PUT /api/v1/devices/{id}/permissions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantPermissions {
    /// All it may do from now on: 1–32 of the form `resource:action`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
}

/// `POST /api/v1/devices/bulk`: one change of many devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChangeDevices {
    /// Shut them out for good.
    Revoke {
        /// To which: 1–500.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::DeviceId>, min_items = 1, max_items = 500))]
        device_ids: Vec<String>,
        /// Why; 1–200 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
        reason: Option<String>,
    },
    /// Shut them out for a while.
    Disable {
        /// To which: 1–500.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::DeviceId>, min_items = 1, max_items = 500))]
        device_ids: Vec<String>,
        /// Why; 1–200 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
        reason: Option<String>,
    },
    /// Let them in again.
    Enable {
        /// To which: 1–500.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::DeviceId>, min_items = 1, max_items = 500))]
        device_ids: Vec<String>,
    },
    /// Give them tags besides those they have.
    AddTags {
        /// To which: 1–500.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::DeviceId>, min_items = 1, max_items = 500))]
        device_ids: Vec<String>,
        /// Which: 1–16 of 1–32 characters.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Tag>, min_items = 1, max_items = 16))]
        tags: Vec<String>,
    },
    /// Take tags from them.
    RemoveTags {
        /// To which: 1–500.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::DeviceId>, min_items = 1, max_items = 500))]
        device_ids: Vec<String>,
        /// Which: 1–16 of 1–32 characters.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Tag>, min_items = 1, max_items = 16))]
        tags: Vec<String>,
    },
}

impl ChangeDevices {
    /// Which devices it is to change.
    pub fn device_ids(&self) -> &[String] {
        match self {
            Self::Revoke { device_ids, .. }
            | Self::Disable { device_ids, .. }
            | Self::Enable { device_ids }
            | Self::AddTags { device_ids, .. }
            | Self::RemoveTags { device_ids, .. } => device_ids,
        }
    }
}

/// How a change of one device among many ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It was made.
    Changed,
    /// The device was so already.
    Unchanged,
    /// It was not made.
    Refused,
}

/// What became of one device among many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeOutcome {
    /// Which device.
    pub device_id: String,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// The device as it is now; null when refused.
    pub device: Option<Device>,
    /// Why it was refused; null otherwise.
    pub error: Option<ErrorBody>,
}

/// What became of each, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeOutcomes {
    /// One for each id.
    pub outcomes: Vec<ChangeOutcome>,
}
