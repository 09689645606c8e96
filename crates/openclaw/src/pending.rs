//! Who waits to be let in.

use std::net::IpAddr;

use clawpair_core::clock::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::access::{Access, Role, Scope};
use crate::ids::{DeviceId, IdError, PublicKey, RequestId};
use crate::shown::Shown;
use crate::wire::bounded::{Text, few};

/// How long a gateway keeps a request after the device last asked, in seconds.
pub const LIFE_SECONDS: i64 = 300;

/// A device that asks for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDevice {
    /// Names this asking.
    pub request: RequestId,
    /// The device.
    pub device: DeviceId,
    /// Its key, which is what an approval lets in.
    pub key: PublicKey,
    /// What it calls itself.
    pub name: Option<Shown>,
    /// Its system, as it says.
    pub platform: Option<Shown>,
    /// Its kind of machine, as it says.
    pub family: Option<Shown>,
    /// Its kind of client, as it says.
    pub client: Option<Shown>,
    /// What it asks for.
    pub wants: Access,
    /// Where it asks from; nothing from the gateway's own computer.
    pub from: Option<IpAddr>,
    /// Whether the gateway knows this device already.
    pub known: bool,
    /// When it last asked, by the gateway's clock.
    pub asked: Timestamp,
}

impl PendingDevice {
    /// When the gateway forgets it unless the device asks again, by the gateway's clock.
    pub const fn expires(&self) -> Timestamp {
        self.asked.plus_seconds(LIFE_SECONDS)
    }

    /// What a person saw of it, for approving exactly that.
    pub fn seen(&self) -> Seen {
        Seen { key: self.key, wants: self.wants.clone() }
    }
}

/// The part of a request that a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The key that would be let in.
    pub key: PublicKey,
    /// What it would be allowed.
    pub wants: Access,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    request_id: Text<'a>,
    #[serde(borrow)]
    device_id: Text<'a>,
    #[serde(borrow)]
    public_key: Text<'a>,
    #[serde(borrow, default)]
    display_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    platform: Option<Text<'a>>,
    #[serde(borrow, default)]
    device_family: Option<Text<'a>>,
    #[serde(borrow, default)]
    client_id: Option<Text<'a>>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "few")]
    roles: Vec<Role>,
    #[serde(default, deserialize_with = "few")]
    scopes: Vec<Scope>,
    #[serde(borrow, default)]
    remote_ip: Option<Text<'a>>,
    #[serde(default)]
    is_repair: bool,
    ts: i64,
}

impl PendingDevice {
    /// From the gateway's JSON; nothing if it is not readable, or names another device than its key's.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// As a gateway lists it.
impl<'de> Deserialize<'de> for PendingDevice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<Wire<'_>> for PendingDevice {
    type Error = IdError;

    fn try_from(wire: Wire<'_>) -> Result<Self, IdError> {
        let key: PublicKey = wire.public_key.parse()?;
        let device = DeviceId::of(&key);
        if !device.is_written(&wire.device_id) {
            return Err(IdError);
        }
        let roles = wire.role.into_iter().chain(wire.roles).collect();
        let text = |text: Option<Text<'_>>| text.and_then(|text| Shown::of(&text));
        Ok(Self {
            request: wire.request_id.parse()?,
            device,
            key,
            name: text(wire.display_name),
            platform: text(wire.platform),
            family: text(wire.device_family),
            client: text(wire.client_id),
            wants: Access::new(roles, wire.scopes),
            from: wire.remote_ip.and_then(|ip| ip.parse().ok()),
            known: wire.is_repair,
            asked: Timestamp::from_millis(wire.ts),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"requestId":"49fefc3e","deviceId":"56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
        "publicKey":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg","displayName":"Kitchen\u202e Tablet","platform":"android 15",
        "clientId":"gateway-client","role":"operator","roles":["operator"],"scopes":["operator.write","operator.read"],
        "remoteIp":"192.0.2.2","silent":false,"isRepair":true,"ts":1795332935533,"later":{"a":[1]}}"#;

    #[test]
    fn reads_what_a_gateway_lists_and_ignores_what_it_does_not_know() {
        let pending = PendingDevice::read(JSON).unwrap();
        assert_eq!(pending.name.as_ref().unwrap().as_str(), "Kitchen\u{fffd} Tablet");
        assert_eq!(pending.wants.scopes(), [Scope::Write, Scope::Read]);
        assert_eq!(pending.wants.roles(), [Role::Operator]);
        assert_eq!(pending.from, Some("192.0.2.2".parse().unwrap()));
        assert_eq!(pending.expires().as_millis() - pending.asked.as_millis(), 300_000);
        assert!(pending.known && pending.family.is_none());
    }

    #[test]
    fn a_key_that_is_not_the_devices_is_not_believed() {
        assert_eq!(PendingDevice::read(&JSON.replace("56475a", "56475b")), None);
        assert_eq!(PendingDevice::read("{}"), None);
    }

    /// What was cut off would be granted without having been seen.
    #[test]
    fn more_scopes_than_can_be_shown_are_no_request() {
        let with = |count: usize| {
            let many = format!(r#""scopes":[{}"operator.admin"]"#, r#""y","#.repeat(count));
            PendingDevice::read(&JSON.replace(r#""scopes":["operator.write","operator.read"]"#, &many))
        };
        assert!(with(63).unwrap().wants.allows(&Scope::Admin));
        assert_eq!(with(64), None);
    }
}
