//! The port behind which transitions become durable. Each method is one whole transition: when it returns `Ok`, the
//! change and its activity entry are on disk together; when it returns `Err`, nothing has happened or, where the
//! answer was lost, repeating it is safe.
//!
//! One trait per kind of thing; [`Store`] is all of them together.

mod activity;
mod alerts;
mod api_keys;
mod changes;
mod device_keys;
mod device_list;
mod devices;
mod health;
mod keeping;
mod mail;
mod members;
mod pairing_list;
mod pairings;
mod repeats;
mod requests;
mod tokens;

pub use activity::{Activity, ActivityFilter, NamedEntry};
pub use alerts::{AlertFilter, Alerts, NewAlert, Raised};
pub use api_keys::{ApiKeys, Reach, Rotation};
pub use changes::{Change, ChangeCursor, ChangeCursorError, ChangeLog, Changes};
pub use device_keys::{DeviceKeys, KeyChangeOutcome};
pub use device_list::{
    DeviceCounts, DeviceFilter, DevicePosition, DevicePositionError, DeviceQuery, DeviceSort, DeviceSortError, SortKey, Standing,
};
pub use devices::{DeviceOrder, DeviceOutcome, Devices};
pub use health::{Health, Written};
pub use keeping::{Keeping, RetentionEdition};
pub use mail::{AddressAsked, AddressConfirmed, Confirming, DueMail, MailId, Mails, NewAddress, Tried};
pub use members::{
    Account, Accounts, Invited, Joined, Joining, Login, MemberChange, MemberChanged, Members, NewInvite, SealedTotp, SecondFactor,
    Sessions, SignIn,
};
pub use pairing_list::{
    PairingCounts, PairingFilter, PairingPosition, PairingPositionError, PairingQuery, PairingSort, PairingSortError,
    PairingSortKey,
};
pub use pairings::{Claim, ClaimOutcome, Entry, Guess, NewPairing, Opening, Pairings, TypedCodes};
pub use repeats::{Repeatable, Repeats};
pub use requests::{RequestFilter, Requests};
pub use tokens::{RefreshOutcome, Tokens};

/// The storage failed; nothing is known to be wrong with the request.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Disk full, file locked, read-only, damaged: in the storage's own words.
    #[error("The platform's database could not be used: {0}")]
    Unavailable(String),
    /// The file was written by a newer program.
    #[error(
        "This database was written by a newer Clawpair (format {found}; this one knows {known}). Install the newer version; the file was left as it is."
    )]
    NewerFormat {
        /// The file's format.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
}

/// One page of a list, newest first, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T, Id> {
    /// The items.
    pub items: Vec<T>,
    /// Pass as `after` for more.
    pub next: Option<Id>,
}

/// Durable state of one platform.
pub trait Store:
    Pairings
    + Repeats
    + Requests
    + Devices
    + DeviceKeys
    + Tokens
    + ApiKeys
    + Activity
    + Alerts
    + Health
    + Keeping
    + Members
    + Accounts
    + Mails
    + ChangeLog
{
}

impl<
    T: Pairings
        + Repeats
        + Requests
        + Devices
        + DeviceKeys
        + Tokens
        + ApiKeys
        + Activity
        + Alerts
        + Health
        + Keeping
        + Members
        + Accounts
        + Mails
        + ChangeLog,
> Store for T
{
}
