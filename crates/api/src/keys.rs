use clawpair_core::access::{Role, Scope};
use clawpair_core::api_key as life;
use clawpair_core::day::Day;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/api-keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for; 1–64 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// `admin`, `device_manager`, `integrator`, `developer` or `viewer`.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Role))]
    pub role: Role,
    /// The scopes of that role it is narrowed to; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "Array<string> | null"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<crate::schema::Scope>>, min_items = 1))]
    pub scopes: Option<Vec<Scope>>,
    /// 1–3650; it never ends when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    pub expires_in_days: Option<u32>,
}

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKey {
    /// `key-<uuid>`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::ApiKeyId))]
    pub id: String,
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// Its public part, for telling keys apart.
    pub prefix: String,
    /// What its holder is.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Role))]
    pub role: Role,
    /// What it may do.
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::schema::Scope>))]
    pub scopes: Vec<Scope>,
    /// Who made it: `owner`, `operator`, or an API key's or member's id.
    pub made_by: String,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Time))]
    pub created_at: String,
    /// From when on it is worthless; never when null.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub expires_at: Option<String>,
    /// When it last got a new secret.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub rotated_at: Option<String>,
    /// When it was last used.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
    pub last_used_at: Option<String>,
    /// When it was revoked.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Time>))]
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
            made_by: key.made_by.to_string(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            rotated_at: key.rotated_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// All API keys, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyList {
    /// The keys.
    pub api_keys: Vec<ApiKey>,
}

/// The only answer that ever holds an API key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKeyCreated {
    /// `cpk_…`: shown once; treat it like a password.
    pub key: String,
    /// What the platform keeps of it.
    pub api_key: ApiKey,
}

/// `POST /api/v1/api-keys/{id}/rotate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKey {
    /// For how long the secret it has now works beside the new one: 0–1440.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1440))]
    pub overlap_minutes: u32,
}

/// One API key and how it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKeyDetail {
    /// The key.
    pub api_key: ApiKey,
    /// Its use.
    pub usage: ApiKeyUsage,
}

/// How an API key is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKeyUsage {
    /// All calls it ever made, refused ones with a good key too.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: u64,
    /// Those of today, in UTC.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub today: u64,
    /// The last 30 days with today, oldest first, those without a call too.
    pub days: Vec<ApiKeyDay>,
    /// The IP address of the last call that came over a network.
    pub last_address: Option<String>,
}

/// The calls of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ApiKeyDay {
    /// `2023-10-27`, in UTC.
    pub date: String,
    /// How many.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub uses: u64,
}

impl ApiKeyUsage {
    /// How many days it tells of.
    pub const DAYS: u32 = 30;

    /// The first of those days.
    pub const fn since(today: Day) -> Day {
        today.minus(Self::DAYS as i64 - 1)
    }

    /// What was counted, as of a day.
    pub fn of(usage: &life::KeyUsage, today: Day) -> Self {
        let uses = |day: Day| usage.days.get(&day).copied().unwrap_or_default();
        let days = (0..i64::from(Self::DAYS)).rev().map(|ago| today.minus(ago));
        Self {
            total: usage.total,
            today: uses(today),
            days: days.map(|day| ApiKeyDay { date: day.to_string(), uses: uses(day) }).collect(),
            last_address: usage.last_address.clone(),
        }
    }
}
