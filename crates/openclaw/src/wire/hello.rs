//! The gateway's welcome.

use std::time::Duration;

use clawpair_core::secret::Secret;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::bounded::{Text, few};
use crate::access::Scope;
use crate::credential::OwnToken;
use crate::shown::Shown;

/// Longest token that is kept, in bytes.
const MAX_TOKEN: usize = 512;
/// How often a gateway says that it is there, unless it names another time between these.
const TICK: (u64, u64, u64) = (1_000, 30_000, 120_000);

/// What a gateway says of itself and of this connection.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The gateway's version.
    pub version: Option<Shown>,
    /// What this connection may do.
    pub scopes: Vec<Scope>,
    /// The token to come back with.
    pub own_token: Option<OwnToken>,
    /// How often it says that it is there.
    pub tick: Duration,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    server: Option<Server<'a>>,
    #[serde(default)]
    auth: Option<Auth>,
    #[serde(default)]
    policy: Option<Policy>,
}

#[derive(Deserialize)]
struct Server<'a> {
    #[serde(borrow, default)]
    version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    #[serde(default, deserialize_with = "few")]
    scopes: Vec<Scope>,
    #[serde(default)]
    device_token: Option<Zeroizing<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    #[serde(default)]
    tick_interval_ms: Option<u64>,
}

impl Hello {
    /// Reads the payload of the answer to `connect`.
    pub(crate) fn read(json: &str) -> Result<Self, serde_json::Error> {
        let wire: Wire<'_> = serde_json::from_str(json)?;
        let (scopes, token) = wire.auth.map(|auth| (auth.scopes, auth.device_token)).unwrap_or_default();
        let token = token.filter(|token| (1..=MAX_TOKEN).contains(&token.len()));
        let own_token = token.map(|token| OwnToken { token: Secret::new(token.to_string()), scopes: scopes.clone() });
        let (least, usual, most) = TICK;
        let tick = wire.policy.and_then(|policy| policy.tick_interval_ms).unwrap_or(usual).clamp(least, most);
        let version = wire.server.and_then(|server| Shown::of(&server.version?));
        Ok(Self { version, scopes, own_token, tick: Duration::from_millis(tick) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_counts_and_hides_the_token() {
        let hello = Hello::read(
            r#"{"type":"hello-ok","protocol":4,"server":{"version":"2026.9.6","connId":"x"},"features":{"methods":["a"]},
            "auth":{"method":"token","role":"operator","scopes":["operator.read"],"deviceToken":"QGUWeEeR5n25"},
            "policy":{"maxPayload":26214400,"tickIntervalMs":1}}"#,
        )
        .unwrap();
        assert_eq!(hello.version.as_ref().unwrap().as_str(), "2026.9.6");
        assert_eq!((hello.tick, hello.scopes.as_slice()), (Duration::from_secs(1), [Scope::Read].as_slice()));
        assert_eq!(hello.own_token.as_ref().unwrap().token.reveal(), "QGUWeEeR5n25");
        assert!(!format!("{hello:?}").contains("QGUW"));
    }

    #[test]
    fn a_bare_welcome_is_one() {
        let hello = Hello::read("{}").unwrap();
        assert!(hello.own_token.is_none() && hello.scopes.is_empty() && hello.tick == Duration::from_secs(30));
    }
}
