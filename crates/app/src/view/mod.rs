//! What the window is given to show.

pub mod data;
pub mod elsewhere;
pub mod journal;
pub mod many;
pub mod openclaw;
pub mod outbox;
pub mod platform;
mod refusal;
pub mod review;
pub mod sync;

use clawpair_api::{DeviceStatus, ErrorBody, Event, Pairing};
use serde::{Deserialize, Serialize};

use self::openclaw::{FoundGateway, SetupCodeUsed};
use self::outbox::OutboxSummary;
use self::platform::PlatformView;
pub use self::refusal::Refusal;

/// Things on a page.
pub const PAGE: usize = 100;

/// Light, dark, or as the desktop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop is.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What kind of network an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// A local network: devices nearby reach it.
    Lan,
    /// A tunnel: only its members reach it.
    Vpn,
    /// A bridge to containers or virtual machines on this computer; the platform does not listen there.
    Container,
    /// This computer only.
    Loopback,
}

/// An address of this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AddressChoice {
    /// `192.168.1.5:21327`.
    pub address: String,
    /// `wlan0`.
    pub interface: String,
    /// What kind of network it belongs to.
    pub kind: AddressKind,
    /// Whether the platform was reached there with its own key, from this computer.
    pub answers: bool,
}

/// Where the platform's keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SecretStorage {
    /// In the system's keyring.
    Keyring,
    /// In a file that only its owner may read.
    File {
        /// Where.
        path: String,
        /// Why not in the keyring.
        reason: String,
    },
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Preset {
    /// Stable name.
    pub id: String,
    /// What it grants.
    pub permissions: Vec<String>,
}

/// A role and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RoleChoice {
    /// Its stable word.
    pub role: String,
    /// The words of its scopes.
    pub scopes: Vec<String>,
}

/// The state of the app and what forms offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Overview {
    /// The app's version.
    pub version: String,
    /// Where everything is kept.
    pub data_dir: String,
    /// Where the platform's keys are.
    pub secret_storage: SecretStorage,
    /// The pin of the platform's key, for typing codes.
    pub pin: String,
    /// The same key as curl's `--pinnedpubkey` takes it.
    pub curl_pin: String,
    /// Where the platform listens.
    pub port: u16,
    /// Whether devices nearby may pair; not decided yet when null.
    pub nearby: Option<bool>,
    /// This computer's addresses, best first.
    pub addresses: Vec<AddressChoice>,
    /// How the window looks.
    pub theme: Theme,
    /// What the program cannot do, or has lost, the most serious first.
    pub problems: Vec<ErrorBody>,
    /// Permissions to offer, narrow first.
    pub permissions: Vec<String>,
    /// Actions that only look or report; a permission with any other counts as sensitive.
    pub harmless_actions: Vec<String>,
    /// Named sets of them.
    pub presets: Vec<Preset>,
    /// Roles that an API key can have, the most powerful first.
    pub roles: Vec<RoleChoice>,
    /// Types to offer.
    pub device_types: Vec<String>,
    /// Lifetimes to offer, the default first.
    pub expiries_minutes: Vec<u32>,
}

/// A drawn QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Qr {
    /// Modules on a side, the quiet zone of four included.
    pub size: u16,
    /// SVG path data of the dark modules, one unit each.
    pub path: String,
}

/// A new pairing with its secrets: given out once, by the call that made it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ShownPairing {
    /// The pairing.
    pub pairing: Pairing,
    /// `OCL-…`.
    pub code: String,
    /// `CPAIR:1/…`.
    pub link: String,
    /// The link as a picture.
    pub qr: Qr,
    /// For typing the code.
    pub pin: String,
    /// The addresses in the link.
    pub addresses: Vec<String>,
}

/// Which secret of a pairing to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CopyWhat {
    /// The code.
    Code,
    /// The link.
    Link,
}

/// Which entries of the activity log to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ActivityQuery {
    /// The last entry seen; those before it follow.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub after: Option<i64>,
    /// Who: `owner`, `operator`, `platform`, `device` or an id.
    pub actor: Option<String>,
    /// What, as the log's stable word.
    pub action: Option<String>,
    /// From when on.
    pub from: Option<String>,
}

/// Which devices to show, in which order: what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceQuery {
    /// Whether they are let in.
    pub status: Option<DeviceStatus>,
    /// Whether their live channel is open.
    pub connected: Option<bool>,
    /// Exactly this type.
    pub device_type: Option<String>,
    /// Those that may do this.
    pub permission: Option<String>,
    /// Those with this tag.
    pub tag: Option<String>,
    /// Those that were last heard before this time.
    pub seen_before: Option<String>,
    /// Words that their parts begin with.
    pub q: Option<String>,
    /// `paired`, `name` or `seen`, with a dash before it for descending.
    pub sort: Option<String>,
    /// Where the page before said it goes on.
    pub after: Option<String>,
}

/// Whether the activity log is as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActivityCheck {
    /// It is.
    Whole {
        /// Its first kept entry; 0 while there is none.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        first: i64,
        /// Its last.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        last: i64,
    },
    /// It is not.
    Broken {
        /// The first thing that is wrong, in a sentence.
        fault: String,
    },
}

/// Something was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Copied {
    /// When it leaves the clipboard again, if it is still there.
    pub clears_in_seconds: u32,
}

/// Something the window should know now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AppEvent {
    /// The app's state as it is now.
    Overview {
        /// The state.
        overview: Box<Overview>,
    },
    /// The platforms as they are now.
    Platforms {
        /// All of them, the embedded one first.
        platforms: Vec<PlatformView>,
    },
    /// What a platform says.
    Platform {
        /// Which.
        platform: String,
        /// What.
        event: Box<Event>,
    },
    /// A setup code of a gateway was used.
    SetupCodeUsed {
        /// Which gateway.
        platform: String,
        /// What became of it.
        used: SetupCodeUsed,
    },
    /// Something that was asked for stands otherwise, or an alarm came or went.
    Outbox {
        /// How much there is in all.
        summary: OutboxSummary,
    },
    /// Something was missed: everything has to be read anew.
    Resync,
    /// Gateways on the network as they are now, while somebody looks for them.
    FoundGateways {
        /// All of them.
        gateways: Vec<FoundGateway>,
    },
}
