//! Pages of a gateway's devices.

use clawpair_api::DeviceStatus;
use clawpair_core::clock::Timestamp;
use clawpair_core::search::Search;
use clawpair_core::store::{DeviceSort, SortKey};
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::PairedDevice;

use super::roster::{Key, Roster};
use super::shown_device::{self, device_type, shown};
use crate::view::platform::PlatformDevicePage;
use crate::view::{DeviceQuery, Refusal};

/// Devices on a page.
pub(super) const PAGE: usize = 100;

/// A query that was read.
struct Filter {
    status: Option<DeviceStatus>,
    connected: Option<bool>,
    device_type: Option<String>,
    permission: Option<String>,
    tag: Option<String>,
    /// By the gateway's clock.
    seen_before: Option<Timestamp>,
    search: Option<Search>,
}

impl Filter {
    fn passes(&self, device: &PairedDevice) -> bool {
        let kind = device_type(device.access.roles(), device.family.as_ref());
        let has = |word: &String| {
            device.access.roles().iter().any(|role| role.as_str() == word)
                || device.access.scopes().iter().any(|scope| scope.as_str() == word)
        };
        self.status.is_none_or(|status| status == shown_device::status(device))
            && self.connected.is_none_or(|connected| connected == device.connected)
            && self.device_type.as_ref().is_none_or(|wanted| wanted == kind)
            && self.permission.as_ref().is_none_or(has)
            && self.tag.is_none()
            && self.seen_before.is_none_or(|moment| !device.connected && device.last_seen.is_none_or(|seen| seen < moment))
            && self.search.as_ref().is_none_or(|search| device.is_found_by(search, kind))
    }
}

/// One page of the devices of a look; `own` is this app.
///
/// # Errors
/// When the query cannot be read.
pub(super) fn page(roster: &Roster, query: &DeviceQuery, own: &DeviceId) -> Result<PlatformDevicePage, Refusal> {
    let filter = filter(roster, query)?;
    let sort: DeviceSort = match &query.sort {
        Some(text) => text.parse().map_err(|error| invalid(&error))?,
        None => DeviceSort::default(),
    };
    let cursor = query.after.as_deref().map(|text| Cursor::read(text, sort.key)).transpose()?;
    let after = cursor.as_ref().map(Cursor::key);
    let mut passing = roster.walk(sort.key, sort.descending, after.as_ref()).filter(|(device, _)| filter.passes(device));
    let found: Vec<(&PairedDevice, usize)> = passing.by_ref().take(PAGE).collect();
    let more = passing.next().is_some();
    let next = found.last().filter(|_| more).map(|(_, at)| Cursor::text(&roster.key(*at, sort.key)));
    Ok(PlatformDevicePage { devices: found.iter().map(|(device, _)| shown(device, &roster.snapshot, own)).collect(), next })
}

fn filter(roster: &Roster, query: &DeviceQuery) -> Result<Filter, Refusal> {
    let search: Option<Search> = query.q.as_deref().map(str::parse).transpose().map_err(|error| invalid(&error))?;
    let seen_before = query.seen_before.as_deref().map(str::parse::<Timestamp>).transpose().map_err(|error| invalid(&error))?;
    let at_gateway = |moment: Timestamp| Timestamp::from_millis(moment.as_millis().saturating_add(roster.snapshot.ahead_millis));
    Ok(Filter {
        status: query.status,
        connected: query.connected,
        device_type: query.device_type.clone(),
        permission: query.permission.clone(),
        tag: query.tag.clone(),
        seen_before: seen_before.map(at_gateway),
        search,
    })
}

/// The last device of a page, by what it was sorted by: it is found again when the device itself is gone.
enum Cursor {
    Moment(i64, DeviceId),
    Name(String, DeviceId),
}

impl Cursor {
    /// `<id>.<milliseconds>` or `<id>.<name>`.
    fn text(key: &Key<'_>) -> String {
        match key {
            Key::Moment(millis, id) => format!("{id}.{millis}"),
            Key::Name(name, id) => format!("{id}.{name}"),
        }
    }

    fn read(text: &str, key: SortKey) -> Result<Self, Refusal> {
        let (id, rest) = text.split_once('.').ok_or_else(other_list)?;
        let id: DeviceId = id.parse().map_err(|_| other_list())?;
        Ok(match key {
            SortKey::Name => Self::Name(rest.to_owned(), id),
            SortKey::Paired | SortKey::Seen => Self::Moment(rest.parse().map_err(|_| other_list())?, id),
        })
    }

    fn key(&self) -> Key<'_> {
        match self {
            Self::Moment(millis, id) => Key::Moment(*millis, *id),
            Self::Name(name, id) => Key::Name(name, *id),
        }
    }
}

fn invalid(why: &dyn std::error::Error) -> Refusal {
    Refusal::new("invalid_request", why.to_string(), "Change the search, and look again.")
}

fn other_list() -> Refusal {
    Refusal::new("invalid_request", "The list has changed since.", "Load it again from the beginning.")
}
