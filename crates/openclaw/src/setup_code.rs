//! Setup codes: what a phone scans to get in, once and within ten minutes.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::clock::Timestamp;
use clawpair_core::secret::Secret;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::access::{Access, Role, Scope};
use crate::address::{AddressError, GatewayAddress};
use crate::fingerprint::Fingerprint;
use crate::wire::bounded::few;

/// Longest setup code that is read, in bytes. A gateway's has about 200.
pub const MAX_BYTES: usize = 8 * 1_024;
/// Most addresses in one code.
const MAX_ADDRESSES: usize = 8;
/// Longest token in one, in bytes; a gateway's has 43.
const MAX_TOKEN: usize = 512;
/// Some programs write this before it.
const PREFIX: &str = "oc-pair://";

/// A setup code that can be read. Whether it still works only the gateway knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupCode {
    addresses: Vec<GatewayAddress>,
    token: Secret,
    expires: Option<Timestamp>,
    fingerprint: Option<Fingerprint>,
}

/// Why a text is no setup code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupCodeError {
    /// Cut off, changed, or something else altogether.
    #[error("This is no setup code of an OpenClaw Gateway, or it is cut off; copy the whole code, or scan its picture again.")]
    Malformed,
    /// No address, or too many.
    #[error("This setup code names no address, or more than {MAX_ADDRESSES}; make a new one at the gateway.")]
    Addresses,
    /// One of its addresses is none, or may not be used.
    #[error("The address in this setup code cannot be used. {0}")]
    Address(#[from] AddressError),
    /// It carries a certificate's fingerprint that is none.
    #[error("The certificate's fingerprint in this setup code is damaged; make a new one at the gateway.")]
    Fingerprint,
}

impl SetupCode {
    /// Where the gateway may be reached, best first; at least one.
    pub fn addresses(&self) -> &[GatewayAddress] {
        &self.addresses
    }

    /// What lets its first bearer in.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// When it ends, by the gateway's clock, if it says.
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The gateway's certificate, if the gateway itself ends TLS.
    pub const fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    url: Option<String>,
    #[serde(default, deserialize_with = "few")]
    urls: Vec<String>,
    bootstrap_token: Zeroizing<String>,
    #[serde(default)]
    expires_at_ms: Option<i64>,
    #[serde(default)]
    tls_fingerprint: Option<String>,
}

impl FromStr for SetupCode {
    type Err = SetupCodeError;

    fn from_str(text: &str) -> Result<Self, SetupCodeError> {
        let text = text.trim();
        let bare = text.strip_prefix(PREFIX).unwrap_or(text).trim_end_matches('=');
        if text.len() > MAX_BYTES {
            return Err(SetupCodeError::Malformed);
        }
        let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(bare).map_err(|_| SetupCodeError::Malformed)?);
        let wire: Wire = serde_json::from_slice(&json).map_err(|_| SetupCodeError::Malformed)?;
        let token = wire.bootstrap_token;
        if !(1..=MAX_TOKEN).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SetupCodeError::Malformed);
        }
        let mut addresses: Vec<GatewayAddress> = Vec::new();
        for url in wire.url.iter().chain(&wire.urls) {
            let address = url.parse()?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if !(1..=MAX_ADDRESSES).contains(&addresses.len()) {
            return Err(SetupCodeError::Addresses);
        }
        let fingerprint = wire.tls_fingerprint.map(|text| text.parse()).transpose().map_err(|_| SetupCodeError::Fingerprint)?;
        let expires = wire.expires_at_ms.map(Timestamp::from_millis);
        Ok(Self { addresses, token: Secret::new(token.to_string()), expires, fingerprint })
    }
}

/// What a setup code lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A node and an operator that may everything.
    Full,
    /// A node and an operator that may everything but manage.
    Limited,
    /// A node alone.
    Node,
}

