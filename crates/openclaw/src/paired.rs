//! Devices that a gateway has let in.

use std::net::IpAddr;

use clawpair_core::clock::Timestamp;
use clawpair_core::search::{Search, parts};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

use crate::access::{Access, Role, Scope};
use crate::ids::{DeviceId, IdError, PublicKey};
use crate::node::Abilities;
use crate::shown::Shown;
use crate::wire::bounded::{Text, few};

/// From so many paired devices on a person is warned.
pub const WARN_FROM: usize = 1_200;
/// With so many paired devices a gateway (2026.9.6) can no longer write: it neither pairs nor removes.
pub const FAILS_AT: usize = 1_490;

/// A paired device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedDevice {
    /// The device.
    pub device: DeviceId,
    /// Its key.
    pub key: PublicKey,
    /// What a person called it.
    pub label: Option<Shown>,
    /// What it calls itself.
    pub name: Option<Shown>,
    /// Its system, as it says.
    pub platform: Option<Shown>,
    /// Its kind of machine, as it says.
    pub family: Option<Shown>,
    /// Its kind of client, as it says.
    pub client: Option<Shown>,
    /// What it was approved for.
    pub access: Access,
    /// Where it was last seen; nothing for the gateway's own computer.
    pub from: Option<IpAddr>,
    /// How it got in.
    pub approved_via: Option<ApprovedVia>,
    /// When it was approved, or else when it first came, by the gateway's clock.
    pub approved: Option<Timestamp>,
    /// When it was last seen, by the gateway's clock.
    pub last_seen: Option<Timestamp>,
    /// Whether it is connected now.
    pub connected: bool,
    /// Its tokens, one per role.
    pub tokens: Vec<RoleToken>,
    /// What it lends the gateway as a node, as a person has approved it; nothing if it is none, or that cannot be read.
    pub lends: Abilities,
}

impl PairedDevice {
    /// What to call it: the name a person gave, else its own, else its kind, else the start of its id.
    pub fn title(&self) -> String {
        let named = [&self.label, &self.name, &self.client].into_iter().flatten().next();
        named.map_or_else(|| self.device.to_string()[..12].to_owned(), ToString::to_string)
    }

    /// Whether every part that is searched for begins some part of what is known of it, or of what else it is called.
    pub fn is_found_by(&self, search: &Search, also: &str) -> bool {
        let texts = [&self.label, &self.name, &self.platform, &self.family, &self.client];
        let is_known = |wanted: &str| {
            texts.into_iter().flatten().map(Shown::as_str).chain([also]).any(|text| begins_a_part(text, wanted))
                || self.device.begins_with(wanted)
                || self.from.is_some_and(|ip| begins_a_part(&ip.to_string(), wanted))
                || begins_a_part(&self.key.fingerprint(), wanted)
        };
        search.parts().all(is_known)
    }
}

/// Whether some run of letters and digits of a text begins with `wanted`, which is in lower case.
fn begins_a_part(text: &str, wanted: &str) -> bool {
    if text.is_ascii() {
        let begins =
            |part: &str| part.as_bytes().get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted.as_bytes()));
        return text.split(|c: char| !c.is_ascii_alphanumeric()).any(begins);
    }
    parts(text).any(|part| part.starts_with(wanted))
}

/// A token of a device, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleToken {
    /// The role it is for.
    pub role: Role,
    /// What it allows: at most what was approved.
    pub scopes: Vec<Scope>,
    /// When it was last replaced.
    pub rotated: Option<Timestamp>,
    /// When it was ended, if it was.
    pub revoked: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

/// How a device got in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovedVia {
    /// Somebody approved it.
    Owner,
    /// By itself, from the gateway's own computer with the shared token.
    Silent,
    /// By itself, from a network that the gateway trusts.
    TrustedNetwork,
    /// By itself, through a proxy that the gateway trusts.
    TrustedProxy,
    /// By itself, after a check over SSH.
    Ssh,
    /// With a setup code.
    SetupCode,
    /// In a way that this program does not know.
    Other,
}

