//! What the window shows of OpenClaw Gateways, in OpenClaw's own words. Every text a device sent has been made fit for showing.

use serde::{Deserialize, Serialize};

use super::{Qr, Refusal};

/// How a device got in at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
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

/// What only a gateway says of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct GatewayDevice {
    /// How it got in, if that is known.
    pub approved_via: Option<ApprovedVia>,
    /// The kind of client it is, as it says.
    pub client: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// What it lends the gateway's agents as a node, in the words of the requests for it.
    #[serde(default)]
    pub lends: Vec<String>,
    /// Its tokens, one per role.
    pub tokens: Vec<RoleToken>,
    /// Whether it is this app itself.
    pub this_app: bool,
}

/// A token of a device at a gateway, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RoleToken {
    /// The role it is for.
    pub role: String,
    /// What it allows: at most what was approved.
    pub scopes: Vec<String>,
    /// When it was last replaced.
    pub rotated_at: Option<String>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
}

/// What kind of request waits at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum GatewayRequestKind {
    /// A device asks to be let in, or for more than it has. It ends by itself.
    Device,
    /// A node that was let in offers abilities. It waits until somebody decides.
    Node,
}

/// What only a gateway says of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct GatewayRequest {
    /// What is asked for.
    pub kind: GatewayRequestKind,
    /// Whether the gateway knows this device already.
    pub known: bool,
    /// The kind of client it is, as it says.
    pub client: Option<String>,
    /// Roles it would have that it does not have now.
    pub new_roles: Vec<String>,
    /// Roles it has and keeps.
    pub kept_roles: Vec<String>,
    /// Scopes it would have that it does not have now, by themselves or by others.
    pub added: Vec<String>,
    /// Scopes it asks for and can use already.
    pub kept: Vec<String>,
    /// Whether it could then let in and throw out others.
    pub adds_control: bool,
    /// What a node offers: kinds of abilities.
    pub caps: Vec<String>,
    /// What a node offers: commands that may be run on it.
    pub commands: Vec<String>,
    /// What a node says it is allowed on its own system.
    pub system_permissions: Vec<String>,
    /// Scopes that whoever approves it must have and this app has not.
    pub missing: Vec<String>,
}

/// What a setup code lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum SetupGrant {
    /// A node and an operator that may everything.
    Full,
    /// A node and an operator that may everything but manage.
    Limited,
    /// A node alone.
    Node,
}

/// What a setup code should be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct CreateSetupCode {
    /// What it lets its bearer do.
    pub grant: SetupGrant,
    /// The address it should carry, if not the one that the gateway knows of itself.
    pub address: Option<String>,
}

/// A setup code that was just made: given out once, by the call that made it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ShownSetupCode {
    /// Names this making.
    pub id: String,
    /// The text of the picture, as the phone apps read it.
    pub text: String,
    /// The same as a picture.
    pub qr: Qr,
    /// What it lets its bearer do.
    pub grant: SetupGrant,
    /// Whether that is less than was asked for, because the address is not encrypted.
    pub narrowed: bool,
    /// The roles it hands over.
    pub roles: Vec<String>,
    /// The scopes it hands over.
    pub scopes: Vec<String>,
    /// When it ends, by this computer's clock.
    pub expires_at: String,
    /// What was found about each address it carries, best first.
    pub addresses: Vec<CheckedAddress>,
}

/// What was found about one address of a setup code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CheckedAddress {
    /// The address.
    pub address: String,
    /// Why no gateway answers there, seen from this computer; null if one does.
    pub problem: Option<Refusal>,
    /// What a phone would stumble over.
    pub warnings: Vec<AddressWarning>,
}

/// Why an address may not do for a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AddressWarning {
    /// Whether no phone at all can use it.
    pub fatal: bool,
    /// What is wrong, in a sentence.
    pub message: String,
    /// How to mend it, in a sentence.
    pub fix: String,
}

/// What became of a setup code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SetupCodeUsed {
    /// Which.
    pub id: String,
    /// The device that used it.
    pub device_id: String,
    /// What that calls itself.
    pub device_name: Option<String>,
    /// Whether the gateway knows that the device got its tokens.
    pub delivered: bool,
}

/// A gateway that was found and can be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct FoundGateway {
    /// Names the finding while it lasts.
    pub id: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// Where it says it is: the address that this computer is likeliest to reach.
    pub address: String,
    /// Where else it says it is, the likeliest first.
    pub other_addresses: Vec<String>,
    /// The SHA-256 of the certificate it says it has, in pairs of digits. It is a hint for a person, and never a pin.
    pub claims: Option<String>,
    /// The platform that this is already, if its address is known.
    pub known_as: Option<String>,
    /// Whether it announces another certificate than the one that was accepted: renewed, or an imposter.
    pub contradicts: bool,
}

/// The gateway on this computer, as its configuration describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct LocalGateway {
    /// The configuration.
    pub path: String,
    /// Where the gateway is.
    pub address: String,
    /// The SHA-256 of its certificate, in pairs of digits.
    pub pin: Option<String>,
    /// Whether its shared token was found, so that nobody has to paste it.
    pub has_token: bool,
    /// The platform that this is already, if its address is known.
    pub known_as: Option<String>,
}

/// A platform to add.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AddPlatform {
    /// A gateway at an address.
    Gateway {
        /// What to call it; empty for its address.
        name: String,
        /// `wss://host:port`, or `ws://…` on the local network; empty where a setup code carries it.
        address: String,
        /// Its shared token, or a full setup code.
        credential: String,
    },
    /// The gateway on this computer, by its configuration.
    LocalGateway {
        /// What to call it; empty for its address.
        name: String,
    },
    /// A Clawpair server.
    Server {
        /// What to call it; empty for its address.
        name: String,
        /// `https://host:port`.
        address: String,
        /// An API key of it.
        api_key: String,
    },
}
