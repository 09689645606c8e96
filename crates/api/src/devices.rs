use clawpair_core::device::{self as life, DeviceState};
use serde::{Deserialize, Serialize};

/// Whether a device is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum DeviceStatus {
    /// It is.
    Active,
    /// Not until somebody enables it again.
    Disabled,
    /// Never again.
    Revoked,
}

/// A device that was ever let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Device {
    /// `dev-<uuid>`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceId))]
    pub id: String,
    /// What a person calls it.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// What kind of device it was paired as.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceType))]
    pub device_type: String,
    /// What it may do.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
    /// What people find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether it is let in.
    pub status: DeviceStatus,
    /// Whether its live channel is open.
    pub connected: bool,
    /// When it joined.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub paired_at: String,
    /// When it was last heard.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub last_seen_at: Option<String>,
    /// The IP address it was last heard from.
    pub last_address: Option<String>,
    /// What it calls itself, beside the name that a person gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub said_name: Option<String>,
    /// What it says it runs on.
    pub platform: Option<String>,
    /// What it says its software is.
    pub version: Option<String>,
    /// Sixty bits of its key's SHA-256: `7F3K-9QWZ-4JN2`.
    pub key_fingerprint: String,
    /// When it was disabled.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub disabled_at: Option<String>,
    /// When it was revoked.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub revoked_at: Option<String>,
    /// Why it was disabled or revoked, if somebody said.
    #[serde(default)]
    pub reason: Option<String>,
    /// Counts the changes made to it; in quotes it is the call's `ETag`. Being heard or connected is none.
    #[serde(default)]
    pub revision: u32,
}

impl Device {
    /// How a device looks.
    pub fn of(device: &life::Device, connected: bool) -> Self {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (status, disabled_at, revoked_at, reason) = match &device.state {
            DeviceState::Active => (DeviceStatus::Active, None, None, None),
            DeviceState::Disabled { at, reason } => (DeviceStatus::Disabled, Some(at.to_string()), None, reason.as_ref()),
            DeviceState::Revoked { at, reason } => (DeviceStatus::Revoked, None, Some(at.to_string()), reason.as_ref()),
        };
        Self {
            id: device.id.to_string(),
            name: device.name.to_string(),
            device_type: device.device_type.to_string(),
            permissions: device.permissions.to_strings(),
            tags: device.tags.to_strings(),
            status,
            connected: connected && status == DeviceStatus::Active,
            paired_at: device.paired_at.to_string(),
            last_seen_at: Some(device.last_seen_at.to_string()),
            last_address: said(&device.last_address),
            said_name: said(&device.description.name),
            platform: said(&device.description.platform),
            version: said(&device.description.version),
            key_fingerprint: device.key.fingerprint(),
            disabled_at,
            revoked_at,
            reason: reason.map(ToString::to_string),
            revision: device.revision,
        }
    }
}

/// Devices in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DevicePage {
    /// At most as many as asked for.
    pub devices: Vec<Device>,
    /// Pass as `after` for more.
    pub next: Option<String>,
}

/// How many devices there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceSummary {
    /// Let in.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub active: u64,
    /// Shut out until somebody enables them.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub disabled: u64,
    /// Shut out for good.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub revoked: u64,
    /// With an open live channel; they are among the active ones.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub connected: u64,
}
