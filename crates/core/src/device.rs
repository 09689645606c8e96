//! A paired device, and what may be changed of it.

use crate::claim::Description;
use crate::clock::Timestamp;
use crate::id::DeviceId;
use crate::key::DeviceKey;
use crate::permission::Permissions;
use crate::tags::{Tags, TagsError};
use crate::text::{DeviceType, Name, Reason};

/// Whether a device is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It is.
    Active,
    /// Not until somebody enables it again, with the same credentials.
    Disabled {
        /// Since when.
        at: Timestamp,
        /// Why, if somebody said.
        reason: Option<Reason>,
    },
    /// Never again; the record stays as a tombstone.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why, if somebody said.
        reason: Option<Reason>,
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
    /// What people find it by.
    pub tags: Tags,
    /// Its key.
    pub key: DeviceKey,
    /// What it says of itself, fit for showing.
    pub description: Description,
    /// Whether it is let in.
    pub state: DeviceState,
    /// Counts the changes people and rules made to it. Being heard is none.
    pub revision: u32,
    /// When it joined.
    pub paired_at: Timestamp,
    /// When it was last heard.
    pub last_seen_at: Timestamp,
    /// The IP address it was last heard from.
    pub last_address: String,
}

/// What somebody wants changed of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// What people call it and find it by; what is `None` stays.
    Edit {
        /// Another name.
        name: Option<Name>,
        /// Another type.
        device_type: Option<DeviceType>,
        /// Other tags.
        tags: Option<Tags>,
    },
    /// What it may do from now on.
    Grant(Permissions),
    /// These tags besides those it has.
    AddTags(Tags),
    /// Not these tags.
    RemoveTags(Tags),
    /// Shut it out for a while.
    Disable {
        /// Why.
        reason: Option<Reason>,
    },
    /// Let it in again.
    Enable,
    /// Shut it out for good.
    Revoke {
        /// Why.
        reason: Option<Reason>,
    },
}

/// Why a device cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChange {
    /// A tombstone stays as it is.
    #[error("This device was revoked, which is final; nothing of it can be changed.")]
    Revoked,
    /// Whoever asks looked at another revision than there is now.
    #[error("This changed while you looked.")]
    ChangedMeanwhile,
    /// More tags than a device may have.
    #[error(transparent)]
    Tags(#[from] TagsError),
}

impl Device {
    /// Whether it is let in.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, DeviceState::Active)
    }

    /// The device after a change. One that changes nothing leaves the revision as it is, so that repeating is safe.
    ///
    /// # Errors
    /// When a revoked device would have to change, or it gets too many tags.
    pub fn changed(self, change: &DeviceChange, at: Timestamp) -> Result<Self, InvalidChange> {
        if matches!(self.state, DeviceState::Revoked { .. }) {
            return if matches!(change, DeviceChange::Revoke { .. }) { Ok(self) } else { Err(InvalidChange::Revoked) };
        }
        let before = self.clone();
        let mut device = self;
        match change.clone() {
            DeviceChange::Edit { name, device_type, tags } => {
                device.name = name.unwrap_or(device.name);
                device.device_type = device_type.unwrap_or(device.device_type);
                device.tags = tags.unwrap_or(device.tags);
            }
            DeviceChange::Grant(permissions) => device.permissions = permissions,
            DeviceChange::AddTags(tags) => device.tags = device.tags.with(&tags)?,
            DeviceChange::RemoveTags(tags) => device.tags = device.tags.without(&tags),
            DeviceChange::Disable { reason } if device.is_active() => device.state = DeviceState::Disabled { at, reason },
            DeviceChange::Disable { .. } => {}
            DeviceChange::Enable => device.state = DeviceState::Active,
            DeviceChange::Revoke { reason } => device.state = DeviceState::Revoked { at, reason },
        }
        if device != before {
            device.revision += 1;
        }
        Ok(device)
    }
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
