//! What a search through everything finds besides devices.

use clawpair_api::ActivityEntry;
use serde::{Deserialize, Serialize};

/// An entry of some platform's activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct FoundActivity {
    /// Counts entries of all platforms in the order in which they became known here.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub known: i64,
    /// Whose.
    pub platform: String,
    /// What that is called.
    pub platform_name: String,
    /// As the platform tells it.
    pub entry: ActivityEntry,
}

/// Some entries, those that became known last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct FoundActivityPage {
    /// The entries.
    pub entries: Vec<FoundActivity>,
    /// The `before` of the next page, if there is one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
}

/// What may become a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// Somebody asks to be let in.
    Request,
    /// A code that works.
    Code,
}

/// Somebody who asks to be let in on some platform, or a code that works there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct FoundWaiting {
    /// Which of the two.
    pub kind: WaitingKind,
    /// Whose.
    pub platform: String,
    /// What that is called.
    pub platform_name: String,
    /// What the platform calls it.
    pub id: String,
    /// What the device would be called.
    pub name: String,
    /// What kind of device it would be.
    pub device_type: String,
    /// When somebody asked, or the code was made.
    pub at: String,
}
