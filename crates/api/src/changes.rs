use serde::{Deserialize, Serialize};

use crate::Event;

/// What has changed since a cursor, each thing once and as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeList {
    /// The things, the longest unchanged first. A request comes with its pairing.
    pub changes: Vec<Event>,
    /// Send it as `since` for what comes after.
    pub cursor: String,
    /// Whether there are more right now.
    pub more: bool,
}
