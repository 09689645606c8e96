//! Where a server is, and whether it may be spoken to in clear.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use clawpair_core::link::{Address, DEFAULT_PORT};
use clawpair_core::text::sanitised;

/// Longest address that is read, in bytes.
const MAX_INPUT: usize = 512;

/// A server's address. One in clear is this computer's own, or it could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    tls: bool,
    at: Address,
}

/// Why a text is no server's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// Another scheme than the two.
    #[error("“{shown}” does not begin with https://; write the server's address, such as https://hub.example.org:{DEFAULT_PORT}.")]
    Scheme {
        /// The text, made harmless for showing.
        shown: String,
    },
    /// No host, a port that is none, or what a server's address does not have.
    #[error(
        "“{shown}” is no server's address; write https://, a host, a port if it is not {DEFAULT_PORT}, and nothing else, such as https://hub.example.org."
    )]
    Malformed {
        /// The text, made harmless for showing.
        shown: String,
    },
    /// In clear to another computer.
    #[error("http:// to {host} would send the API key in clear over a network; write https://.")]
    Clear {
        /// Where to.
        host: String,
    },
}

impl ServerAddress {
    /// An address over TLS.
    pub const fn https(at: Address) -> Self {
        Self { tls: true, at }
    }

    /// Whether the connection is encrypted.
    pub const fn tls(&self) -> bool {
        self.tls
    }

    /// Host and port.
    pub const fn at(&self) -> &Address {
        &self.at
    }

    /// Whether a connection may be made to `ip`, which the host was resolved to: `localhost` may lead anywhere.
    pub fn admits(&self, ip: IpAddr) -> bool {
        self.tls || ip.to_canonical().is_loopback()
    }

    fn clear(at: Address) -> Result<Self, ServerAddressError> {
        let host = at.host();
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback());
        if is_here { Ok(Self { tls: false, at }) } else { Err(ServerAddressError::Clear { host }) }
    }
}

/// `https://host:port`, with IPv6 in brackets.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.at)
    }
}

/// Reads what [`fmt::Display`] writes. The scheme may be left out and is `https` then, the port [`DEFAULT_PORT`].
impl FromStr for ServerAddress {
    type Err = ServerAddressError;

    fn from_str(text: &str) -> Result<Self, ServerAddressError> {
        let text = text.trim();
        let shown = || sanitised(text);
        if text.len() > MAX_INPUT {
            return Err(ServerAddressError::Malformed { shown: shown() });
        }
        let (tls, rest) = match text.split_once("://") {
            None => (true, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return Err(ServerAddressError::Scheme { shown: shown() }),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let at = rest.parse().map_err(|_| ServerAddressError::Malformed { shown: shown() })?;
        if tls { Ok(Self::https(at)) } else { Self::clear(at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        text.parse::<ServerAddress>().map_or_else(|error| error.to_string(), |address| address.to_string())
    }

    #[test]
    fn the_port_is_the_servers_unless_it_is_named() {
        assert_eq!(read(" https://192.168.77.1 "), "https://192.168.77.1:21327");
        assert_eq!(read("HTTPS://Hub.Example.org:443/"), "https://hub.example.org:443");
        assert_eq!(read("https://[2001:db8::1]"), "https://[2001:db8::1]:21327");
        assert_eq!(read("hub.local"), "https://hub.local:21327");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["https://hub.example.org:443", "http://127.0.0.1:8080", "https://[fd00::1]:21327"] {
            assert_eq!(read(text), text);
        }
    }

    #[test]
    fn in_clear_only_to_this_computer() {
        for here in ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"] {
            assert!(read(&format!("http://{here}:9")).starts_with("http://"), "{here}");
        }
        for elsewhere in ["192.168.1.2", "hub.local", "hub.example.org", "[fd00::1]", "localhost.example.org"] {
            assert!(read(&format!("http://{elsewhere}:9")).contains("write https://"), "{elsewhere}");
        }
    }

    #[test]
    fn a_local_name_must_resolve_to_this_computer() {
        let address: ServerAddress = "http://localhost:9".parse().unwrap();
        assert!(address.admits("::1".parse().unwrap()) && address.admits("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!address.admits("192.168.1.2".parse().unwrap()));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(read("wss://hub").contains("does not begin with https://"));
        for bad in ["", "https://", "https://user@hub", "https://hub/path", "https://hub?x", "https://hub:0", "https://hub:99999"] {
            assert!(read(bad).contains("is no server's address"), "{bad}: {}", read(bad));
        }
        assert!(read(&format!("https://{}", "a".repeat(600))).contains("is no server's address"));
    }
}
