//! The lists of one platform, read from the mirror alone.

use clawpair_api::{ActivityPage, DeviceSummary, Pairing, PairingPage, PairingStatus};
use clawpair_core::store::{DeviceSort, SortKey};
use clawpair_mirror::{
    ActivityFilter, DeviceFilter, DeviceQuery as MirrorQuery, DeviceRecord, MAX_PAGE, Mark, Mirror, MirrorError, Order, Place,
    PlatformId, Position, Standing,
};

use super::records::{Clocks, shown_device, shown_request};
use crate::platform::Answer;
use crate::view::platform::{PlatformDevice, PlatformDevicePage, PlatformRequestPage};
use crate::view::{ActivityQuery, DeviceQuery, PAGE, Refusal};

/// The number of the first entry of every activity log.
const FIRST: i64 = 1;
/// How devices stand that the platform's own list lacks: one that is gone, and at a gateway, which forgets them, also one that was
/// removed.
pub(super) fn unlisted(forgets: bool) -> Vec<Standing> {
    if forgets { vec![Standing::Revoked, Standing::Gone] } else { vec![Standing::Gone] }
}

/// A query of the window as the mirror is asked.
pub(super) fn device_query(platform: &PlatformId, query: &DeviceQuery, forgets: bool) -> Answer<MirrorQuery> {
    let sort: DeviceSort = query.sort.as_deref().map(read).transpose()?.unwrap_or_default();
    let order = match sort.key {
        SortKey::Name => Order::Name,
        SortKey::Paired => Order::Paired,
        SortKey::Seen => Order::Seen,
    };
    let after = query.after.as_deref().map(|text| position(text, order)).transpose()?;
    let connected = |wanted: bool| if query.connected == Some(wanted) { vec![Mark::Connected] } else { Vec::new() };
    let filter = DeviceFilter {
        platform: Some(platform.clone()),
        standing: query.status.map(Into::into),
        besides: unlisted(forgets),
        marks: connected(true),
        without: connected(false),
        not_seen_since: query.seen_before.as_deref().map(read).transpose()?,
        device_type: query.device_type.as_deref().map(read).transpose()?,
        permission: query.permission.clone(),
        tag: query.tag.as_deref().map(read).transpose()?,
        search: query.q.as_deref().map(read).transpose()?,
        ..DeviceFilter::default()
    };
    Ok(MirrorQuery { filter, order, descending: sort.descending, after, limit: PAGE })
}

pub(super) fn devices(mirror: &Mirror, query: &MirrorQuery) -> Result<PlatformDevicePage, MirrorError> {
    let page = mirror.devices(query)?;
    let next = page.next.map(|next| serde_json::to_string(&next)).transpose()?;
    Ok(PlatformDevicePage { devices: page.devices.into_iter().map(shown_device).collect(), next })
}

