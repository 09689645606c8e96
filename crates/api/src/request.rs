use clawpair_core::clock::Timestamp;
use clawpair_core::pin::ServerPin;
use clawpair_core::request::{Comparison, Request as Asked};
use serde::{Deserialize, Serialize};

use crate::PairingStatus;

/// A device that has claimed a pairing whose maker wanted to be asked first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Request {
    /// The pairing's id, `pair-<uuid>`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PairingId))]
    pub id: String,
    /// `waiting` until somebody decides; then `approved`, `completed` once the device has joined, `denied`, `cancelled` or
    /// `expired`.
    pub status: PairingStatus,
    /// What the device would be called.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// What kind of device was expected.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::DeviceType))]
    pub device_type: String,
    /// What it would be allowed; approve exactly these.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
    /// The device's key, 32 bytes in base64url; approve exactly this.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PublicKey))]
    pub public_key: String,
    /// Sixty bits of the key's SHA-256: `7F3K-9QWZ-4JN2`.
    pub key_fingerprint: String,
    /// Six digits that the device shows too: `123 456`.
    pub comparison: String,
    /// What the device calls itself. As all it says: a hint, never trusted.
    pub said_name: Option<String>,
    /// What kind of device it says it is.
    pub said_device_type: Option<String>,
    /// What it says it runs on.
    pub said_platform: Option<String>,
    /// What it says its software is.
    pub said_version: Option<String>,
    /// The IP address it came from.
    pub address: Option<String>,
    /// How many other keys have shown the same code or link since, at most 8: somebody else has it, too.
    pub other_keys: u32,
    /// When the device came.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub asked_at: String,
    /// From when on nobody can decide any more, or, once approved, the device has come back too late.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub expires_at: String,
    /// Seconds until then; 0 for what has ended.
    pub seconds_left: u32,
    /// Why it was denied, in the words of who did it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
    pub reason: Option<String>,
}

impl Request {
    /// How a request looks at `now` on the platform with this pin.
    pub fn at(request: &Asked, pin: ServerPin, now: Timestamp) -> Self {
        let (pairing, asking) = (&request.pairing, &request.asking);
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let millis_left = match PairingStatus::from(request.status(now)) {
            PairingStatus::Waiting | PairingStatus::Approved => pairing.ends_at().as_millis() - now.as_millis(),
            _ => 0,
        };
        Self {
            id: pairing.id.to_string(),
            status: request.status(now).into(),
            name: pairing.name.to_string(),
            device_type: pairing.device_type.to_string(),
            permissions: pairing.permissions.to_strings(),
            public_key: asking.key.to_string(),
            key_fingerprint: asking.key.fingerprint(),
            comparison: Comparison::of(pin, &asking.key, pairing.id).to_string(),
            said_name: said(&asking.description.name),
            said_device_type: said(&asking.description.device_type),
            said_platform: said(&asking.description.platform),
            said_version: said(&asking.description.version),
            address: said(&asking.address),
            other_keys: u32::try_from(asking.other_keys).unwrap_or(u32::MAX),
            asked_at: asking.at.to_string(),
            expires_at: pairing.ends_at().to_string(),
            seconds_left: u32::try_from(millis_left.max(0) / 1_000).unwrap_or(u32::MAX),
            reason: request.reason.as_ref().map(ToString::to_string),
        }
    }
}

/// Requests, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestPage {
    /// At most as many as asked for.
    pub requests: Vec<Request>,
    /// Pass as `after` for more.
    pub next: Option<String>,
}

/// `POST /api/v1/requests/{id}/approve`: what was seen. Approving counts for exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// The request's `public_key`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PublicKey))]
    pub public_key: String,
    /// The request's `permissions`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Permission>, min_items = 1, max_items = 32))]
    pub permissions: Vec<String>,
}

/// `POST /api/v1/requests/{id}/deny`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DenyRequest {
    /// Why; 1–64 characters. The device hears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Reason>))]
    pub reason: Option<String>,
}
