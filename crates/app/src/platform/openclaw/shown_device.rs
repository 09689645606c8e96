//! A gateway's device as the window shows it.

use clawpair_api::{Device, DeviceStatus};
use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::{Access, Role, Scope};
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::{ApprovedVia, PairedDevice, RoleToken};
use clawpair_openclaw::shown::Shown;
use clawpair_openclaw::supervisor::Snapshot;

use super::shown_request::ability_words;
use crate::view::openclaw as view;
use crate::view::platform::PlatformDevice;

/// What kind of device it is, by its roles and by the machine it says it is.
pub(super) fn device_type(roles: &[Role], family: Option<&Shown>) -> &'static str {
    match family.map(Shown::as_str) {
        Some("Android" | "iPhone") => "OpenClaw phone",
        Some("iPad") => "OpenClaw tablet",
        _ if roles.contains(&Role::Operator) => "OpenClaw operator",
        _ => "OpenClaw node",
    }
}

/// Whether it is let in: a device without a token that works is not.
pub(super) fn status(device: &PairedDevice) -> DeviceStatus {
    let all_revoked = !device.tokens.is_empty() && device.tokens.iter().all(|token| token.revoked.is_some());
    if all_revoked { DeviceStatus::Disabled } else { DeviceStatus::Active }
}

/// The words of roles and then of scopes.
pub(super) fn words(access: &Access) -> Vec<String> {
    let roles = access.roles().iter().map(Role::as_str);
    roles.chain(access.scopes().iter().map(Scope::as_str)).map(str::to_owned).collect()
}

/// A count of the changes of what a person can change, which is the name. A gateway counts none, so it is the name's hash (FNV-1a, 32
/// bits): equal names are the same.
pub(super) fn revision_of(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A device of this look; `own` is this app.
pub(super) fn shown(device: &PairedDevice, snapshot: &Snapshot, own: &DeviceId) -> PlatformDevice {
    let here = |moment: Option<Timestamp>| moment.map(|moment| snapshot.here(moment).to_string());
    let text = |text: &Option<Shown>| text.as_ref().map(ToString::to_string);
    let status = status(device);
    let ended = device.tokens.iter().filter_map(|token| token.revoked).max();
    let gateway = view::GatewayDevice {
        approved_via: device.approved_via.map(approved_via),
        client: text(&device.client),
        roles: device.access.roles().iter().map(ToString::to_string).collect(),
        scopes: device.access.scopes().iter().map(ToString::to_string).collect(),
        lends: ability_words(&device.lends),
        tokens: device.tokens.iter().map(|token| role_token(token, snapshot)).collect(),
        this_app: device.device == *own,
    };
    let device = Device {
        id: device.device.to_string(),
        name: device.title(),
        device_type: device_type(device.access.roles(), device.family.as_ref()).to_owned(),
        permissions: words(&device.access),
        tags: Vec::new(),
        status,
        connected: device.connected,
        paired_at: snapshot.here(device.approved.or(device.last_seen).unwrap_or(Timestamp::from_millis(0))).to_string(),
        last_seen_at: here(device.last_seen),
        last_address: device.from.map(|ip| ip.to_string()),
        said_name: text(&device.name),
        platform: text(&device.platform),
        version: None,
        key_fingerprint: device.key.fingerprint(),
        disabled_at: here(ended.filter(|_| status == DeviceStatus::Disabled)),
        revoked_at: None,
        reason: None,
        revision: revision_of(&device.title()),
    };
    PlatformDevice { device, gateway: Some(gateway), pending: Vec::new() }
}

fn role_token(token: &RoleToken, snapshot: &Snapshot) -> view::RoleToken {
    let here = |moment: Option<Timestamp>| moment.map(|moment| snapshot.here(moment).to_string());
    view::RoleToken {
        role: token.role.to_string(),
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        rotated_at: here(token.rotated),
        revoked_at: here(token.revoked),
        last_used_at: here(token.last_used),
    }
}

const fn approved_via(how: ApprovedVia) -> view::ApprovedVia {
    match how {
        ApprovedVia::Owner => view::ApprovedVia::Owner,
        ApprovedVia::Silent => view::ApprovedVia::Silent,
        ApprovedVia::TrustedNetwork => view::ApprovedVia::TrustedNetwork,
        ApprovedVia::TrustedProxy => view::ApprovedVia::TrustedProxy,
        ApprovedVia::Ssh => view::ApprovedVia::Ssh,
        ApprovedVia::SetupCode => view::ApprovedVia::SetupCode,
        ApprovedVia::Other => view::ApprovedVia::Other,
    }
}
