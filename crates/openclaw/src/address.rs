//! Where a gateway is, and whether it may be spoken to in clear.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use clawpair_core::link::Address;
use clawpair_core::text::sanitised;

/// The port of a gateway that was not told another.
pub const DEFAULT_PORT: u16 = 18_789;
/// Longest address that is read, in bytes.
const MAX_INPUT: usize = 512;

/// A gateway's WebSocket address. One in clear is on the local network, or it could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GatewayAddress {
    tls: bool,
    at: Address,
}

/// How far away an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This computer.
    Loopback,
    /// A network that the internet does not route to (RFC 1918, RFC 4193), or a link (RFC 3927, RFC 4291).
    Local,
    /// Anywhere else, or a name that does not say.
    Wide,
}

/// Why a text is no gateway's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme than the two, or none.
    #[error(
        "“{shown}” does not begin with wss:// or ws://; write the address as the gateway tells it, such as wss://192.168.1.20:18789."
    )]
    Scheme {
        /// The text, made harmless for showing.
        shown: String,
    },
    /// No host, a port that is none, or what a gateway's address does not have.
    #[error(
        "“{shown}” is no gateway's address; write a scheme, a host and a port and nothing else, such as wss://192.168.1.20:18789."
    )]
    Malformed {
        /// The text, made harmless for showing.
        shown: String,
    },
    /// In clear to somewhere that is not on the local network.
    #[error(
        "ws:// to {host} would send the gateway's token in clear across networks of others; switch TLS on at the gateway (gateway.tls.enabled) and write wss://."
    )]
    Clear {
        /// Where to.
        host: String,
    },
}

impl GatewayAddress {
    /// An address.
    ///
    /// # Errors
    /// [`AddressError::Clear`] for one without TLS that is not on the local network.
    pub fn new(tls: bool, at: Address) -> Result<Self, AddressError> {
        let this = Self { tls, at };
        match this.reach() {
            Reach::Wide if !tls => Err(AddressError::Clear { host: this.host() }),
            _ => Ok(this),
        }
    }

    /// Whether the connection is encrypted.
    pub const fn tls(&self) -> bool {
        self.tls
    }

    /// Host and port.
    pub const fn at(&self) -> &Address {
        &self.at
    }

    /// The host alone.
    pub fn host(&self) -> String {
        self.at.host()
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.at.port()
    }

    /// How far away it is, as far as the address itself says.
    pub fn reach(&self) -> Reach {
        let host = self.host();
        host.parse().map_or_else(|_| reach_of_name(&host), reach_of)
    }

    /// Whether a connection may be made to `ip`, which the host's name was resolved to. A name that sounds local may
    /// resolve to anywhere.
    pub fn admits(&self, ip: IpAddr) -> bool {
        self.tls || reach_of(ip) != Reach::Wide
    }
}

/// How far away an IP address is.
pub fn reach_of(ip: IpAddr) -> Reach {
    match ip.to_canonical() {
        ip if ip.is_loopback() => Reach::Loopback,
        IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() => Reach::Local,
        IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => Reach::Local,
        _ => Reach::Wide,
    }
}

/// Names that only a local network can resolve (RFC 6761, RFC 6762, RFC 8375), or that have no dot.
fn reach_of_name(name: &str) -> Reach {
    let name = name.to_ascii_lowercase();
    let ends = |suffix: &str| name == suffix || name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    if ends("localhost") {
        Reach::Loopback
    } else if ends("local") || ends("home.arpa") || !name.contains('.') {
        Reach::Local
    } else {
        Reach::Wide
    }
}

/// Whether an address is one that container engines give to bridges on this very computer: nothing outside it can reach
/// those. 172.17.0.0/16 and 172.18.0.0/16 are Docker's first two, 10.88.0.0/16 is Podman's, 192.168.65.0/24 Docker Desktop's. Of the others
/// up to 172.31.0.0/16, where networks of people are as well, only the first address counts: a bridge itself has that. Docker goes on in
/// 192.168.0.0/16, where nothing can be told by the address alone.
pub fn is_container_bridge(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => matches!(v4.octets(), [172, 17 | 18, ..] | [172, 19..=31, 0, 1] | [10, 88, ..] | [192, 168, 65, _]),
        IpAddr::V6(_) => false,
    }
}

