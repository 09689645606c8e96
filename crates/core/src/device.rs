//! A paired device.

use crate::claim::Description;
use crate::clock::Timestamp;
use crate::id::DeviceId;
use crate::key::DeviceKey;
use crate::permission::Permissions;
use crate::text::{DeviceType, Name};

/// Whether a device is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It is.
    Active,
    /// Never again; the record stays as a tombstone.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// One device that was ever let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name in the system.
    pub id: DeviceId,
    /// What a person calls it.
    pub name: Name,
    /// What kind of device it was paired as.
    pub device_type: DeviceType,
    /// What it may do.
    pub permissions: Permissions,
    /// Its key.
    pub key: DeviceKey,
    /// What it says of itself, fit for showing.
    pub description: Description,
    /// Whether it is let in.
    pub state: DeviceState,
    /// When it joined.
    pub paired_at: Timestamp,
    /// When it was last heard.
    pub last_seen_at: Timestamp,
    /// The IP address it was last heard from.
    pub last_address: String,
}
