//! The pairing link: what a QR code holds. `docs/DEVICE-PROTOCOL.md` has the grammar.
//!
//! `CPAIR:1/192.168.1.20/PPPPPPPPPPPPPPPPPPPPPPPPPPSSSSSSSSSSSSSSSSSSSSSSSSSS`: scheme and version, one to four
//! addresses joined by `+`, then the server pin and the link secret, 26 symbols each. Every character is one of QR's
//! alphanumeric set, so that the link of one IPv4 address fits a 29-module code at ECC L and a 33-module one at ECC M.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::base32;
use crate::code::Place;
use crate::pin::ServerPin;
use crate::rng::{self, Rng};

/// The port a platform listens on unless told otherwise; a link leaves it out.
pub const DEFAULT_PORT: u16 = 21_327;
/// Most addresses in a link.
pub const MAX_ADDRESSES: usize = 4;
const SCHEME: &str = "CPAIR:";
const VERSION: &str = "1";
/// Longest text that is looked at.
const MAX_INPUT: usize = 512;
const MAX_HOST: usize = 80;

/// Where a platform can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Host {
    Ip(IpAddr),
    /// A DNS name in lower case.
    Name(String),
}

impl Address {
    /// An IP address and port; `None` for addresses no device could ever use: unspecified, multicast, port 0, and
    /// link-local IPv6, which means nothing without an interface.
    pub fn new(ip: IpAddr, port: u16) -> Option<Self> {
        let useless = ip.is_unspecified()
            || ip.is_multicast()
            || matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
            || matches!(ip, IpAddr::V4(Ipv4Addr::BROADCAST));
        (port != 0 && !useless).then_some(Self { host: Host::Ip(ip), port })
    }

    /// The host alone, as the system's resolver takes it.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Ip(ip) => ip.to_string(),
            Host::Name(name) => name.clone(),
        }
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    fn in_link(&self) -> String {
        let host = self.host().to_uppercase();
        match (&self.host, self.port) {
            (Host::Ip(IpAddr::V6(_)), port) => format!("{host}:{port}"),
            (_, DEFAULT_PORT) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// The reverse of [`Self::in_link`]. An IPv6 address always carries its port, so the last colon is the port's.
    fn from_link(text: &str) -> Option<Self> {
        match text.rsplit_once(':') {
            None => Self::of(text, DEFAULT_PORT),
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => Self::of(host, port.parse().ok()?),
            Some(_) => None,
        }
    }

    fn of(host: &str, port: u16) -> Option<Self> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Self::new(ip, port);
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        // The last label of a name is never all digits; 300.1.2.3 is a mistyped address and not a name.
        let numeric_end = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let is_name = host.len() <= MAX_HOST && host.split('.').all(label) && !numeric_end;
        (is_name && port != 0).then(|| Self { host: Host::Name(host.to_ascii_lowercase()), port })
    }
}

/// `host:port`, with IPv6 in brackets, as everywhere outside links.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Ip(IpAddr::V6(v6)) => write!(f, "[{v6}]:{}", self.port),
            Host::Ip(IpAddr::V4(v4)) => write!(f, "{v4}:{}", self.port),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// A text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{shown}” is no address; write an IP address or a host name, and a port if it is not {DEFAULT_PORT}, such as 192.168.1.20 or hub.local:8443."
)]
pub struct AddressError {
    /// The text, made harmless for showing.
    pub shown: String,
}

/// Reads `host`, `host:port`, `[v6]:port` and a bare IPv6 address.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let trimmed = text.trim();
        let parsed = if let Some(rest) = trimmed.strip_prefix('[') {
            rest.split_once(']').and_then(|(host, port)| {
                let ip = host.parse::<Ipv6Addr>().ok()?;
                let port = if port.is_empty() { DEFAULT_PORT } else { port.strip_prefix(':')?.parse().ok()? };
                Self::new(ip.into(), port)
            })
        } else if let Ok(v6) = trimmed.parse::<Ipv6Addr>() {
            Self::new(v6.into(), DEFAULT_PORT)
        } else {
            Self::from_link(trimmed)
        };
        parsed.filter(|_| trimmed.len() <= MAX_INPUT).ok_or_else(|| AddressError { shown: crate::text::sanitised(trimmed) })
    }
}

