//! Who waits at a gateway, as the window shows it.

use std::collections::HashSet;

use clawpair_api::{PairingStatus, Request};
use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::{Access, Role, Scope};
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::node::{Abilities, PendingNode};
use clawpair_openclaw::pending::PendingDevice;
use clawpair_openclaw::shown::Shown;
use clawpair_openclaw::supervisor::Snapshot;

use super::roster::Roster;
use super::shown_device::{device_type, words};
use crate::view::openclaw::{GatewayRequest, GatewayRequestKind};
use crate::view::platform::PlatformRequest;

/// When a node's request ends: never, which has to be a moment all the same. It is the last one that RFC 3339 can write.
const NEVER: &str = "9999-12-31T23:59:59Z";

/// Something that waits.
#[derive(Clone, Copy)]
pub(super) enum Waiting<'a> {
    Device(&'a PendingDevice),
    Node(&'a PendingNode),
}

/// Which of the two, of which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WaitingId {
    kind: GatewayRequestKind,
    device: DeviceId,
}

impl std::str::FromStr for WaitingId {
    type Err = ();

    /// `device-<hex>` or `node-<hex>`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (word, id) = text.split_once('-').ok_or(())?;
        let kind = match word {
            "device" => GatewayRequestKind::Device,
            "node" => GatewayRequestKind::Node,
            _ => return Err(()),
        };
        Ok(Self { kind, device: id.parse().map_err(|_| ())? })
    }
}

impl<'a> Waiting<'a> {
    /// All that wait, newest first, each device once of each kind: what it asked for last.
    pub(super) fn all(snapshot: &'a Snapshot, now: Timestamp) -> Vec<Self> {
        let mut seen = HashSet::new();
        let devices = snapshot.devices.pending.iter().filter(|pending| snapshot.here(pending.expires()) > now);
        let mut devices: Vec<&PendingDevice> = devices.collect();
        devices.sort_by_key(|pending| std::cmp::Reverse(pending.asked));
        let mut nodes: Vec<&PendingNode> = snapshot.nodes.pending.iter().collect();
        nodes.sort_by_key(|pending| std::cmp::Reverse(pending.asked));
        let all = devices.into_iter().map(Waiting::Device).chain(nodes.into_iter().map(Waiting::Node));
        let mut all: Vec<Self> = all.filter(|waiting| seen.insert(waiting.id())).collect();
        all.sort_by_key(|waiting| std::cmp::Reverse(waiting.asked()));
        all
    }

    /// The one of this id.
    pub(super) fn find(snapshot: &'a Snapshot, id: WaitingId, now: Timestamp) -> Option<Self> {
        Self::all(snapshot, now).into_iter().find(|waiting| waiting.is(id))
    }

    fn is(&self, id: WaitingId) -> bool {
        match self {
            Self::Device(pending) => id.kind == GatewayRequestKind::Device && pending.device == id.device,
            Self::Node(pending) => id.kind == GatewayRequestKind::Node && pending.node == id.device,
        }
    }

    /// What it is called from here.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Device(pending) => format!("device-{}", pending.device),
            Self::Node(pending) => format!("node-{}", pending.node),
        }
    }

    const fn asked(&self) -> Timestamp {
        match self {
            Self::Device(pending) => pending.asked,
            Self::Node(pending) => pending.asked,
        }
    }

    /// How it is shown at this moment of this computer.
    pub(super) fn shown(&self, roster: &Roster, now: Timestamp) -> PlatformRequest {
        match self {
            Self::Device(pending) => device(pending, roster, now),
            Self::Node(pending) => node(pending, roster),
        }
    }
}