/// A device that the platform lists.
pub(super) fn device(mirror: &Mirror, place: &Place, forgets: bool) -> Result<Option<PlatformDevice>, MirrorError> {
    match mirror.device(place) {
        Ok(listed) if unlisted(forgets).contains(&listed.standing) => Ok(None),
        Ok(listed) => Ok(Some(shown_device(listed))),
        Err(MirrorError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn summary(mirror: &Mirror, platform: &PlatformId, forgets: bool) -> Result<DeviceSummary, MirrorError> {
    let counts = mirror.summary(Some(platform))?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(DeviceSummary {
        active: count(counts.active),
        disabled: count(counts.disabled),
        revoked: if forgets { 0 } else { count(counts.revoked) },
        connected: count(counts.connected),
    })
}

pub(super) fn requests(
    mirror: &Mirror,
    platform: &PlatformId,
    after: Option<&str>,
    clocks: Clocks,
) -> Result<PlatformRequestPage, MirrorError> {
    let (requests, next) = mirror.open_requests_of(platform, after, PAGE, |record| {
        record.request.status == PairingStatus::Waiting && clocks.lasts(&record.request.expires_at)
    })?;
    Ok(PlatformRequestPage { requests: requests.into_iter().map(|record| shown_request(record, clocks)).collect(), next })
}

pub(super) fn open_pairings(
    mirror: &Mirror,
    platform: &PlatformId,
    after: Option<&str>,
    clocks: Clocks,
) -> Result<PairingPage, MirrorError> {
    let (pairings, next) = mirror.open_pairings_of(platform, after, PAGE, |pairing| {
        pairing.status == PairingStatus::Open && clocks.lasts(&pairing.expires_at)
    })?;
    let here = |pairing: Pairing| Pairing { expires_at: clocks.here(pairing.expires_at), ..pairing };
    Ok(PairingPage { pairings: pairings.into_iter().map(here).collect(), next })
}

/// Which entries of the activity log, and from where on.
pub(super) fn activity_filter(query: &ActivityQuery) -> Answer<ActivityFilter> {
    let from = query.from.as_deref().map(read).transpose()?;
    Ok(ActivityFilter { actor: query.actor.clone(), action: query.action.clone(), from })
}

/// A page of the activity log, or nothing where that is older than what is known here without a gap.
pub(super) fn activity(
    mirror: &Mirror,
    platform: &PlatformId,
    filter: &ActivityFilter,
    before: Option<i64>,
) -> Result<Option<ActivityPage>, MirrorError> {
    let Some((oldest, at)) = mirror.oldest_activity(platform)? else {
        return Ok(Some(ActivityPage { entries: Vec::new(), next: None }));
    };
    // What is older may be wanted, too, and be on the platform.
    let goes_on = oldest > FIRST && filter.from.is_none_or(|from| from <= at);
    if goes_on && before.is_some_and(|before| before <= oldest) {
        return Ok(None);
    }
    let (entries, next) = mirror.activity_of(platform, filter, before, PAGE)?;
    let next = next.or(goes_on.then_some(oldest));
    // An empty list would say that nothing was done.
    Ok((!entries.is_empty() || next.is_none()).then_some(ActivityPage { entries, next }))
}

/// Why what is older cannot be shown.
#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
pub(super) fn not_here(why: Refusal) -> Refusal {
    let what = format!("Older entries are not on this computer, and the platform cannot be asked for them now: {}", why.message);
    Refusal::new("activity_not_here", what, "Look for them again once it answers.")
}

/// All devices of a platform that were connected when they were last heard of.
pub(super) fn all_connected(mirror: &Mirror, platform: &PlatformId) -> Result<Vec<DeviceRecord>, MirrorError> {
    let filter = DeviceFilter { platform: Some(platform.clone()), marks: vec![Mark::Connected], ..DeviceFilter::default() };
    let mut query = MirrorQuery { filter, limit: MAX_PAGE, ..MirrorQuery::default() };
    let mut records = Vec::new();
    loop {
        let page = mirror.devices(&query)?;
        records.extend(page.devices.into_iter().map(|listed| listed.record));
        query.after = page.next;
        if query.after.is_none() {
            return Ok(records);
        }
    }
}

pub(crate) fn read<T: std::str::FromStr<Err: std::error::Error>>(text: &str) -> Answer<T> {
    text.parse()
        .map_err(|error: T::Err| Refusal::new("invalid_request", error.to_string(), "Change what you look for, and look again."))
}

pub(super) fn position(text: &str, order: Order) -> Answer<Position> {
    let found: Option<Position> = serde_json::from_str(text).ok();
    let fits = |position: &Position| match position {
        Position::Name { .. } => order == Order::Name,
        Position::Time { .. } => order != Order::Name,
        Position::Known { .. } => true,
    };
    found
        .filter(fits)
        .ok_or_else(|| Refusal::new("invalid_request", "The list has changed since.", "Load it again from the beginning."))
}
