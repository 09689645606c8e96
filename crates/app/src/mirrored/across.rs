//! Lists over the devices of all platforms, read from the mirror alone.

use std::collections::HashMap;

use clawpair_core::clock::Timestamp;
use clawpair_core::text::Name;
use clawpair_mirror::{
    DeviceFilter, DeviceQuery as MirrorQuery, FacetQuery, Facets, ListedDevice, MAX_COUNTED, Mark, Mirror, MirrorError, Order,
    Place, PlatformId, Standing, Summary,
};

use super::lists::{position, read};
use super::records::shown_device;
use crate::platform::Answer;
use crate::view::review::{
    Counted, MarkCount, ReviewCounts, ReviewDevice, ReviewDevicePage, ReviewMark, ReviewOrder, ReviewQuery, ReviewStanding,
    ReviewWord, ReviewedDevice,
};

/// So many days before their end credentials end soon.
const SOON_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 24 * 60 * 60;

impl From<ReviewStanding> for Standing {
    fn from(standing: ReviewStanding) -> Self {
        match standing {
            ReviewStanding::Active => Self::Active,
            ReviewStanding::Disabled => Self::Disabled,
            ReviewStanding::Revoked => Self::Revoked,
            ReviewStanding::Gone => Self::Gone,
        }
    }
}

impl From<Standing> for ReviewStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Disabled => Self::Disabled,
            Standing::Revoked => Self::Revoked,
            Standing::Gone => Self::Gone,
        }
    }
}

/// What every platform is called.
pub(crate) struct Names(HashMap<PlatformId, Name>);

impl Names {
    pub(crate) fn of(mirror: &Mirror) -> Result<Self, MirrorError> {
        Ok(Self(mirror.platform_names()?.into_iter().collect()))
    }

    pub(crate) fn get(&self, platform: &PlatformId) -> String {
        self.0.get(platform).map_or_else(|| platform.to_string(), ToString::to_string)
    }
}

fn not_seen_since(query: &ReviewQuery, now: Timestamp) -> Timestamp {
    now.plus_seconds(-i64::from(query.unseen_days) * DAY_SECONDS)
}

fn soon(now: Timestamp) -> Timestamp {
    now.plus_seconds(SOON_DAYS * DAY_SECONDS)
}

/// A query of the window as the mirror is asked.
pub(crate) fn device_query(query: &ReviewQuery, limit: usize, now: Timestamp) -> Answer<MirrorQuery> {
    let order = match query.order {
        ReviewOrder::Name => Order::Name,
        ReviewOrder::Paired => Order::Paired,
        ReviewOrder::Seen => Order::Seen,
    };
    let mark = |mark: &ReviewMark| match mark {
        ReviewMark::NeverUsed => Some(Mark::NeverUsed),
        ReviewMark::Broad => Some(Mark::Broad),
        ReviewMark::UnknownType => Some(Mark::UnknownType),
        ReviewMark::NotSeen | ReviewMark::Expiring => None,
    };
    let filter = DeviceFilter {
        platform: query.platform.as_deref().map(read).transpose()?,
        standing: query.standing.map(Into::into),
        marks: query.marks.iter().filter_map(mark).collect(),
        not_seen_since: query.marks.contains(&ReviewMark::NotSeen).then(|| not_seen_since(query, now)),
        expires_before: query.marks.contains(&ReviewMark::Expiring).then(|| soon(now)),
        device_type: query.device_type.as_deref().map(read).transpose()?,
        tag: query.tag.as_deref().map(read).transpose()?,
        group: query.group.as_deref().map(read).transpose()?,
        search: query.search.as_deref().map(read).transpose()?,
        ..DeviceFilter::default()
    };
    let after = query.after.as_deref().map(|text| position(text, order)).transpose()?;
    Ok(MirrorQuery { filter, order, descending: query.descending, after, limit })
}

/// Among which devices a query of the window wants them counted.
pub(crate) fn facet_query(query: &ReviewQuery, now: Timestamp) -> Answer<FacetQuery> {
    Ok(FacetQuery {
        platform: query.platform.as_deref().map(read).transpose()?,
        standing: query.standing.map(Into::into),
        not_seen_since: Some(not_seen_since(query, now)),
        expires_before: Some(soon(now)),
    })
}

pub(crate) fn devices(mirror: &Mirror, query: &MirrorQuery) -> Result<ReviewDevicePage, MirrorError> {
    let (page, names) = (mirror.devices(query)?, Names::of(mirror)?);
    let next = page.next.map(|next| serde_json::to_string(&next)).transpose()?;
    let devices = page.devices.into_iter().map(|listed| reviewed(listed, &names)).collect();
    Ok(ReviewDevicePage { devices, next, ordered: page.ordered })
}

/// A device, and the others that have its key.
pub(crate) fn device(mirror: &Mirror, place: &Place) -> Result<ReviewedDevice, MirrorError> {
    let (listed, names) = (mirror.device(place)?, Names::of(mirror)?);
    let key = &listed.record.device.key_fingerprint;
    let same_key = if key.is_empty() { Vec::new() } else { mirror.devices_with_key(key)? };
    let is_other = |other: &ListedDevice| (&other.platform, &other.record.device.id) != (&place.platform, &place.id);
    let same_key = same_key.into_iter().filter(is_other).map(|other| reviewed(other, &names)).collect();
    Ok(ReviewedDevice { device: reviewed(listed, &names), same_key })
}

pub(crate) fn counts(mirror: &Mirror, query: &FacetQuery) -> Result<ReviewCounts, MirrorError> {
    let Summary { active, disabled, revoked, gone, .. } = mirror.summary(query.platform.as_ref())?;
    let Facets { never_used, broad, unknown_type, not_seen, expiring, tags, groups, types } = mirror.facets(query)?;
    let marks = [
        (ReviewMark::NeverUsed, never_used, false),
        (ReviewMark::NotSeen, not_seen, not_seen >= MAX_COUNTED),
        (ReviewMark::Broad, broad, false),
        (ReviewMark::UnknownType, unknown_type, false),
        (ReviewMark::Expiring, expiring, expiring >= MAX_COUNTED),
    ];
    let words = |words: Vec<(String, i64)>| words.into_iter().map(|(word, many)| ReviewWord { word, count: count(many) }).collect();
    Ok(ReviewCounts {
        active: count(active),
        disabled: count(disabled),
        revoked: count(revoked),
        gone: count(gone),
        marks: marks.map(|(mark, many, or_more)| MarkCount { mark, counted: Counted { count: count(many), or_more } }).into(),
        tags: words(tags),
        groups: words(groups),
        types: words(types),
    })
}

pub(super) fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

pub(super) fn reviewed(listed: ListedDevice, names: &Names) -> ReviewDevice {
    let record = &listed.record;
    let marks = [
        (record.seen_at().is_none(), ReviewMark::NeverUsed),
        (record.broad, ReviewMark::Broad),
        (!record.known_type, ReviewMark::UnknownType),
    ];
    ReviewDevice {
        platform: listed.platform.to_string(),
        platform_name: names.get(&listed.platform),
        standing: listed.standing.into(),
        group: listed.group.as_ref().map(ToString::to_string),
        marks: marks.into_iter().filter(|(has, _)| *has).map(|(_, mark)| mark).collect(),
        expires_at: record.expires_at.map(|at| at.to_string()),
        device: shown_device(listed),
    }
}
