//! What a gateway tells without being asked.

use clawpair_core::clock::Timestamp;
use serde::Deserialize;

use super::bounded::Text;
use crate::ids::{DeviceId, SetupId};
use crate::setup_code::Grant;
use crate::shown::Shown;

/// Something happened that this program cares about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A device asks, or an asking ended, or a device has another name.
    Devices,
    /// A node asks, or an asking ended.
    Nodes,
    /// Somebody connected or left.
    Presence,
    /// A setup code was used.
    SetupUsed(SetupUse),
    /// The gateway is about to restart.
    Stopping,
    /// Events were missed; whatever is known may be old.
    Missed,
}

/// Who used a setup code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupUse {
    /// Which code.
    pub setup: SetupId,
    /// By which device.
    pub device: DeviceId,
    /// What it calls itself.
    pub name: Option<Shown>,
    /// What it was granted, if this program knows the word.
    pub grant: Option<Grant>,
    /// When, by the gateway's clock.
    pub at: Timestamp,
    /// Whether the device is known to have got its tokens. If not, the code is spent and the device may have to begin anew.
    pub delivered: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUse<'a> {
    #[serde(borrow)]
    setup_id: Text<'a>,
    #[serde(borrow)]
    device_id: Text<'a>,
    #[serde(borrow, default)]
    device_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    access: Option<Text<'a>>,
    ts: i64,
}

impl SetupUse {
    /// Reads an event's payload, or the same in a status.
    pub(crate) fn read(json: &str, delivered: bool) -> Option<Self> {
        let wire: WireUse<'_> = serde_json::from_str(json).ok()?;
        Some(Self {
            setup: wire.setup_id.parse().ok()?,
            device: wire.device_id.parse().ok()?,
            name: wire.device_name.and_then(|name| Shown::of(&name)),
            grant: wire.access.and_then(|word| Grant::of(&word)),
            at: Timestamp::from_millis(wire.ts),
            delivered,
        })
    }
}

impl Event {
    /// What an event means here; nothing for those that mean nothing here.
    pub(crate) fn read(name: &str, payload: &str) -> Option<Self> {
        let used = |delivered| SetupUse::read(payload, delivered).map_or(Self::Devices, Self::SetupUsed);
        match name {
            "device.pair.requested" | "device.pair.resolved" | "device.pair.changed" => Some(Self::Devices),
            "device.pair.setup.completed" => Some(used(true)),
            "device.pair.setup.deliveryUncertain" => Some(used(false)),
            "node.pair.requested" | "node.pair.resolved" => Some(Self::Nodes),
            "presence" => Some(Self::Presence),
            "shutdown" => Some(Self::Stopping),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_setup_code_names_code_and_device() {
        let id = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c";
        let json = format!(r#"{{"setupId":"b51d3513","deviceId":"{id}","deviceName":"Pixel","access":"limited","ts":5}}"#);
        let Some(Event::SetupUsed(used)) = Event::read("device.pair.setup.completed", &json) else { panic!() };
        assert_eq!((used.setup.as_str(), used.grant, used.delivered), ("b51d3513", Some(Grant::Limited), true));
        assert_eq!(used.device.to_string(), id);
    }

    #[test]
    fn an_unreadable_use_still_says_that_devices_changed() {
        assert_eq!(Event::read("device.pair.setup.completed", "{}"), Some(Event::Devices));
        assert_eq!(Event::read("chat", "{}"), None);
    }
}
