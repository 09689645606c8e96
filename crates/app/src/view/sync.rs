//! What became of reading platforms and sending what waited, for a program without a window.

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::outbox::ErrandView;

/// One platform, after it was read or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedPlatform {
    /// The platform.
    pub id: String,
    /// What it is called; empty for the one inside the app.
    pub name: String,
    /// As of when what is known of it is true; null if it was never read.
    pub as_of: Option<String>,
    /// Why it is not newer; null if it was read.
    pub stale: Option<Refusal>,
    /// What was not over when this began or was asked for since, as it stands now, the oldest first.
    pub errands: Vec<ErrandView>,
}
