//! What a device may do: `resource:action`, and named sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest permission, in bytes.
const MAX_BYTES: usize = 64;
/// Most permissions of one device.
pub const MAX_PERMISSIONS: usize = 32;

/// One right, such as `sensor:read`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Permission(String);

/// Why a text is no permission, or a set of them is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// Not of the form `resource:action`.
    #[error(
        "“{shown}” is no permission; write resource:action with lower-case letters, digits, dots, dashes and underscores, such as sensor:read."
    )]
    Malformed {
        /// The text, made harmless for showing.
        shown: String,
    },
    /// A device without any permission.
    #[error("Choose at least one permission; a device without any could do nothing.")]
    None,
    /// More than [`MAX_PERMISSIONS`].
    #[error("{found} permissions are too many for one device; {MAX_PERMISSIONS} are the most.")]
    TooMany {
        /// How many there are.
        found: usize,
    },
}

impl Permission {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever has it can change something, spend something or act on the world: everything but watching, reading and
    /// reporting. Actions nobody has thought of count as sensitive, so that a new word is asked about and not waved through.
    pub fn is_sensitive(&self) -> bool {
        let action = self.0.split_once(':').map_or("", |(_, action)| action);
        !HARMLESS_ACTIONS.contains(&action)
    }
}

/// Actions that only look or report.
pub const HARMLESS_ACTIONS: [&str; 6] = ["read", "list", "watch", "subscribe", "publish", "report"];

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        };
        let trimmed = text.trim();
        match trimmed.split_once(':') {
            Some((resource, action)) if trimmed.len() <= MAX_BYTES && part(resource) && part(action) => {
                Ok(Self(trimmed.to_owned()))
            }
            _ => Err(PermissionError::Malformed { shown: crate::text::sanitised(text) }),
        }
    }
}

impl TryFrom<String> for Permission {
    type Error = PermissionError;
    fn try_from(text: String) -> Result<Self, PermissionError> {
        text.parse()
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> String {
        permission.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The permissions of one device: at least one, sorted, none twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Permission>", into = "Vec<Permission>")]
pub struct Permissions(Vec<Permission>);

impl Permissions {
    /// Whether one of them is sensitive.
    pub fn are_sensitive(&self) -> bool {
        self.0.iter().any(Permission::is_sensitive)
    }

    /// The permissions in order.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }

    /// As texts.
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Parses each text.
    ///
    /// # Errors
    /// When one is malformed, or there are none or too many.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, PermissionError> {
        if texts.len() > MAX_PERMISSIONS {
            return Err(PermissionError::TooMany { found: texts.len() });
        }
        texts.iter().map(|text| text.as_ref().parse()).collect::<Result<Vec<_>, _>>()?.try_into()
    }
}

impl TryFrom<Vec<Permission>> for Permissions {
    type Error = PermissionError;
    fn try_from(mut permissions: Vec<Permission>) -> Result<Self, PermissionError> {
        permissions.sort();
        permissions.dedup();
        match permissions.len() {
            0 => Err(PermissionError::None),
            found if found > MAX_PERMISSIONS => Err(PermissionError::TooMany { found }),
            _ => Ok(Self(permissions)),
        }
    }
}

impl From<Permissions> for Vec<Permission> {
    fn from(permissions: Permissions) -> Self {
        permissions.0
    }
}

/// Permissions offered in forms, narrow first; any other of the same form may be given.
pub const KNOWN: [&str; 8] = [
    "sensor:read",
    "telemetry:publish",
    "data:read",
    "config:read",
    "events:subscribe",
    "lights:control",
    "compute:execute",
    "llm:invoke",
];

/// A named set of permissions.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Stable name.
    pub id: &'static str,
    /// What it grants.
    pub permissions: &'static [&'static str],
}

/// The presets, narrow first.
pub const PRESETS: [Preset; 5] = [
    Preset { id: "sensor", permissions: &["sensor:read"] },
    Preset { id: "reader", permissions: &["data:read", "config:read"] },
    Preset { id: "home_hub", permissions: &["sensor:read", "lights:control", "events:subscribe"] },
    Preset { id: "worker", permissions: &["compute:execute", "events:subscribe"] },
    Preset { id: "llm", permissions: &["llm:invoke"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_permissions_and_presets_are_well_formed() {
        Permissions::parse(&KNOWN).unwrap();
        for preset in PRESETS {
            Permissions::parse(preset.permissions).unwrap();
        }
    }

    #[test]
    fn refuses_what_is_no_permission() {
        for text in ["", ":", "sensor", "sensor:", ":read", "Sensor:read", "sensor:*", "a:b:c", "sensor read:x", "1a:b"] {
            assert!(text.parse::<Permission>().is_err(), "{text}");
        }
        assert!(format!("a:{}", "b".repeat(63)).parse::<Permission>().is_err());
        assert_eq!(Permissions::parse::<&str>(&[]), Err(PermissionError::None));
    }

    #[test]
    fn what_only_looks_or_reports_is_not_sensitive() {
        let sensitive = |texts: &[&str]| Permissions::parse(texts).unwrap().are_sensitive();
        assert!(!sensitive(&["sensor:read", "telemetry:publish", "data:read", "config:read", "events:subscribe"]));
        for text in ["lights:control", "compute:execute", "llm:invoke", "config:write", "system:admin", "door:frobnicate"] {
            assert!(sensitive(&["sensor:read", text]), "{text}");
        }
    }

    #[test]
    fn sets_are_sorted_without_repetition() {
        let set = Permissions::parse(&["telemetry:publish", " sensor:read", "sensor:read"]).unwrap();
        assert_eq!(set.to_strings(), ["sensor:read", "telemetry:publish"]);
    }
}
