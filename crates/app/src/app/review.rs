//! Looking through the devices of all platforms. All of it is read from the mirror, so no network is waited for.

use std::collections::HashMap;

use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::search::Search;
use clawpair_core::text::{Tag, TextError};
use clawpair_mirror::{MirrorError, Place, PlatformId};

use super::{Answer, App};
use crate::mirrored::lists::read;
use crate::mirrored::{across, elsewhere, looked};
use crate::outbox::Outbox;
use crate::view::elsewhere::{FoundActivityPage, FoundWaiting};
use crate::view::review::{
    ReviewChangePage, ReviewCounts, ReviewDevice, ReviewDevicePage, ReviewKind, ReviewQuery, ReviewedDevice, TombstonePage,
};
use crate::view::{PAGE, Refusal};

impl App {
    /// A page of the devices of all platforms; at most `limit`, and never more than [`PAGE`].
    ///
    /// # Errors
    /// When what is looked for cannot be, or the mirror cannot be read.
    pub async fn review_devices(&self, query: &ReviewQuery, limit: usize) -> Answer<ReviewDevicePage> {
        let query = across::device_query(query, limit.min(PAGE), SystemClock.now())?;
        let read = move |outbox: &Outbox| {
            let mut page = across::devices(outbox.mirror(), &query)?;
            note_pending(outbox, page.devices.iter_mut())?;
            Ok(page)
        };
        self.on_outbox(read).await
    }

    /// How many devices of all platforms, or of the one that is asked for, each filter would find.
    ///
    /// # Errors
    /// When there is no such platform, or the mirror cannot be read.
    pub async fn review_counts(&self, query: &ReviewQuery) -> Answer<ReviewCounts> {
        let query = across::facet_query(query, SystemClock.now())?;
        self.on_outbox(move |outbox| across::counts(outbox.mirror(), &query)).await
    }

    /// One device, and the others that have its key.
    ///
    /// # Errors
    /// When there is none, or the mirror cannot be read.
    pub async fn review_device(&self, platform: &str, device: &str) -> Answer<ReviewedDevice> {
        let place = place(platform, device)?;
        self.on_outbox(move |outbox| reviewed(outbox, &place)).await
    }

    /// Puts a device into a group of this computer's, or into none. No platform hears of it.
    ///
    /// # Errors
    /// When the group cannot be called so, there is no such device, or it cannot be kept.
    pub async fn put_in_group(&self, platform: &str, device: &str, group: Option<&str>) -> Answer<ReviewedDevice> {
        let (place, at) = (place(platform, device)?, SystemClock.now());
        let group: Option<Tag> = group.map(str::parse).transpose().map_err(|error| unreadable(&error))?;
        let put = move |outbox: &Outbox| {
            outbox.mirror().put_in_group(&place, group.as_ref(), at)?;
            reviewed(outbox, &place)
        };
        self.on_outbox(put).await
    }

    /// What has changed since a person last looked, of one kind or all, after the change with this number; at most `limit`, and never
    /// more than [`PAGE`].
    ///
    /// # Errors
    /// When the mirror cannot be read.
    pub async fn review_changes(&self, kind: Option<ReviewKind>, after: i64, limit: usize) -> Answer<ReviewChangePage> {
        let read = move |outbox: &Outbox| {
            let mut page = looked::changes(outbox.mirror(), kind, after, limit.min(PAGE))?;
            note_pending(outbox, page.changes.iter_mut().filter_map(|change| change.device.as_mut()))?;
            Ok(page)
        };
        self.on_outbox(read).await
    }

    /// Notes that a person has looked at all changes up to this one, and at none that came later.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn mark_reviewed(&self, up_to: i64) -> Answer<()> {
        let at = SystemClock.now();
        self.on_outbox(move |outbox| outbox.mirror().mark_reviewed(up_to, at)).await
    }

    /// Devices that are over, the last to end first, before the tombstone with this number: all, or those that are searched for.
    ///
    /// # Errors
    /// When what is looked for cannot be, or the mirror cannot be read.
    pub async fn tombstones(&self, search: Option<&str>, before: Option<i64>) -> Answer<TombstonePage> {
        let search: Option<Search> = search.map(read).transpose()?;
        self.on_outbox(move |outbox| looked::tombstones(outbox.mirror(), search.as_ref(), before)).await
    }

    /// Entries of all platforms' activity that a search finds, those that became known here last first, before the one that became known
    /// as this number.
    ///
    /// # Errors
    /// Likewise.
    pub async fn search_activity(&self, search: &str, before: Option<i64>) -> Answer<FoundActivityPage> {
        let search: Search = read(search)?;
        self.on_outbox(move |outbox| elsewhere::activity(outbox.mirror(), &search, before)).await
    }

    /// Who asks to be let in and which codes work, on all platforms, as far as a search finds them.
    ///
    /// # Errors
    /// Likewise.
    pub async fn search_waiting(&self, search: &str) -> Answer<Vec<FoundWaiting>> {
        let (search, now): (Search, _) = (read(search)?, SystemClock.now());
        self.on_outbox(move |outbox| elsewhere::waiting(outbox.mirror(), &search, now)).await
    }
}

fn reviewed(outbox: &Outbox, place: &Place) -> Result<ReviewedDevice, MirrorError> {
    let mut found = across::device(outbox.mirror(), place)?;
    note_pending(outbox, std::iter::once(&mut found.device).chain(&mut found.same_key))?;
    Ok(found)
}

/// Notes with devices of several platforms what was asked for of them and is not seen to be done.
fn note_pending<'a>(outbox: &Outbox, devices: impl Iterator<Item = &'a mut ReviewDevice>) -> Result<(), MirrorError> {
    let mut by_platform: HashMap<String, Vec<&mut ReviewDevice>> = HashMap::new();
    for device in devices {
        by_platform.entry(device.platform.clone()).or_default().push(device);
    }
    for (platform, devices) in by_platform {
        let platform: PlatformId = platform.parse().map_err(|error: TextError| MirrorError::Invalid(error.to_string()))?;
        let ids: Vec<String> = devices.iter().map(|device| device.device.device.id.clone()).collect();
        let mut open = outbox.pending(&platform, &ids)?;
        for device in devices {
            device.device.pending = open.remove(&device.device.device.id).unwrap_or_default();
        }
    }
    Ok(())
}

fn place(platform: &str, device: &str) -> Answer<Place> {
    let platform: PlatformId = platform.parse().map_err(|error| unreadable(&error))?;
    Ok(Place { platform, id: device.to_owned() })
}

fn unreadable(error: &TextError) -> Refusal {
    Refusal::new("invalid_request", error.to_string(), "Change it and try again.")
}
