//! The first request of a connection.

use serde::Serialize;

use crate::credential::Credential;
use crate::identity::{DeviceIdentity, Signed};

/// The protocol's version that is spoken here.
pub(crate) const PROTOCOL: u32 = 4;
/// Gateways admit no client ids of others; this is the one for programs like this.
const CLIENT_ID: &str = "gateway-client";
const CLIENT_MODE: &str = "ui";
const ROLE: &str = "operator";
/// A gateway wants a new approval when these change, so they are constants and hold no version.
const PLATFORM: &str = std::env::consts::OS;
const FAMILY: &str = "desktop";

/// The challenge that is answered.
pub(crate) struct Challenge {
    pub(crate) nonce: String,
    pub(crate) ts: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connect<'a> {
    min_protocol: u32,
    max_protocol: u32,
    client: Client<'a>,
    role: &'static str,
    scopes: Vec<&'a str>,
    caps: [&'static str; 0],
    auth: Auth<'a>,
    device: Device<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Client<'a> {
    id: &'static str,
    mode: &'static str,
    version: &'static str,
    platform: &'static str,
    device_family: &'static str,
    display_name: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Auth<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device<'a> {
    id: String,
    public_key: String,
    signature: String,
    signed_at: i64,
    nonce: &'a str,
}

impl<'a> Connect<'a> {
    /// Signs in with a credential, as `name`.
    pub(crate) fn new(identity: &DeviceIdentity, credential: &'a Credential, name: &'a str, challenge: &'a Challenge) -> Self {
        let scopes = credential.scopes();
        let token = credential.secret().reveal();
        let signature = identity.sign(&Signed {
            client_id: CLIENT_ID,
            client_mode: CLIENT_MODE,
            role: ROLE,
            scopes: &scopes,
            signed_at: challenge.ts,
            token,
            nonce: &challenge.nonce,
            platform: PLATFORM,
            family: FAMILY,
        });
        let auth = match credential {
            Credential::Shared(_) => Auth { token: Some(token), ..Auth::default() },
            Credential::Own(_) => Auth { device_token: Some(token), ..Auth::default() },
            Credential::Setup(_) => Auth { bootstrap_token: Some(token), ..Auth::default() },
        };
        Self {
            min_protocol: PROTOCOL,
            max_protocol: PROTOCOL,
            client: Client {
                id: CLIENT_ID,
                mode: CLIENT_MODE,
                version: env!("CARGO_PKG_VERSION"),
                platform: PLATFORM,
                device_family: FAMILY,
                display_name: name,
            },
            role: ROLE,
            scopes,
            caps: [],
            auth,
            device: Device {
                id: identity.id().to_string(),
                public_key: identity.public_key().to_string(),
                signature,
                signed_at: challenge.ts,
                nonce: &challenge.nonce,
            },
        }
    }
}