fn device(pending: &PendingDevice, roster: &Roster, now: Timestamp) -> PlatformRequest {
    let snapshot = &roster.snapshot;
    let paired = roster.find(&pending.device);
    let has = paired.map(|paired| paired.access.clone()).unwrap_or_default();
    let difference = pending.wants.beyond(&has);
    let expires = snapshot.here(pending.expires());
    let request = Request {
        id: Waiting::Device(pending).id(),
        status: PairingStatus::Waiting,
        name: title(&[&pending.name, &pending.client], &pending.device),
        device_type: device_type(pending.wants.roles(), pending.family.as_ref()).to_owned(),
        permissions: words(&pending.wants),
        public_key: pending.key.to_string(),
        key_fingerprint: pending.key.fingerprint(),
        comparison: String::new(),
        said_name: text(pending.name.as_ref()),
        said_device_type: text(pending.family.as_ref()),
        said_platform: text(pending.platform.as_ref()),
        said_version: None,
        address: pending.from.map(|ip| ip.to_string()),
        other_keys: 0,
        asked_at: snapshot.here(pending.asked).to_string(),
        expires_at: expires.to_string(),
        seconds_left: u32::try_from((expires.as_millis() - now.as_millis()).max(0) / 1_000).unwrap_or(u32::MAX),
        reason: None,
    };
    // Who lets in for anything but operating must be an administrator.
    let operates_only = pending.wants.roles().iter().all(|role| *role == Role::Operator);
    let needs = pending.wants.scopes().iter().chain((!operates_only).then_some(&Scope::Admin));
    let kept_roles = pending.wants.roles().iter().filter(|role| !difference.new_roles.contains(role));
    let gateway = GatewayRequest {
        kind: GatewayRequestKind::Device,
        known: pending.known || paired.is_some(),
        client: text(pending.client.as_ref()),
        kept_roles: kept_roles.map(ToString::to_string).collect(),
        adds_control: difference.adds_control(),
        new_roles: difference.new_roles.iter().map(ToString::to_string).collect(),
        added: difference.added.iter().map(ToString::to_string).collect(),
        kept: difference.kept.iter().map(ToString::to_string).collect(),
        caps: Vec::new(),
        commands: Vec::new(),
        system_permissions: Vec::new(),
        missing: missing(snapshot, needs),
    };
    PlatformRequest { request, gateway: Some(gateway), pending: Vec::new() }
}

fn node(pending: &PendingNode, roster: &Roster) -> PlatformRequest {
    let snapshot = &roster.snapshot;
    let paired = roster.find(&pending.node);
    let key = paired.map(|paired| paired.key);
    let offers = &pending.offers;
    let request = Request {
        id: Waiting::Node(pending).id(),
        status: PairingStatus::Waiting,
        name: title(&[&pending.name], &pending.node),
        device_type: "OpenClaw node".to_owned(),
        permissions: ability_words(offers),
        public_key: key.map(|key| key.to_string()).unwrap_or_default(),
        key_fingerprint: key.map(|key| key.fingerprint()).unwrap_or_default(),
        comparison: String::new(),
        said_name: text(pending.name.as_ref()),
        said_device_type: None,
        said_platform: text(pending.platform.as_ref()),
        said_version: None,
        address: pending.from.map(|ip| ip.to_string()),
        other_keys: 0,
        asked_at: snapshot.here(pending.asked).to_string(),
        expires_at: NEVER.to_owned(),
        seconds_left: u32::MAX,
        reason: None,
    };
    let gateway = GatewayRequest {
        kind: GatewayRequestKind::Node,
        known: paired.is_some(),
        client: paired.and_then(|paired| text(paired.client.as_ref())),
        new_roles: Vec::new(),
        kept_roles: vec![Role::Node.to_string()],
        added: Vec::new(),
        kept: Vec::new(),
        adds_control: false,
        caps: offers.caps.clone(),
        commands: offers.commands.clone(),
        system_permissions: system_permissions(offers),
        missing: missing(snapshot, pending.needs.iter()),
    };
    PlatformRequest { request, gateway: Some(gateway), pending: Vec::new() }
}

/// The words of what a node lends, for comparing: each with what it stands for, since one word may be an ability, a command and a
/// permission.
pub(super) fn ability_words(abilities: &Abilities) -> Vec<String> {
    let of = |kind: &str, words: &[String]| words.iter().map(|word| format!("{kind}:{word}")).collect::<Vec<_>>();
    let permissions =
        abilities.permissions.iter().map(|(word, on)| format!("{}:{word}", if *on { "permission" } else { "denied" }));
    of("cap", &abilities.caps).into_iter().chain(of("command", &abilities.commands)).chain(permissions).collect()
}

fn system_permissions(abilities: &Abilities) -> Vec<String> {
    abilities.permissions.iter().map(|(word, on)| if *on { word.clone() } else { format!("{word}: no") }).collect()
}

fn missing<'a>(snapshot: &Snapshot, needs: impl Iterator<Item = &'a Scope>) -> Vec<String> {
    let ours = Access::new(Vec::new(), snapshot.scopes.clone());
    needs.filter(|scope| !ours.allows(scope)).map(ToString::to_string).collect()
}

fn title(names: &[&Option<Shown>], id: &DeviceId) -> String {
    let first = names.iter().copied().flatten().next();
    first.map_or_else(|| id.to_string()[..12].to_owned(), ToString::to_string)
}

fn text(text: Option<&Shown>) -> Option<String> {
    text.map(ToString::to_string)
}
