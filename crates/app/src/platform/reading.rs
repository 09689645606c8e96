//! What a platform has, for whoever keeps a copy of it.

use clawpair_core::clock::Timestamp;
use clawpair_mirror::{Extent, Thing};

/// Where the readings before have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// What the last one said; everything is read without it.
    pub cursor: Option<String>,
    /// The number of the newest entry of the activity log that is known.
    pub activity: Option<i64>,
    /// Whether it has to have been asked after this call, because that is to confirm something.
    pub afresh: bool,
    /// Whether it is said that it could not be read lately. What shows otherwise counts as brought, though it may be nothing new.
    pub stale: bool,
}

/// What one reading has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// How much of what the platform has this is.
    pub extent: Extent,
    /// The things.
    pub things: Vec<Thing>,
    /// Whether there is more right now.
    pub more: bool,
    /// Whether the platform was asked for it after the call.
    pub asked: bool,
    /// When it was asked, by this computer's clock, where that is not when it was called.
    pub as_of: Option<Timestamp>,
    /// How far its clock is ahead of this computer's, if that was seen and its times are by its own.
    pub ahead_millis: Option<i64>,
}