/// The 128 bits that let whoever holds the link pair. Another secret than the code's.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LinkSecret([u8; 16]);

impl LinkSecret {
    /// A new secret.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(rng::bytes(rng))
    }

    /// The same secret with its first 15 bits telling a place; 113 random bits are left.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        const REST: u32 = u128::BITS - Place::BITS;
        let rest = u128::from_be_bytes(self.0) & ((1 << REST) - 1);
        Self((u128::from(place.number()) << REST | rest).to_be_bytes())
    }

    /// What its first 15 bits tell.
    pub fn place(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]]) >> (u16::BITS - Place::BITS)
    }

    /// The 26 symbols, which are what is sent, hashed and signed.
    pub fn symbols(&self) -> String {
        base32::encode_128(&self.0)
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(***)")
    }
}

impl FromStr for LinkSecret {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        base32::decode_128(text).map(Self).ok_or(LinkError::Damaged)
    }
}

/// A parsed pairing link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairingLink {
    addresses: Vec<Address>,
    pin: ServerPin,
    secret: LinkSecret,
}

/// Why a text is no pairing link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Another scheme, or none.
    #[error("This is no Clawpair pairing link; one begins with CPAIR:1/. Scan the QR code again, or copy the whole link.")]
    NotALink,
    /// A version this program does not know.
    #[error("This pairing link is of a newer kind than this program knows; update it and try again.")]
    NewerVersion,
    /// An address that is none, or none at all, or more than four.
    #[error("The address in this pairing link is not readable; make a new code and scan it again.")]
    BadAddress,
    /// Cut off or changed.
    #[error("This pairing link is cut off or was changed; scan the QR code again, or copy the whole link.")]
    Damaged,
}

impl PairingLink {
    /// A link to a platform.
    ///
    /// # Errors
    /// [`LinkError::BadAddress`] for no address or more than [`MAX_ADDRESSES`].
    pub fn new(addresses: Vec<Address>, pin: ServerPin, secret: LinkSecret) -> Result<Self, LinkError> {
        if (1..=MAX_ADDRESSES).contains(&addresses.len()) {
            Ok(Self { addresses, pin, secret })
        } else {
            Err(LinkError::BadAddress)
        }
    }

    /// Where the platform may be reached, best first.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The only server key to speak to.
    pub const fn pin(&self) -> ServerPin {
        self.pin
    }

    /// What proves that the link was seen.
    pub const fn secret(&self) -> &LinkSecret {
        &self.secret
    }

    /// The link as text. Treat the result like a password.
    pub fn reveal(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(Address::in_link).collect();
        format!("{SCHEME}{VERSION}/{}/{}{}", addresses.join("+"), self.pin, self.secret.symbols())
    }
}

impl FromStr for PairingLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if !text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME)) {
            return Err(LinkError::NotALink);
        }
        if text.len() > MAX_INPUT || !text.is_ascii() {
            return Err(LinkError::Damaged);
        }
        let mut parts = text[SCHEME.len()..].split('/');
        match parts.next() {
            Some(VERSION) => {}
            Some(other) if !other.is_empty() && other.bytes().all(|b| b.is_ascii_digit()) => return Err(LinkError::NewerVersion),
            _ => return Err(LinkError::Damaged),
        }
        let (Some(addresses), Some(keys), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(LinkError::Damaged);
        };
        if keys.len() != 2 * base32::SYMBOLS_128 {
            return Err(LinkError::Damaged);
        }
        let (pin, secret) = keys.split_at(base32::SYMBOLS_128);
        let addresses: Option<Vec<Address>> = addresses.split('+').map(Address::from_link).collect();
        Self::new(addresses.ok_or(LinkError::BadAddress)?, pin.parse().map_err(|_| LinkError::Damaged)?, secret.parse()?)
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
