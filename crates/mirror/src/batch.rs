//! What a platform has said, ready to be applied.

use clawpair_api::{ActivityEntry, Event, Pairing};

use crate::platform::PlatformId;
use crate::reading::Reading;
use crate::record::{DeviceRecord, RequestRecord};

/// Most things of one batch that brings what has changed.
pub const MAX_CHANGES: usize = 10_000;
/// Most things of one batch that brings everything.
pub const MAX_EVERYTHING: usize = 1_000_000;

/// One thing as its platform has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A device.
    Device(Box<DeviceRecord>),
    /// A code, without its secrets.
    Pairing(Box<Pairing>),
    /// Somebody who waits to be let in, or did.
    Request(Box<RequestRecord>),
    /// Something that was done on the platform.
    Activity(Box<ActivityEntry>),
}

impl Thing {
    /// What an event of a Clawpair platform carries; nothing for those that carry nothing that is kept here.
    pub fn of(event: Event) -> Option<Self> {
        match event {
            Event::Device { device } => Some(Self::Device(Box::new(DeviceRecord::of(device)))),
            Event::Pairing { pairing } => Some(Self::Pairing(Box::new(pairing))),
            Event::Request { request } => Some(Self::Request(Box::new(request.into()))),
            Event::GuessFailed { .. } | Event::Alert { .. } | Event::Resync => None,
        }
    }
}

/// How much of what a platform has is in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Some things. If they came by a cursor, the one to read on from; without one they were told, and nothing was read.
    Some {
        /// Where the next incremental reading begins.
        cursor: Option<String>,
    },
    /// All its devices and all requests and codes that are not over: what is not among them is gone.
    Everything {
        /// Where the next incremental reading begins.
        cursor: Option<String>,
    },
    /// Everything likewise, as far as this program may see it: only in lists that are whole is what is not among it gone.
    Visible {
        /// Where the next incremental reading begins.
        cursor: Option<String>,
        /// Which of the lists are.
        whole: Whole,
        /// Whether its activity log may be seen.
        log: bool,
    },
    /// What is listed at one moment by a platform that counts no revisions and forgets what is over: whatever is in it is so, and only in
    /// lists that are whole is what they lack gone.
    Look {
        /// Where the next reading begins.
        cursor: Option<String>,
        /// Which of the lists are.
        whole: Whole,
    },
}

/// Which lists have all that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Devices.
    pub devices: bool,
    /// Requests and codes that are not over.
    pub others: bool,
}

impl Whole {
    const NONE: Self = Self { devices: false, others: false };
    const ALL: Self = Self { devices: true, others: true };
}

impl Extent {
    /// Where the next reading begins, where that is known now.
    pub const fn cursor(&self) -> Option<&String> {
        let (Self::Some { cursor } | Self::Everything { cursor } | Self::Visible { cursor, .. } | Self::Look { cursor, .. }) = self;
        cursor.as_ref()
    }

    /// Whether the platform was read, and not only something told by it: then no more is known to be missing than its next reading brings.
    pub const fn is_reading(&self) -> bool {
        match self {
            Self::Some { cursor } => cursor.is_some(),
            Self::Everything { .. } | Self::Visible { .. } | Self::Look { .. } => true,
        }
    }

    pub(crate) const fn whole(&self) -> Whole {
        match self {
            Self::Some { .. } => Whole::NONE,
            Self::Everything { .. } => Whole::ALL,
            Self::Visible { whole, .. } | Self::Look { whole, .. } => *whole,
        }
    }

    /// Whether the activity log is read from its end, whatever was known of it.
    pub(crate) const fn reads_log_anew(&self) -> bool {
        matches!(self, Self::Everything { .. } | Self::Visible { log: true, .. })
    }
}

/// What one reading of a platform has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub platform: PlatformId,
    /// The reading, begun before the platform was asked.
    pub reading: Reading,
    /// How much of it this is.
    pub extent: Extent,
    /// At most [`MAX_CHANGES`], or [`MAX_EVERYTHING`].
    pub things: Vec<Thing>,
}

/// What a batch has changed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Things that are new or different, without entries of the activity log.
    pub changed: usize,
    /// Entries of the activity log that are new.
    pub entries: usize,
    /// Devices that are over since.
    pub ended: usize,
    /// Devices that were reported lost before they were listed, and whose revocation is asked for since.
    pub lost: usize,
}
