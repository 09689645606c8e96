//! Between what the mirror keeps and what the window shows.

use clawpair_core::clock::Timestamp;
use clawpair_mirror::{DeviceRecord, ListedDevice, RequestRecord, Thing};
use serde_json::{Value, json};

use crate::view::platform::{PlatformDevice, PlatformRequest};

pub(super) fn shown_device(listed: ListedDevice) -> PlatformDevice {
    let DeviceRecord { device, details, .. } = listed.record;
    // A record of an older version without what is wanted now is shown as far as it goes, until it is read again.
    PlatformDevice { device, gateway: serde_json::from_value(details).ok(), pending: Vec::new() }
}

/// What time it is here, and how far a platform's clock is ahead: what it says ends by its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clocks {
    pub(super) now: Timestamp,
    pub(super) ahead_millis: i64,
}

impl Clocks {
    /// How many milliseconds are left; nothing for what waits for ever, which ends at a moment later than any that can be read.
    fn left(self, expires_at: &str) -> Option<i64> {
        let ends: Timestamp = expires_at.parse().ok()?;
        Some(ends.as_millis().saturating_sub(self.now.as_millis()).saturating_sub(self.ahead_millis))
    }

    /// Whether something has not ended; no platform tells that it did.
    pub(super) fn lasts(self, expires_at: &str) -> bool {
        self.left(expires_at).is_none_or(|left| left > 0)
    }

    /// A moment of the platform's clock by this computer's, by which the window counts.
    pub(super) fn here(self, moment: String) -> String {
        match moment.parse::<Timestamp>() {
            Ok(at) if self.ahead_millis != 0 => {
                Timestamp::from_millis(at.as_millis().saturating_sub(self.ahead_millis)).to_string()
            }
            _ => moment,
        }
    }
}

/// How a request is shown at this moment.
pub(super) fn shown_request(record: RequestRecord, clocks: Clocks) -> PlatformRequest {
    let RequestRecord { mut request, details } = record;
    let left = clocks.left(&request.expires_at).map(|left| left.max(0) / 1_000);
    request.seconds_left = left.and_then(|left| u32::try_from(left).ok()).unwrap_or(u32::MAX);
    request.expires_at = clocks.here(request.expires_at);
    PlatformRequest { request, gateway: serde_json::from_value(details).ok(), pending: Vec::new() }
}

/// A device as a platform of ours, which has no details, has answered.
pub(super) fn thing_of_device(device: PlatformDevice) -> Thing {
    let details = device.gateway.map_or(Value::Null, |gateway| json!(gateway));
    Thing::Device(Box::new(DeviceRecord { details, ..DeviceRecord::of(device.device) }))
}

pub(super) fn thing_of_request(request: PlatformRequest) -> Thing {
    let details = request.gateway.map_or(Value::Null, |gateway| json!(gateway));
    Thing::Request(Box::new(RequestRecord { request: request.request, details }))
}
