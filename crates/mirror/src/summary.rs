//! How many devices there are, without counting them.

use clawpair_core::Timestamp;
use clawpair_core::text::Tag;

use crate::counts::{Counts, having};
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, Deed};
use crate::label::{Label, Mark};
use crate::platform::{Place, PlatformId, number_of};
use crate::record::Standing;

/// How many devices there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Let in.
    pub active: i64,
    /// Not until somebody enables them.
    pub disabled: i64,
    /// Revoked.
    pub revoked: i64,
    /// No longer listed by their platform.
    pub gone: i64,
    /// Of those that are active, connected when they were last heard of.
    pub connected: i64,
    /// Of those that are active, never heard after they joined.
    pub never_used: i64,
    /// Of those that are active, with permissions that change, spend or do something.
    pub broad: i64,
    /// Of those that are active, of a type that is none of the known.
    pub unknown_type: i64,
}

impl Mirror {
    /// How many devices one platform or all have.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn summary(&self, platform: Option<&PlatformId>) -> Result<Summary, MirrorError> {
        self.read(|db| {
            let platform = platform.map(|id| number_of(db, id)).transpose()?;
            let standing = |standing| having(db, &Label::all(), platform, Some(standing));
            let active = |mark| having(db, &Label::mark(mark), platform, Some(Standing::Active));
            Ok(Summary {
                active: standing(Standing::Active)?,
                disabled: standing(Standing::Disabled)?,
                revoked: standing(Standing::Revoked)?,
                gone: standing(Standing::Gone)?,
                connected: active(Mark::Connected)?,
                never_used: active(Mark::NeverUsed)?,
                broad: active(Mark::Broad)?,
                unknown_type: active(Mark::UnknownType)?,
            })
        })
    }

    /// Puts a device into a group of this computer's, or into none. No platform hears of it.
    ///
    /// # Errors
    /// When there is no such device, or it cannot be kept.
    pub fn put_in_group(&self, place: &Place, group: Option<&Tag>, at: Timestamp) -> Result<(), MirrorError> {
        self.write(|db| {
            let platform = number_of(db, &place.platform)?;
            let before = device_row::find(db, platform, &place.id)?.ok_or(MirrorError::NotFound("device"))?;
            let after = DeviceRow { group: group.map(ToString::to_string), ..before.clone() };
            let mut counts = Counts::default();
            device_row::update(db, &mut counts, platform, &before, &after)?;
            counts.write(db)?;
            journal::append(db, at, &Deed::by_person("grouped", journal::subject(place), group.map(ToString::to_string)))
        })
    }
}
