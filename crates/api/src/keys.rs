use clawpair_core::access::{Role, Scope};
use clawpair_core::api_key as life;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/api-keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for; 1–64 characters.
    pub name: String,
    /// `admin`, `device_manager`, `integrator`, `developer` or `viewer`.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub role: Role,
    /// The scopes of that role it is narrowed to; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "Array<string> | null"))]
    pub scopes: Option<Vec<Scope>>,
    /// 1–3650; it never ends when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKey {
    /// `key-<uuid>`.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Its public part, for telling keys apart.
    pub prefix: String,
    /// What its holder is.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub role: Role,
    /// What it may do.
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is worthless; never when null.
    pub expires_at: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

impl From<&life::ApiKey> for ApiKey {
    fn from(key: &life::ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            prefix: key.prefix.clone(),
            role: key.role,
            scopes: key.rights().iter().collect(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// All API keys, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyList {
    /// The keys.
    pub api_keys: Vec<ApiKey>,
}

/// The only answer that ever holds an API key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKeyCreated {
    /// `cpk_…`: shown once; treat it like a password.
    pub key: String,
    /// What the platform keeps of it.
    pub api_key: ApiKey,
}
