use clawpair_core::account as life;
use clawpair_core::id::SessionId;
use serde::{Deserialize, Serialize};

use crate::Member;

/// `POST /api/v1/session`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The member's name, or else the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Name>))]
    pub name: Option<String>,
    /// The member's e-mail address, or else the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Email>))]
    pub email: Option<String>,
    /// The password.
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    pub password: String,
    /// Six digits, where the account has a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// One of the recovery codes in their stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::RecoveryCode>))]
    pub recovery_code: Option<String>,
}

/// Who is signed in. The session's token is in the cookie `__Host-clawpair` alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The member.
    pub member: Member,
    /// The session.
    pub session: Session,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// `ses-<uuid>`.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began.
    pub created_at: String,
    /// When it was last used, to the minute.
    pub seen_at: String,
    /// From when on it is worthless if nobody uses it again.
    pub ends_at: String,
    /// The IP address it began at.
    pub address: Option<String>,
}

impl Session {
    /// How a session looks to another of the same member, or to itself.
    pub fn seen_by(session: &life::Session, current: SessionId) -> Self {
        Self {
            id: session.id.to_string(),
            current: session.id == current,
            created_at: session.created_at.to_string(),
            seen_at: session.seen_at.to_string(),
            ends_at: session.ends_at().to_string(),
            address: session.address.map(|address| address.to_string()),
        }
    }
}

/// The caller's sessions, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<Session>,
}

/// `POST /api/v1/me/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password so far.
    pub password: String,
    /// 12–256 characters, and not easy to guess.
    pub new_password: String,
}

/// `POST /api/v1/me/totp/remove` and `POST /api/v1/me/recovery-codes`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmPassword {
    /// The caller's password.
    pub password: String,
}

/// A secret for an authenticator app; nothing is kept of it before it comes back with a code.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpProposal {
    /// 160 bits in base32 (RFC 4648).
    pub secret: String,
    /// The same as a link that apps read from a QR picture.
    pub uri: String,
}

/// `POST /api/v1/me/totp`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetTotp {
    /// The caller's password.
    pub password: String,
    /// The secret as it was proposed.
    pub secret: String,
    /// The six digits that the app shows, as proof that it has the secret.
    pub code: String,
}

/// The only answer that ever holds recovery codes.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten, each for one sign-in without the second factor.
    pub recovery_codes: Vec<String>,
}