impl ApprovedVia {
    fn of(word: &str) -> Self {
        match word {
            "owner" => Self::Owner,
            "silent" => Self::Silent,
            "trusted-cidr" => Self::TrustedNetwork,
            "trusted-proxy" => Self::TrustedProxy,
            "ssh-verified" => Self::Ssh,
            "bootstrap" => Self::SetupCode,
            _ => Self::Other,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    device_id: Text<'a>,
    #[serde(borrow)]
    public_key: Text<'a>,
    #[serde(borrow, default)]
    operator_label: Option<Text<'a>>,
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
    #[serde(borrow, default)]
    approved_via: Option<Text<'a>>,
    #[serde(default)]
    created_at_ms: Option<i64>,
    #[serde(default)]
    approved_at_ms: Option<i64>,
    #[serde(default)]
    last_seen_at_ms: Option<i64>,
    #[serde(default)]
    connected: bool,
    #[serde(default, deserialize_with = "few")]
    tokens: Vec<WireToken>,
    #[serde(borrow, default)]
    node_surface: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    role: Role,
    #[serde(default, deserialize_with = "few")]
    scopes: Vec<Scope>,
    #[serde(default)]
    rotated_at_ms: Option<i64>,
    #[serde(default)]
    revoked_at_ms: Option<i64>,
    #[serde(default)]
    last_used_at_ms: Option<i64>,
}

impl From<WireToken> for RoleToken {
    fn from(wire: WireToken) -> Self {
        Self {
            role: wire.role,
            scopes: wire.scopes,
            rotated: wire.rotated_at_ms.map(Timestamp::from_millis),
            revoked: wire.revoked_at_ms.map(Timestamp::from_millis),
            last_used: wire.last_used_at_ms.map(Timestamp::from_millis),
        }
    }
}

impl PairedDevice {
    /// From the gateway's JSON; nothing if it is not readable, or names another device than its key's.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// As a gateway lists it.
impl<'de> Deserialize<'de> for PairedDevice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<Wire<'_>> for PairedDevice {
    type Error = IdError;

    fn try_from(wire: Wire<'_>) -> Result<Self, IdError> {
        let key: PublicKey = wire.public_key.parse()?;
        let device = DeviceId::of(&key);
        if !device.is_written(&wire.device_id) {
            return Err(IdError);
        }
        let mut roles = wire.roles;
        roles.extend(wire.role);
        let text = |text: Option<Text<'_>>| text.and_then(|text| Shown::of(&text));
        Ok(Self {
            device,
            key,
            label: text(wire.operator_label),
            name: text(wire.display_name),
            platform: text(wire.platform),
            family: text(wire.device_family),
            client: text(wire.client_id),
            access: Access::new(roles, wire.scopes),
            from: wire.remote_ip.and_then(|ip| ip.parse().ok()),
            approved_via: wire.approved_via.map(|word| ApprovedVia::of(&word)),
            approved: wire.approved_at_ms.or(wire.created_at_ms).map(Timestamp::from_millis),
            last_seen: wire.last_seen_at_ms.map(Timestamp::from_millis),
            connected: wire.connected,
            tokens: wire.tokens.into_iter().map(RoleToken::from).collect(),
            lends: wire.node_surface.and_then(|surface| Abilities::read(surface.get())).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"deviceId":"56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
        "publicKey":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg","displayName":"Pixel 9","operatorLabel":"Kitchen",
        "clientId":"openclaw-android","role":"node","roles":["node","operator"],"scopes":["operator.read"],"remoteIp":"192.0.2.2",
        "approvedVia":"bootstrap","approvedAtMs":1795333021830,"lastSeenAtMs":1795333022128,"connected":true,
        "tokens":[{"role":"node","scopes":[],"createdAtMs":1},{"role":"operator","scopes":["operator.read"],"createdAtMs":1,
        "revokedAtMs":1795333022129}]}"#;

    #[test]
    fn reads_what_a_gateway_lists() {
        let device = PairedDevice::read(JSON).unwrap();
        assert_eq!((device.title().as_str(), device.connected), ("Kitchen", true));
        assert_eq!(device.approved_via, Some(ApprovedVia::SetupCode));
        assert_eq!(device.access.roles(), [Role::Operator, Role::Node]);
        assert_eq!(device.tokens[1].revoked, Some(Timestamp::from_millis(1_795_333_022_129)));
        assert_eq!(device.tokens[0].revoked, None);
    }

    #[test]
    fn says_what_a_node_was_let_in_with_and_is_a_device_even_if_that_cannot_be_read() {
        let lends = |surface: &str| {
            let json = JSON.replace(r#""connected":true"#, &format!(r#""connected":true,"nodeSurface":{surface}"#));
            PairedDevice::read(&json).unwrap().lends
        };
        let known = lends(r#"{"caps":["system"],"commands":["system.run"],"permissions":{"camera":true},"bins":[1]}"#);
        assert_eq!((known.caps, known.commands), (vec!["system".to_owned()], vec!["system.run".to_owned()]));
        assert_eq!(known.permissions.get("camera"), Some(&true));
        assert_eq!([lends("null"), lends("7"), lends(r#"{"caps":7}"#)], [(); 3].map(|()| Abilities::default()));
    }

    #[test]
    fn is_called_by_what_is_known_best() {
        let without = |field: &str| PairedDevice::read(&JSON.replace(field, "later")).unwrap().title();
        assert_eq!(without("operatorLabel"), "Pixel 9");
        let bare = JSON.replace("operatorLabel", "a").replace("displayName", "b").replace("clientId", "c");
        assert_eq!(PairedDevice::read(&bare).unwrap().title(), "56475aa75463");
    }

    #[test]
    fn is_found_by_the_beginnings_of_what_is_known_of_it() {
        let device = PairedDevice::read(JSON).unwrap();
        let finds = |text: &str| device.is_found_by(&text.parse().unwrap(), "OpenClaw phone");
        assert!(
            finds("kit pix") && finds("phone kit") && finds("192.0.2.2") && finds("56475aa7") && finds(&device.key.fingerprint())
        );
        assert!(!finds("kit chen") && !finds("itchen"));
    }

    #[test]
    fn an_id_that_is_not_its_keys_is_not_believed() {
        assert_eq!(PairedDevice::read(&JSON.replace("56475a", "56475b")), None);
    }
}