impl Grant {
    /// From the gateway's word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "full" => Some(Self::Full),
            "limited" => Some(Self::Limited),
            "node" => Some(Self::Node),
            _ => None,
        }
    }

    /// The gateway's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Limited => "limited",
            Self::Node => "node",
        }
    }

    /// What the gateway calls it where one is asked for; full is what it makes without being told.
    pub const fn profile(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::Limited => Some("limited"),
            Self::Node => Some("node"),
        }
    }

    /// The roles and scopes it hands over.
    pub fn access(self) -> Access {
        let limited = [Scope::Approvals, Scope::Questions, Scope::Read, Scope::TalkSecrets, Scope::Write];
        match self {
            Self::Full => Access::new(vec![Role::Node, Role::Operator], limited.into_iter().chain([Scope::Admin]).collect()),
            Self::Limited => Access::new(vec![Role::Node, Role::Operator], limited.to_vec()),
            Self::Node => Access::new(vec![Role::Node], Vec::new()),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(json: &str) -> Result<SetupCode, SetupCodeError> {
        URL_SAFE_NO_PAD.encode(json).parse()
    }

    const HEX: &str = "ecbe5d76aabbccddeeff00112233445566778899aabbccddeeff0011223b1b87";

    #[test]
    fn reads_what_a_gateway_makes() {
        let json = format!(
            r#"{{"url":"wss://192.168.77.1:19589","bootstrapToken":"wWsEaxb4M4MA","expiresAtMs":1795333997625,"tlsFingerprint":"{HEX}","later":1}}"#
        );
        let read = code(&json).unwrap();
        assert_eq!(read.addresses()[0].to_string(), "wss://192.168.77.1:19589");
        assert_eq!(read.token().reveal(), "wWsEaxb4M4MA");
        assert_eq!(read.fingerprint().unwrap().to_string(), HEX);
        assert_eq!(read.expires(), Some(Timestamp::from_millis(1_795_333_997_625)));
        assert!(!format!("{read:?}").contains("wWsEaxb4"));
        let prefixed = format!(" {PREFIX}{}== ", URL_SAFE_NO_PAD.encode(&json));
        assert_eq!(prefixed.parse(), Ok(read));
    }

    #[test]
    fn keeps_every_address_once() {
        let read =
            code(r#"{"url":"ws://10.0.0.1:1","urls":["ws://10.0.0.1:1","wss://hub.example.org"],"bootstrapToken":"t"}"#).unwrap();
        assert_eq!(read.addresses().len(), 2);
        assert_eq!(read.expires(), None);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!("".parse::<SetupCode>(), Err(SetupCodeError::Malformed));
        assert_eq!("CPAIR:1/hub".parse::<SetupCode>(), Err(SetupCodeError::Malformed));
        assert_eq!("A".repeat(MAX_BYTES + 1).parse::<SetupCode>(), Err(SetupCodeError::Malformed));
        assert_eq!(code(r#"{"url":"ws://10.0.0.1"}"#), Err(SetupCodeError::Malformed));
        assert_eq!(code(r#"{"url":"ws://10.0.0.1","bootstrapToken":"a b"}"#), Err(SetupCodeError::Malformed));
        assert_eq!(code(r#"{"bootstrapToken":"t"}"#), Err(SetupCodeError::Addresses));
        assert!(matches!(
            code(r#"{"url":"ws://8.8.8.8","bootstrapToken":"t"}"#),
            Err(SetupCodeError::Address(AddressError::Clear { .. }))
        ));
        let bad_pin = r#"{"url":"ws://10.0.0.1","bootstrapToken":"t","tlsFingerprint":"xx"}"#;
        assert_eq!(code(bad_pin), Err(SetupCodeError::Fingerprint));
        let many: Vec<String> = (0..9).map(|n| format!(r#""ws://10.0.0.{n}""#)).collect();
        assert_eq!(code(&format!(r#"{{"urls":[{}],"bootstrapToken":"t"}}"#, many.join(","))), Err(SetupCodeError::Addresses));
    }

    #[test]
    fn only_a_full_one_lets_manage() {
        assert!(Grant::Full.access().allows(&Scope::Pairing));
        assert!(!Grant::Limited.access().allows(&Scope::Pairing));
        assert_eq!(Grant::Node.access().scopes(), []);
        for grant in [Grant::Full, Grant::Limited, Grant::Node] {
            assert_eq!(Grant::of(grant.as_str()), Some(grant));
        }
    }
}
