//! The gateway on this computer, from its own configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clawpair_core::secret::Secret;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::address::{AddressError, DEFAULT_PORT, GatewayAddress};
use crate::connection::Target;
use crate::fingerprint::Fingerprint;

/// Largest configuration that is read, in bytes.
const MAX_BYTES: u64 = 1_024 * 1_024;
/// Deepest nesting that is read; a gateway's own configuration has about ten levels.
const MAX_DEPTH: usize = 64;

/// A gateway as its configuration describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// Where it is. The pin is that of the certificate in its own folder, so nobody needs to compare it.
    pub target: Target,
    /// Its shared token, if that is written there or in the environment.
    pub token: Option<Secret>,
}

/// Why a configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {why}.", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It is too large or too deep.
    #[error("{} is too large to be a gateway's configuration.", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// It is no configuration.
    #[error("{} is no OpenClaw configuration: line {line} cannot be read.", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where, from 1; 0 if that is not known.
        line: usize,
    },
    /// The gateway is elsewhere, at an address that cannot be used.
    #[error("The gateway's address in its configuration cannot be used. {0}")]
    Address(#[from] AddressError),
}

/// The environment, by name.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where a gateway on this computer has its configuration.
pub fn config_path(environment: Environment<'_>) -> Option<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("OPENCLAW_HOME").or_else(|| set("HOME")).or_else(|| set("USERPROFILE"));
    set("OPENCLAW_CONFIG_PATH").or_else(|| Some(state_folder(set("OPENCLAW_STATE_DIR"), home())?.join("openclaw.json")))
}

fn state_folder(set: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    set.or_else(|| Some(home?.join(".openclaw")))
}

/// The gateway on this computer; nothing if it has no configuration.
///
/// # Errors
/// When it has one that cannot be used.
pub fn on_this_computer(environment: Environment<'_>) -> Result<Option<Configured>, ConfigError> {
    let Some(path) = config_path(environment) else { return Ok(None) };
    let size = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(ConfigError::Unreadable { path, why }),
    };
    if size > MAX_BYTES {
        return Err(ConfigError::TooLarge { path });
    }
    let text = fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.map_err(|why| ConfigError::Unreadable { path: path.clone(), why })?;
    read(&text, &path, environment).map(Some)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    gateway: Section,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Section {
    mode: Option<String>,
    port: Option<u16>,
    tls: Tls,
    auth: Auth,
    remote: Remote,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    enabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    token: Token,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Remote {
    url: Option<String>,
}

/// A text, or a reference to somewhere that this program does not look.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Token {
    Text(Zeroizing<String>),
    #[default]
    None,
    Elsewhere(serde::de::IgnoredAny),
}

/// Reads a configuration, which is JSON5.
fn read(text: &str, path: &Path, environment: Environment<'_>) -> Result<Configured, ConfigError> {
    if depth(text) > MAX_DEPTH {
        return Err(ConfigError::TooLarge { path: path.to_owned() });
    }
    let Config { gateway } = json5::from_str(text).map_err(|error| ConfigError::Malformed {
        path: path.to_owned(),
        line: error.position().map_or(0, |position| position.line + 1),
    })?;
    if gateway.mode.as_deref() == Some("remote")
        && let Some(url) = gateway.remote.url
    {
        let target = Target { address: url.parse()?, pin: None };
        return Ok(Configured { target, token: None });
    }
    let scheme = if gateway.tls.enabled { "wss" } else { "ws" };
    let address: GatewayAddress = format!("{scheme}://127.0.0.1:{}", gateway.port.unwrap_or(DEFAULT_PORT)).parse()?;
    let state = environment("OPENCLAW_STATE_DIR").map(PathBuf::from).or_else(|| path.parent().map(Path::to_owned));
    let pin = state.filter(|_| gateway.tls.enabled).and_then(|state| own_certificate(&state));
    let written = match gateway.auth.token {
        Token::Text(text) => substituted(&text, environment),
        Token::None | Token::Elsewhere(_) => None,
    };
    let set = || environment("OPENCLAW_GATEWAY_TOKEN").and_then(|value| value.into_string().ok()).filter(|text| !text.is_empty());
    Ok(Configured { target: Target { address, pin }, token: written.or_else(set).map(Secret::new) })
}

