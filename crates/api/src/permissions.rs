use clawpair_core::permission::{KNOWN, PRESETS, Permission};
use serde::{Deserialize, Serialize};

/// A permission that forms offer. Any other of the form `resource:action` may be given too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferedPermission {
    /// `resource:action`.
    pub permission: String,
    /// Whether whoever has it can change something, spend something or act on the world.
    pub sensitive: bool,
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PermissionPreset {
    /// Its stable name.
    pub id: String,
    /// What it grants.
    pub permissions: Vec<String>,
}

/// Permissions and presets, narrow first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PermissionList {
    /// The permissions that forms offer.
    pub permissions: Vec<OfferedPermission>,
    /// Named sets of them.
    pub presets: Vec<PermissionPreset>,
}

impl PermissionList {
    /// What this platform offers.
    pub fn offered() -> Self {
        let sensitive = |text: &str| text.parse::<Permission>().is_ok_and(|permission| permission.is_sensitive());
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Self {
            permissions: KNOWN
                .iter()
                .map(|&text| OfferedPermission { permission: text.to_owned(), sensitive: sensitive(text) })
                .collect(),
            presets: PRESETS
                .iter()
                .map(|preset| PermissionPreset { id: preset.id.to_owned(), permissions: owned(preset.permissions) })
                .collect(),
        }
    }
}