/// `wss://host:port`, with IPv6 in brackets.
impl fmt::Display for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "wss" } else { "ws" }, self.at)
    }
}

impl FromStr for GatewayAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let shown = || sanitised(text);
        if text.len() > MAX_INPUT {
            return Err(AddressError::Malformed { shown: shown() });
        }
        let after = |scheme: &str| {
            let start = text.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
        };
        let (tls, rest) = match (after("wss://"), after("ws://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(AddressError::Scheme { shown: shown() }),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        // A scheme's default port is not a gateway's: without a port it is the gateway's own.
        let has_port = rest.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')) && rest.parse::<Ipv6Addr>().is_err();
        let with_port = match rest.parse::<Ipv6Addr>() {
            Ok(v6) => format!("[{v6}]:{DEFAULT_PORT}"),
            Err(_) if has_port => rest.to_owned(),
            Err(_) => format!("{rest}:{DEFAULT_PORT}"),
        };
        let at = with_port.parse().map_err(|_| AddressError::Malformed { shown: shown() })?;
        Self::new(tls, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        text.parse::<GatewayAddress>().map_or_else(|error| error.to_string(), |address| address.to_string())
    }

    #[test]
    fn reads_scheme_host_and_port() {
        assert_eq!(read(" wss://192.168.77.1:19589 "), "wss://192.168.77.1:19589");
        assert_eq!(read("WSS://Hub.Example.org/"), "wss://hub.example.org:18789");
        assert_eq!(read("ws://[::1]:1"), "ws://[::1]:1");
        assert_eq!(read("ws://[fd00::1]"), "ws://[fd00::1]:18789");
        assert_eq!(read("wss://2001:db8::1"), "wss://[2001:db8::1]:18789");
    }

    #[test]
    fn in_clear_only_on_the_local_network() {
        for local in
            ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.9", "169.254.1.1", "[fd12::1]", "localhost", "hub.local", "hub"]
        {
            assert!(read(&format!("ws://{local}:9")).starts_with("ws://"), "{local}");
        }
        for wide in
            ["8.8.8.8", "100.64.0.1", "172.32.0.1", "[2001:db8::1]", "hub.example.org", "notlocalhost.org", "[::ffff:8.8.8.8]"]
        {
            assert!(read(&format!("ws://{wide}:9")).contains("write wss://"), "{wide}");
            assert!(read(&format!("wss://{wide}:9")).starts_with("wss://"), "{wide}");
        }
    }

    #[test]
    fn a_name_that_sounds_local_must_resolve_to_a_local_address() {
        let address: GatewayAddress = "ws://hub.local".parse().unwrap();
        assert!(address.admits("192.168.1.2".parse().unwrap()));
        assert!(!address.admits("203.0.113.7".parse().unwrap()));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(read("192.168.1.20:18789").contains("does not begin with wss://"));
        assert!(read("https://hub").contains("does not begin with wss://"));
        for bad in [
            "wss://",
            "wss://user@hub",
            "wss://hub/path",
            "wss://hub?x",
            "wss://hub:0",
            "wss://hub:99999",
            "wss://[::1",
            "ws://\u{202e}",
        ] {
            assert!(read(bad).contains("is no gateway's address"), "{bad}: {}", read(bad));
        }
        assert!(read(&format!("wss://{}", "a".repeat(600))).contains("is no gateway's address"));
    }

    #[test]
    fn knows_bridges_of_container_engines() {
        let is = |ip: &str| is_container_bridge(ip.parse().unwrap());
        for bridge in ["172.17.0.1", "172.18.0.7", "172.19.0.1", "172.20.0.1", "172.31.0.1", "10.88.0.1", "::ffff:172.17.0.1"] {
            assert!(is(bridge), "{bridge}");
        }
        for other in ["172.16.0.1", "172.20.0.2", "172.20.1.1", "172.32.0.1", "192.168.32.1", "10.0.0.1", "fd00::1"] {
            assert!(!is(other), "{other}");
        }
    }
}
