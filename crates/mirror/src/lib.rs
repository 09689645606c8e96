//! What a person's platforms had when they were last heard, what is still to be sent to them, and what was done here: one SQLite
//! file on the person's computer.
//!
//! Lists read this file only, so a dead network never makes them slow or empty. No code here knows a network. Whoever talks to a
//! platform does, over and over:
//!
//! 1. [`Mirror::take_several`], send what it gives under its idempotency key if it still [`sets out`](Mirror::sets_out),
//!    [`Mirror::settle_all`] with the answers;
//! 2. [`Mirror::reading`], then ask for what has changed since the platform's cursor or for everything, then [`Mirror::apply`];
//! 3. for what [`Mirror::unverified`] still lists: a reading that begins now, of that very thing;
//! 4. [`Mirror::mark_stale`] when the platform does not answer, and wait until [`Mirror::next_due`] or its next event.
//!
//! A stream of events was asked for when it was opened. What it carries is applied with the reading that began then, or, better, is
//! taken as a sign that there is something to ask for.
//!
//! Several programs of one person may do this on one file at once: readings and acknowledgements are numbered in the file, and what one
//! program has taken out of the outbox no other takes before the answer counts as lost.

mod act;
mod apply;
mod asked_since;
mod backup;
mod batch;
mod bundle;
mod counts;
mod delivery;
mod device_row;
mod error;
mod exchange;
mod export;
mod facet;
mod few;
mod file;
mod filter;
mod forget;
mod intent;
mod journal;
mod journal_list;
mod keeping;
mod label;
mod left_in;
mod let_in;
mod list;
mod log;
mod lost;
mod millis;
mod observe;
mod of_platform;
mod outbox;
mod over_since;
mod overtaking;
mod pending;
mod platform;
mod presence;
mod reading;
mod record;
mod rescue;
mod review;
mod search;
mod sending;
mod stranger;
mod summary;
mod suspicion;
mod things;
mod tombstone;
mod words;

pub use act::{About, Act, Noted};
pub use backup::Backup;
pub use batch::{Applied, Batch, Extent, MAX_CHANGES, MAX_EVERYTHING, Thing, Whole};
pub use bundle::{BundleFault, VerifiedBundle, verify_bundle};
pub use delivery::{Delivery, InvalidStep, Wait};
pub use error::MirrorError;
pub use export::{ExportError, ExportFormat};
pub use facet::{FacetQuery, Facets};
pub use file::Mirror;
pub use filter::DeviceFilter;
pub use intent::{Choice, Conflict, Intent};
pub use journal_list::{JournalEntry, JournalFilter, Named};
pub use keeping::{PutBack, SetAside};
pub use label::Mark;
pub use list::{DevicePage, DeviceQuery, ListedDevice, Order, Position};
pub use lost::{KeyPlace, KeyStanding};
pub use of_platform::{ActivityFilter, FoundActivity, PageOf};
pub use outbox::{Errand, Wish};
pub use pending::OutboxCounts;
pub use platform::{Place, Platform, PlatformId, Stale};
pub use reading::Reading;
pub use record::{DeviceRecord, MAX_RECORD_BYTES, RequestRecord, Standing};
pub use review::{MAX_COUNTED, ReviewChange, ReviewKind, ReviewSummary, Rights};
pub use sending::Answer;
pub use stranger::Stranger;
pub use summary::Summary;
pub use things::MAX_PAGE;
pub use tombstone::{Alarm, EndedBy, Tombstone};
