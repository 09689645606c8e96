//! What a reviewer is shown over all platforms, from what was last heard of them.

use serde::{Deserialize, Serialize};

use super::outbox::DeviceEndedBy;
use super::platform::PlatformDevice;

/// How a device stands, as far as is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReviewStanding {
    /// It is let in.
    Active,
    /// Not until somebody enables it again.
    Disabled,
    /// Never again.
    Revoked,
    /// Its platform no longer lists it.
    Gone,
}

/// What a reviewer looks for in a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReviewMark {
    /// Never heard after it joined.
    NeverUsed,
    /// With permissions that change, spend or do something.
    Broad,
    /// Of a type that is none of the known.
    UnknownType,
    /// Not heard for as many days as asked for, or never.
    NotSeen,
    /// Its credentials end soon unless it is heard, or have ended.
    Expiring,
}

/// What devices are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReviewOrder {
    /// By name.
    #[default]
    Name,
    /// By when they joined.
    Paired,
    /// By when they were last heard.
    Seen,
}

/// Which devices of all platforms to show: what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct ReviewQuery {
    /// Words that their parts begin with.
    pub search: Option<String>,
    /// Of this platform.
    pub platform: Option<String>,
    /// That stand so.
    pub standing: Option<ReviewStanding>,
    /// With all of these marks.
    pub marks: Vec<ReviewMark>,
    /// After how many days of silence a device is *not seen*.
    pub unseen_days: u16,
    /// Exactly this type.
    pub device_type: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// In this group of this computer's.
    pub group: Option<String>,
    /// In which order.
    pub order: ReviewOrder,
    /// Whether it is turned round.
    pub descending: bool,
    /// Where the page before said it goes on.
    pub after: Option<String>,
}

/// A device of some platform as it was last heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewDevice {
    /// Whose.
    pub platform: String,
    /// What that is called.
    pub platform_name: String,
    /// How it stands.
    pub standing: ReviewStanding,
    /// In which group of this computer's it is.
    pub group: Option<String>,
    /// What a reviewer looks for and it has; nothing that depends on a number of days.
    pub marks: Vec<ReviewMark>,
    /// From when on its credentials are worthless if it is not heard again, where that is known.
    pub expires_at: Option<String>,
    /// What its platform said last.
    pub device: PlatformDevice,
}

/// Some devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewDevicePage {
    /// The devices.
    pub devices: Vec<ReviewDevice>,
    /// The `after` of the next page, if there is one.
    pub next: Option<String>,
    /// Whether they are in the order asked for; if not, the one that became known last comes first.
    pub ordered: bool,
}

/// A device, and who else has its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewedDevice {
    /// The device.
    pub device: ReviewDevice,
    /// The other devices with the same key, on any platform; at most 200.
    pub same_key: Vec<ReviewDevice>,
}

/// So many, or so many and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Counted {
    /// How many were counted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
    /// Whether there may be more.
    pub or_more: bool,
}

/// A word that devices have, and how many have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewWord {
    /// The word.
    pub word: String,
    /// How many devices have it.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
}

/// How many devices each mark alone would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MarkCount {
    /// The mark.
    pub mark: ReviewMark,
    /// How many.
    pub counted: Counted,
}

/// How many devices there are, by what they can be narrowed by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewCounts {
    /// Let in.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub active: u64,
    /// Not until somebody enables them.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub disabled: u64,
    /// Revoked.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub revoked: u64,
    /// No longer listed by their platform.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub gone: u64,
    /// By mark, of those that stand as asked for.
    pub marks: Vec<MarkCount>,
    /// By tag likewise.
    pub tags: Vec<ReviewWord>,
    /// By group of this computer's likewise.
    pub groups: Vec<ReviewWord>,
    /// By type likewise.
    pub types: Vec<ReviewWord>,
}

/// What has happened to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// It was not there before, or was over.
    Added,
    /// It was revoked or is gone.
    Ended,
    /// It may do something else than before.
    Rights,
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewChange {
    /// Counts them on this computer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: i64,
    /// What has happened.
    pub kind: ReviewKind,
    /// When it was noticed.
    pub at: String,
    /// What the device was called then.
    pub name: String,
    /// Whose it is.
    pub platform: String,
    /// What that is called.
    pub platform_name: String,
    /// What its platform calls it.
    pub device_id: String,
    /// What it could do before.
    pub before: Vec<String>,
    /// What it could do then.
    pub then: Vec<String>,
    /// The device as it is known now, if it still is.
    pub device: Option<ReviewDevice>,
}

/// Some of what has changed since a person last looked, and how much that is in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewChangePage {
    /// When a person last said that they had looked; null if never.
    pub reviewed_at: Option<String>,
    /// In the order they were noticed.
    pub changes: Vec<ReviewChange>,
    /// The `after` of the next page, if there is one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
    /// Devices that are new.
    pub added: Counted,
    /// Devices that are over.
    pub ended: Counted,
    /// Devices with other rights.
    pub rights: Counted,
    /// The number of the last change that is counted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last: i64,
}

/// A device that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Tombstone {
    /// Counts tombstones on this computer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: i64,
    /// Where it was.
    pub platform: String,
    /// What that is called, or was when it was removed here.
    pub platform_name: String,
    /// What its platform called it.
    pub device_id: String,
    /// What a person called it.
    pub name: String,
    /// Its key's fingerprint.
    pub key: String,
    /// Revoked or gone.
    pub standing: ReviewStanding,
    /// When: by the platform's clock if it was revoked, else when it was missed.
    pub at: String,
    /// Who has ended it, if that is known.
    pub who: Option<DeviceEndedBy>,
    /// Why, if somebody said.
    pub why: Option<String>,
}

/// Some devices that are over, the last to end first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TombstonePage {
    /// The tombstones.
    pub tombstones: Vec<Tombstone>,
    /// The `before` of the next page, if there is one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
}
