use clawpair_core::claim::Description;
use serde::{Deserialize, Serialize};

use crate::{Device, Tokens};

/// The secret a device claims with: `{"link": "…"}` or `{"code": "…"}`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimedSecret {
    /// The link secret's 26 symbols.
    Link(String),
    /// The pairing code.
    Code(String),
}

/// `POST /api/v1/pair/claim`; `docs/DEVICE-PROTOCOL.md` says what is signed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// From the link, or typed.
    pub secret: ClaimedSecret,
    /// Ed25519, 32 bytes in base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PublicKey))]
    pub public_key: String,
    /// What the device says of itself.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Description))]
    pub description: Description,
    /// A UUID that names this attempt; repeat the attempt with the same one.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
    pub idempotency_key: uuid::Uuid,
    /// 64 bytes in base64url.
    #[cfg_attr(feature = "openapi", schema(min_length = 86, max_length = 86, pattern = "^[A-Za-z0-9_-]{86}$"))]
    pub signature: String,
}

/// `POST /api/v1/device/key`, proved with the old key; `docs/DEVICE-PROTOCOL.md` says what is signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeKey {
    /// The new key: Ed25519, 32 bytes in base64url.
    pub public_key: String,
    /// Made with the new key; 64 bytes in base64url.
    pub signature: String,
}

/// The answer to a claim that won, or that repeats one that won.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Paired {
    /// The device as the platform knows it.
    pub device: Device,
    /// Its first tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// The answer, with status 202, to a claim that waits for a person. Repeat the claim until it is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// Always `waiting`.
    pub status: WaitingStatus,
    /// `pair-<uuid>`; part of what the comparison number is made of.
    pub pairing_id: String,
    /// Six digits in two groups, which the platform shows too: `123 456`.
    pub comparison: String,
    /// When to repeat the claim.
    pub retry_after_seconds: u32,
}

/// The one word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitingStatus {
    /// A person is asked.
    Waiting,
}

/// What travels on the live channel, as JSON text frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// Platform to device, first: how often to send heartbeats.
    Welcome {
        /// Seconds between two heartbeats.
        heartbeat_seconds: u32,
    },
    /// Device to platform; answered with the same.
    Heartbeat,
    /// Platform to device: what it may do has changed.
    RightsChanged {
        /// What it may do now, all of it.
        permissions: Vec<String>,
    },
    /// Platform to device, then the socket closes with code 4002. It may be enabled again.
    Disabled {
        /// Why, if somebody said.
        reason: Option<String>,
    },
    /// Platform to device, then the socket closes with code 4001.
    Revoked,
}
