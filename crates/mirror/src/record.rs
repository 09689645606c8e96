//! A device as a platform lists it, and what follows from that.

use std::collections::BTreeMap;

use clawpair_api::{Device, DeviceStatus, Request};
use clawpair_core::Timestamp;
use clawpair_core::permission::Permission;
use clawpair_core::search::parts;
use clawpair_core::text::KNOWN_DEVICE_TYPES;
use clawpair_core::token_family::REFRESH_DAYS;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::label::{Label, Mark};

/// Largest record of one thing, in bytes of JSON.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A device with what only some platforms know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// As all platforms' devices are shown.
    pub device: Device,
    /// Whether it may change, spend or do something. A platform with permissions of another form says so itself.
    pub broad: bool,
    /// Whether its type is one that is known.
    pub known_type: bool,
    /// From when on its credentials are worthless if it is not heard again, where that is known.
    #[serde(default, with = "crate::millis")]
    pub expires_at: Option<Timestamp>,
    /// When the credentials of its roles were last replaced, by the platform's own clock in milliseconds, 0 if never; none where the
    /// platform does not say so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotations: BTreeMap<String, i64>,
    /// When it was let in last, by the platform's own clock in milliseconds, where `device.paired_at` is an estimate of that by this
    /// computer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_in_at: Option<i64>,
    /// What it was let in for besides its permissions, in the words of the requests for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lends: Vec<String>,
    /// What else the platform says, without any secret.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// A request with what only some platforms know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// As all platforms' requests are shown.
    #[serde(flatten)]
    pub request: Request,
    /// What else the platform says, without any secret.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// A request of a Clawpair platform.
impl From<Request> for RequestRecord {
    fn from(request: Request) -> Self {
        Self { request, details: Value::Null }
    }
}

impl DeviceRecord {
    /// A device of a Clawpair platform.
    pub fn of(device: Device) -> Self {
        let broad = device.permissions.iter().any(|text| !text.parse().is_ok_and(|one: Permission| !one.is_sensitive()));
        let known_type = KNOWN_DEVICE_TYPES.contains(&device.device_type.as_str());
        let expires_at = refresh_ends(&device);
        let (rotations, lends) = (BTreeMap::new(), Vec::new());
        Self { device, broad, known_type, expires_at, rotations, let_in_at: None, lends, details: Value::Null }
    }
}

/// How a device stands, as far as is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is let in.
    Active,
    /// Not until somebody enables it again.
    Disabled,
    /// Never again.
    Revoked,
    /// Its platform no longer lists it.
    Gone,
}

impl From<DeviceStatus> for Standing {
    fn from(status: DeviceStatus) -> Self {
        Self::of(status)
    }
}

impl Standing {
    /// Each once.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Revoked, Self::Gone];

    /// Whether it may come in, now or once somebody enables it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Revoked | Self::Gone)
    }

    pub(crate) const fn of(status: DeviceStatus) -> Self {
        match status {
            DeviceStatus::Active => Self::Active,
            DeviceStatus::Disabled => Self::Disabled,
            DeviceStatus::Revoked => Self::Revoked,
        }
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Disabled => 1,
            Self::Revoked => 2,
            Self::Gone => 3,
        }
    }

    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Active,
            1 => Self::Disabled,
            2 => Self::Revoked,
            _ => Self::Gone,
        }
    }
}

/// Until when a device of a Clawpair platform can come back by its refresh token. It had a working access token when it was last heard,
/// so it had got both at most as long before as that works.
fn refresh_ends(device: &Device) -> Option<Timestamp> {
    let heard = device.last_seen_at.as_deref().unwrap_or(&device.paired_at);
    let may_return = device.status != DeviceStatus::Revoked;
    moment(heard).filter(|_| may_return).map(|heard| heard.plus_minutes(REFRESH_DAYS * 24 * 60))
}

/// A moment as the contract writes it; one that cannot be read is none.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

