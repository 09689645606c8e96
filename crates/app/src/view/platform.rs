//! The platforms the app knows, and what the window shows of their things beyond what the REST contract says.

use clawpair_api::{Device, Request};
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::openclaw::{GatewayDevice, GatewayRequest};
use super::outbox::ErrandView;

/// What kind of platform it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum PlatformKind {
    /// The one inside the app.
    Embedded,
    /// A Clawpair server.
    Server,
    /// An OpenClaw Gateway.
    Openclaw,
}

impl PlatformKind {
    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Server => "server",
            Self::Openclaw => "openclaw",
        }
    }

    /// What a platform of this kind can do for whoever may do everything.
    pub const fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Embedded => &OURS,
            Self::Server => {
                let [elsewhere @ .., _] = &OURS;
                elsewhere
            }
            Self::Openclaw => &[
                Capability::SetupCodes,
                Capability::Requests,
                Capability::RenameDevices,
                Capability::RemoveDevices,
                Capability::RoleTokens,
                Capability::Alerts,
            ],
        }
    }
}

/// Something a platform can do, as far as whoever uses it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Make pairing codes.
    PairingCodes,
    /// List the pairing codes that are open, and cancel them.
    OpenCodes,
    /// Make setup codes for OpenClaw's own apps.
    SetupCodes,
    /// Let in who asks, or not.
    Requests,
    /// Call a device by another name.
    RenameDevices,
    /// Change a device's type and tags.
    EditDevices,
    /// Change what a device may do.
    GrantPermissions,
    /// Shut a device out until it is enabled again.
    DisableDevices,
    /// Shut a device out for good, and remember it.
    RevokeDevices,
    /// Remove a device, which forgets it.
    RemoveDevices,
    /// Replace and revoke the token of one of a device's roles.
    RoleTokens,
    /// Change many devices in one call.
    ChangeManyDevices,
    /// Make, rotate and revoke API keys.
    ApiKeys,
    /// Show alerts.
    Alerts,
    /// Show and set the rules that raise alerts.
    AlertRules,
    /// Show the activity log.
    Activity,
    /// Check that nobody changed the activity log.
    VerifyActivity,
}

impl Capability {
    /// From its stable word; nothing for one that this program does not know.
    pub(crate) fn of(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }
}

/// What a platform of ours can do; the last only where it runs.
const OURS: [Capability; 14] = [
    Capability::PairingCodes,
    Capability::OpenCodes,
    Capability::Requests,
    Capability::RenameDevices,
    Capability::EditDevices,
    Capability::GrantPermissions,
    Capability::DisableDevices,
    Capability::RevokeDevices,
    Capability::ChangeManyDevices,
    Capability::ApiKeys,
    Capability::Alerts,
    Capability::AlertRules,
    Capability::Activity,
    Capability::VerifyActivity,
];

/// How things stand with a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlatformState {
    /// The app is on its way.
    Connecting,
    /// It is there.
    Connected {
        /// Its version, if it says.
        version: Option<String>,
    },
    /// A person has to approve this app on the platform. It knocks until then.
    WaitingForApproval {
        /// What to approve there.
        request: Option<String>,
        /// Why, and what to do.
        why: Refusal,
    },
    /// It did not work, and is tried again by itself.
    Retrying {
        /// When.
        at: String,
        /// Why it did not work.
        why: Refusal,
    },
    /// Trying again by itself would not help.
    Refused {
        /// Why, and what to do.
        why: Refusal,
        /// What a person can do about it here.
        remedy: Remedy,
    },
}

/// What a person can do in the window about a platform that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remedy {
    /// Nothing; it has to be mended elsewhere and then tried again.
    Elsewhere,
    /// Sign in with another token, setup code or API key.
    SignIn,
    /// Compare the certificate that it shows, and accept it if it is right.
    Certificate {
        /// What it shows, as people compare it: a gateway's certificate by its SHA-256 in pairs of digits, a server's key by the pin
        /// that it prints.
        shown: String,
        /// The same of what was accepted before.
        accepted: Option<String>,
    },
}

/// A platform the app knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PlatformView {
    /// `embedded`, or `plat-<uuid>`.
    pub id: String,
    /// What kind it is.
    pub kind: PlatformKind,
    /// What a person calls it; empty for the embedded one.
    pub name: String,
    /// Where it is; null for the embedded one.
    pub address: Option<String>,
    /// What was accepted, as people compare it: a gateway's certificate by its SHA-256 in pairs of digits, a server's key by the pin
    /// that it prints.
    pub pin: Option<String>,
    /// How things stand.
    pub state: PlatformState,
    /// What it can do, as far as whoever uses it may: as it said last, and as others of its kind while it never has.
    pub capabilities: Vec<Capability>,
    /// Something a person should know about it, though it works.
    pub notice: Option<Refusal>,
    /// When it was last looked at, by this computer's clock.
    pub as_of: Option<String>,
}

/// A device of any platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PlatformDevice {
    /// What every platform says of it.
    #[serde(flatten)]
    pub device: Device,
    /// What only a gateway says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub gateway: Option<GatewayDevice>,
    /// What was asked for of it here and is not seen to be done, the oldest first. Events do not carry it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<ErrandView>>", optional))]
    pub pending: Vec<ErrandView>,
}

/// Some devices, and where the next ones are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PlatformDevicePage {
    /// The devices.
    pub devices: Vec<PlatformDevice>,
    /// The `after` of the next page, if there is one.
    pub next: Option<String>,
}

/// A request of any platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PlatformRequest {
    /// What every platform says of it.
    #[serde(flatten)]
    pub request: Request,
    /// What only a gateway says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub gateway: Option<GatewayRequest>,
    /// What was asked for of it here and is not seen to be done, the oldest first. Events do not carry it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<ErrandView>>", optional))]
    pub pending: Vec<ErrandView>,
}

/// Some requests, and where the next ones are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PlatformRequestPage {
    /// The requests.
    pub requests: Vec<PlatformRequest>,
    /// The `after` of the next page, if there is one.
    pub next: Option<String>,
}

impl From<Device> for PlatformDevice {
    fn from(device: Device) -> Self {
        Self { device, gateway: None, pending: Vec::new() }
    }
}

impl From<Request> for PlatformRequest {
    fn from(request: Request) -> Self {
        Self { request, gateway: None, pending: Vec::new() }
    }
}
