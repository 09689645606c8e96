use clawpair_core::clock::Timestamp;
use clawpair_core::pairing::{self as life, PairingState};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/devices/pairing-codes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePairingCode {
    /// What the device will be called; 1–64 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// What kind of device; 1–64 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceType))]
    pub device_type: String,
    /// What it will be allowed: 1–32 of the form `resource:action`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
    /// 1–1440.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440, example = 45))]
    pub expires_in_minutes: u32,
    /// Where the link sends the device, best first: 1–4 of `host` or `host:port`. Left out: where the platform listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "Array<string> | null"))]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 4, example = json!(["192.168.1.20:21327"])))]
    pub addresses: Option<Vec<String>>,
    /// Whether a person decides once a device has claimed it. Left out: if one of the permissions is sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "boolean | null"))]
    pub ask_first: Option<bool>,
    /// Whether people may type the code: at most 51 such codes are open at once. Left out: as long as there is room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub typed: Option<bool>,
}

/// The only answer that ever holds a code and its link.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingCodeCreated {
    /// `OCL-…`: shown once; treat it like a password.
    pub code: String,
    /// The id the device will have.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceId))]
    pub device_id: String,
    /// From when on both are worthless.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub expires_at: String,
    /// The pairing's id, for watching and cancelling.
    pub pairing_id: String,
    /// `CPAIR:1/…`: what a QR code should hold; as secret as the code. Absent when the platform listens nowhere.
    pub link: Option<String>,
}

impl std::fmt::Debug for PairingCodeCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairingCodeCreated").field("pairing_id", &self.pairing_id).finish_non_exhaustive()
    }
}

/// How a pairing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PairingStatus {
    /// A device may claim it.
    Open,
    /// A device has claimed it, and a person is asked.
    Waiting,
    /// That device may join, and has yet to come back and hear so.
    Approved,
    /// A device has joined.
    Completed,
    /// A person has not let the device in.
    Denied,
    /// Taken back.
    Cancelled,
    /// Too old: no device came in time, or no decision, or the device did not come back.
    Expired,
}

impl From<life::PairingStatus> for PairingStatus {
    fn from(status: life::PairingStatus) -> Self {
        match status {
            life::PairingStatus::Open => Self::Open,
            life::PairingStatus::Waiting => Self::Waiting,
            life::PairingStatus::Approved => Self::Approved,
            life::PairingStatus::Completed => Self::Completed,
            life::PairingStatus::Denied => Self::Denied,
            life::PairingStatus::Cancelled => Self::Cancelled,
            life::PairingStatus::Expired => Self::Expired,
        }
    }
}

/// Whether the code may still be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TypedEntry {
    /// It may.
    Open,
    /// Five wrong guesses; the link still works.
    Burnt,
    /// It was never meant to be; programs that know the platform may send all of it, and the link works.
    Off,
}

/// A pairing without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pairing {
    /// `pair-<uuid>`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PairingId))]
    pub id: String,
    /// The device that will exist, or does.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceId))]
    pub device_id: String,
    /// What the device will be called.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// What kind of device is expected.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceType))]
    pub device_type: String,
    /// What it will be allowed.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
    /// How it stands.
    pub status: PairingStatus,
    /// Whether a person decides once a device has claimed it.
    pub ask_first: bool,
    /// Whether its code may still be typed.
    pub typed_entry: TypedEntry,
    /// When the code was made.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub created_at: String,
    /// From when on it is worthless.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub expires_at: String,
    /// When a device joined, or a person cancelled or denied.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub ended_at: Option<String>,
}

impl Pairing {
    /// How a pairing looks at `now`.
    pub fn at(pairing: &life::Pairing, now: Timestamp) -> Self {
        Self {
            id: pairing.id.to_string(),
            device_id: pairing.device_id.to_string(),
            name: pairing.name.to_string(),
            device_type: pairing.device_type.to_string(),
            permissions: pairing.permissions.to_strings(),
            status: pairing.status(now).into(),
            ask_first: pairing.ask_first,
            typed_entry: match (pairing.typed, pairing.typed_entry_burnt()) {
                (false, _) => TypedEntry::Off,
                (true, true) => TypedEntry::Burnt,
                (true, false) => TypedEntry::Open,
            },
            created_at: pairing.created_at.to_string(),
            expires_at: pairing.expires_at.to_string(),
            ended_at: match pairing.state {
                PairingState::Open | PairingState::Waiting { .. } | PairingState::Approved { .. } => None,
                PairingState::Completed { at, .. } | PairingState::Denied { at, .. } | PairingState::Cancelled { at } => {
                    Some(at.to_string())
                }
            },
        }
    }
}