impl DeviceRecord {
    /// When it joined; long ago if that cannot be read.
    pub(crate) fn paired_at(&self) -> Timestamp {
        moment(&self.device.paired_at).unwrap_or(Timestamp::from_millis(0))
    }

    /// When it was let in by the platform's own clock, if that is known: two such moments can be compared whatever any clock does. Only
    /// platforms of ours, which tell no details, say `paired_at` by their own.
    pub(crate) fn let_in_at(&self) -> Option<Timestamp> {
        let own = || if self.details.is_null() { moment(&self.device.paired_at) } else { None };
        self.let_in_at.map(Timestamp::from_millis).or_else(own)
    }

    /// When it was heard after it joined. A Clawpair platform hears it while it joins, which is no use of it.
    pub fn seen_at(&self) -> Option<Timestamp> {
        self.last_seen_at().filter(|seen| *seen > self.paired_at())
    }

    fn last_seen_at(&self) -> Option<Timestamp> {
        self.device.last_seen_at.as_deref().and_then(moment)
    }

    /// It is read at this time, and was known like that before, as of another: who stays connected is heard all the time, also where its platform
    /// says only when it connected. That is noted once a day, so that not every reading changes it, and when it is connected no more.
    pub(crate) fn note_connection(&mut self, before: Option<(&Self, Timestamp)>, now: Timestamp) {
        // A Clawpair platform says by its own clock when it heard a device last.
        if self.details.is_null() {
            return;
        }
        let today = Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(DAY_MILLIS));
        let known = before.and_then(|(before, _)| before.last_seen_at());
        let left = before.filter(|(before, _)| before.device.connected && !self.device.connected).map(|(_, as_of)| as_of);
        // What a clock showed that was set back since is no moment.
        let seen = [self.last_seen_at(), known, left].into_iter().flatten().filter(|at| *at <= now).max();
        let is_news = self.device.connected && seen.is_none_or(|at| at < today);
        let seen = if is_news { Some(now) } else { seen };
        if seen > self.last_seen_at() {
            self.device.last_seen_at = seen.map(|at| at.to_string());
        }
    }

    /// All that it may do, with what it lends as a node.
    pub(crate) fn rights(&self) -> Vec<String> {
        self.device.permissions.iter().chain(&self.lends).cloned().collect()
    }

    /// What it is filtered by exactly.
    pub(crate) fn labels(&self, group: Option<&str>) -> Vec<Label> {
        let flags = [
            (self.device.connected, Mark::Connected),
            (self.seen_at().is_none(), Mark::NeverUsed),
            (self.broad, Mark::Broad),
            (!self.known_type, Mark::UnknownType),
        ];
        let flags = flags.into_iter().filter(|(has, _)| *has).map(|(_, mark)| Label::mark(mark));
        let mut labels: Vec<Label> = flags
            .chain([Label::all(), Label::device_type(&self.device.device_type)])
            .chain(self.device.tags.iter().map(|tag| Label::tag(tag)))
            .chain(self.device.permissions.iter().map(|permission| Label::permission(permission)))
            .chain(group.map(Label::group))
            .collect();
        labels.sort();
        labels.dedup();
        labels
    }

    /// All words it is found by, sorted, none twice.
    pub(crate) fn words(&self) -> Vec<String> {
        let device = &self.device;
        let id = device.id.strip_prefix("dev-").unwrap_or(&device.id);
        let said = [&device.said_name, &device.last_address, &device.platform, &device.version].into_iter().flatten();
        let texts = [device.name.as_str(), device.device_type.as_str(), id, device.key_fingerprint.as_str()]
            .into_iter()
            .chain(said.map(String::as_str))
            .chain(device.tags.iter().chain(&device.permissions).map(String::as_str));
        let mut words: Vec<String> = texts.flat_map(parts).collect();
        words.sort();
        words.dedup();
        words
    }
}
