//! Nodes that ask for what they can do to be used.

use std::collections::BTreeMap;
use std::net::IpAddr;

use clawpair_core::clock::Timestamp;
use serde::Deserialize;

use crate::access::Scope;
use crate::ids::{DeviceId, IdError, RequestId};
use crate::shown::Shown;
use crate::wire::bounded::{FEW, Text, few};

/// A node's asking. It waits until somebody decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingNode {
    /// Names this asking.
    pub request: RequestId,
    /// The node, which is a paired device.
    pub node: DeviceId,
    /// What it calls itself.
    pub name: Option<Shown>,
    /// Its system, as it says.
    pub platform: Option<Shown>,
    /// What it offers.
    pub offers: Abilities,
    /// What who approves it must be allowed.
    pub needs: Vec<Scope>,
    /// Where it asks from; nothing from the gateway's own computer.
    pub from: Option<IpAddr>,
    /// When it asked, by the gateway's clock.
    pub asked: Timestamp,
}

/// What a node offers the gateway's agents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Kinds of abilities.
    pub caps: Vec<String>,
    /// Commands that may be run on it.
    pub commands: Vec<String>,
    /// Permissions it says it has.
    pub permissions: BTreeMap<String, bool>,
}

/// What a node was let in with, in the gateway's list of devices.
#[derive(Deserialize)]
struct Surface<'a> {
    #[serde(borrow, default, deserialize_with = "few")]
    caps: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "few")]
    commands: Vec<Text<'a>>,
    #[serde(default)]
    permissions: Option<BTreeMap<String, bool>>,
}

impl Abilities {
    /// Whether there is anything that can be used; what its system does not permit is not.
    pub fn offers_anything(&self) -> bool {
        !self.caps.is_empty() || !self.commands.is_empty() || self.permissions.values().any(|on| *on)
    }

    /// From the gateway's JSON; nothing if it is not readable, or more than can be shown.
    pub(crate) fn read(json: &str) -> Option<Self> {
        let Surface { caps, commands, permissions } = serde_json::from_str(json).ok()?;
        Self::of(&caps, &commands, permissions).ok()
    }

    fn of(caps: &[Text<'_>], commands: &[Text<'_>], permissions: Option<BTreeMap<String, bool>>) -> Result<Self, IdError> {
        let permissions = permissions.unwrap_or_default();
        if permissions.len() > FEW {
            return Err(IdError);
        }
        let permissions = permissions.into_iter().map(|(word, on)| Ok((whole(&word)?, on))).collect::<Result<_, IdError>>()?;
        Ok(Self { caps: words(caps)?, commands: words(commands)?, permissions })
    }
}

impl PendingNode {
    /// What a person saw of it, for approving exactly that.
    pub fn seen(&self) -> SeenNode {
        SeenNode { node: self.node, offers: self.offers.clone() }
    }
}

/// The part of a node's request that a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNode {
    /// The node.
    pub node: DeviceId,
    /// What the gateway would use of it.
    pub offers: Abilities,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    request_id: Text<'a>,
    #[serde(borrow)]
    node_id: Text<'a>,
    #[serde(borrow, default)]
    display_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    platform: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "few")]
    caps: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "few")]
    commands: Vec<Text<'a>>,
    #[serde(default, deserialize_with = "few")]
    required_approve_scopes: Vec<Scope>,
    #[serde(default)]
    permissions: Option<BTreeMap<String, bool>>,
    #[serde(borrow, default)]
    remote_ip: Option<Text<'a>>,
    ts: i64,
}

impl PendingNode {
    /// From the gateway's JSON; nothing if it is not readable, or offers more than can be shown.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str::<Wire<'_>>(json).ok()?.try_into().ok()
    }
}

impl TryFrom<Wire<'_>> for PendingNode {
    type Error = IdError;

    fn try_from(wire: Wire<'_>) -> Result<Self, IdError> {
        let text = |text: Option<Text<'_>>| text.and_then(|text| Shown::of(&text));
        Ok(Self {
            request: wire.request_id.parse()?,
            node: wire.node_id.parse()?,
            name: text(wire.display_name),
            platform: text(wire.platform),
            offers: Abilities::of(&wire.caps, &wire.commands, wire.permissions)?,
            needs: wire.required_approve_scopes,
            from: wire.remote_ip.and_then(|ip| ip.parse().ok()),
            asked: Timestamp::from_millis(wire.ts),
        })
    }
}

/// Each word once, in order.
fn words(words: &[Text<'_>]) -> Result<Vec<String>, IdError> {
    let mut words = words.iter().map(|word| whole(word)).collect::<Result<Vec<_>, _>>()?;
    words.sort();
    words.dedup();
    Ok(words)
}

/// A word that can be shown as it is: what would have to be cut or changed is nothing a person could approve.
fn whole(word: &str) -> Result<String, IdError> {
    Shown::of(word).filter(|shown| shown.as_str() == word).map(|shown| shown.to_string()).ok_or(IdError)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"requestId":"2dd80ed6","nodeId":"56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
        "clientId":"node-host","displayName":"edge-node","platform":"linux","version":"2026.9.6","caps":["system"],
        "commands":["system.which","system.run"],"requiredApproveScopes":["operator.pairing","operator.admin"],
        "permissions":{"x.y":true},"remoteIp":"192.0.2.2","ts":1795333076242}"#;

    #[test]
    fn reads_what_a_gateway_lists() {
        let node = PendingNode::read(JSON).unwrap();
        assert_eq!(node.offers.commands, ["system.run", "system.which"]);
        assert_eq!(node.offers.permissions.get("x.y"), Some(&true));
        assert_eq!(node.needs, [Scope::Pairing, Scope::Admin]);
    }

    #[test]
    fn what_cannot_be_shown_whole_cannot_be_approved() {
        assert_eq!(PendingNode::read(&JSON.replace("system.run", "system.run\\u202e")), None);
        assert_eq!(PendingNode::read(&JSON.replace("system.run", &"r".repeat(65))), None);
    }
}