/// The certificate that a gateway made for itself.
fn own_certificate(state: &Path) -> Option<Fingerprint> {
    let certificate = CertificateDer::from_pem_file(state.join("gateway/tls/gateway-cert.pem")).ok()?;
    Some(Fingerprint::of(&certificate))
}

/// A token as it stands, or as `${NAME}` names it in the environment.
fn substituted(text: &str, environment: Environment<'_>) -> Option<String> {
    match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => environment(name).and_then(|value| value.into_string().ok()),
        None if text.contains("${") => None,
        None => Some(text.to_owned()),
    }
    .filter(|token| !token.is_empty())
}

/// How deep brackets are nested at most, those in texts and comments included: the parser follows them by recursion.
fn depth(text: &str) -> usize {
    let (mut now, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => now += 1,
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<OsString> {
        None
    }

    fn parse(text: &str, environment: Environment<'_>) -> Result<Configured, ConfigError> {
        read(text, Path::new("/nowhere/openclaw.json"), environment)
    }

    #[test]
    fn reads_json5_and_ignores_what_it_does_not_know() {
        let found = parse(
            "// mine\n{ gateway: { port: 19789, auth: { mode: 'token', token: \"abc\" }, later: [1, {}] }, agents: { a: null }, }",
            &none,
        )
        .unwrap();
        assert_eq!(found.target.address.to_string(), "ws://127.0.0.1:19789");
        assert_eq!(found.token.unwrap().reveal(), "abc");
        let bare = parse("{}", &none).unwrap();
        assert_eq!((bare.target.address.to_string().as_str(), bare.token), ("ws://127.0.0.1:18789", None));
    }

    #[test]
    fn a_token_may_come_from_the_environment_and_may_be_elsewhere() {
        let environment = |name: &str| (name == "MY_TOKEN").then(|| OsString::from("from-there"));
        let token = |text: &str| {
            let found = parse(&format!("{{gateway:{{auth:{{token:{text}}}}}}}"), &environment).unwrap();
            found.token.map(|token| token.reveal().to_owned())
        };
        assert_eq!(token("'${MY_TOKEN}'").as_deref(), Some("from-there"));
        assert_eq!(token("'${OTHER}'"), None);
        assert_eq!(token("'a${MY_TOKEN}'"), None);
        assert_eq!(token("{source: 'exec', command: ['x']}"), None);
        assert_eq!(token("null"), None);
    }

    #[test]
    fn a_gateway_elsewhere_is_named_without_its_token() {
        let found = parse("{gateway:{mode:'remote',remote:{url:'wss://hub.example.org'},auth:{token:'local'}}}", &none).unwrap();
        assert_eq!((found.target.address.to_string().as_str(), found.token), ("wss://hub.example.org:18789", None));
        let refused = parse("{gateway:{mode:'remote',remote:{url:'ws://hub.example.org'}}}", &none).unwrap_err();
        assert!(refused.to_string().contains("wss://"), "{refused}");
    }

    #[test]
    fn what_is_no_configuration_is_told_where() {
        let error = parse("{\n gateway: {\n port: oops } }", &none).unwrap_err();
        assert_eq!(error.to_string(), "/nowhere/openclaw.json is no OpenClaw configuration: line 3 cannot be read.");
        let deep = format!("{{a:{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(parse(&deep, &none), Err(ConfigError::TooLarge { .. })));
    }

    #[test]
    fn the_most_special_variable_wins() {
        let with = |set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
            config_path(&find)
        };
        assert_eq!(with(&[("HOME", "/h")]), Some("/h/.openclaw/openclaw.json".into()));
        assert_eq!(with(&[("HOME", "/h"), ("OPENCLAW_HOME", "/o")]), Some("/o/.openclaw/openclaw.json".into()));
        assert_eq!(with(&[("HOME", "/h"), ("OPENCLAW_STATE_DIR", "/s")]), Some("/s/openclaw.json".into()));
        assert_eq!(with(&[("OPENCLAW_CONFIG_PATH", "/c.json"), ("HOME", "/h")]), Some("/c.json".into()));
        assert_eq!(with(&[("OPENCLAW_CONFIG_PATH", "")]), None);
    }
}
