use serde::{Deserialize, Serialize};

/// `POST /api/v1/pair/opaque/start`: a device that was told a code asks whoever answers to prove that he knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpaqueStart {
    /// The code's first three symbols.
    pub locator: String,
    /// KE1, 96 bytes in base64url.
    pub request: String,
}

/// The answer. It looks the same where there is no such code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpaqueStarted {
    /// KE2, 320 bytes in base64url.
    pub response: String,
}

/// `POST /api/v1/pair/opaque/finish`, over the same connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpaqueFinish {
    /// KE3, 64 bytes in base64url.
    pub finalization: String,
}

/// Both sides know the code, and nobody is in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpaqueFinished {
    /// Always `proven`.
    pub status: OpaqueStatus,
}

/// The one word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OpaqueStatus {
    /// The device may send its claim.
    Proven,
}
