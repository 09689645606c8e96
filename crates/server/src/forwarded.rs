//! From where a request came that a proxy passed on: the proxy's word (`Forwarded`, RFC 7239, or `X-Forwarded-For`), as far as
//! proxies are trusted that said it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

/// Networks that proxies may be trusted in, at most.
pub const MAX_NETWORKS: usize = 32;
/// Hops that are looked at, at most; chains of proxies are short.
const MAX_HOPS: usize = 32;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks whose proxies are believed. None are, unless somebody names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// A text is no network to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Neither an address nor a network.
    #[error("“{0}” is no network; write one such as 10.1.0.0/16 or fd00::/8, or one address.")]
    Unknown(String),
    /// Everybody's.
    #[error("“{0}” is every network, so whoever calls could say to be somebody else; name those that your proxies are in.")]
    Everything(String),
    /// More than are looked through for each request.
    #[error("Proxies are trusted in {MAX_NETWORKS} networks at most; name fewer and wider ones.")]
    TooMany,
}

fn network(text: &str) -> Result<IpNet, NetworkError> {
    let address = |_| text.parse::<IpAddr>().map(IpNet::from);
    let unknown = |_| NetworkError::Unknown(clawpair_core::text::sanitised(text));
    let network = IpNet::from_str(text).or_else(address).map_err(unknown)?;
    if network.prefix_len() == 0 { Err(NetworkError::Everything(text.to_owned())) } else { Ok(network.trunc()) }
}

impl TrustedProxies {
    /// Those in these networks, each in CIDR notation or one address.
    ///
    /// # Errors
    /// When one is none, or all there are.
    pub fn parse(texts: &[String]) -> Result<Self, NetworkError> {
        if texts.len() > MAX_NETWORKS {
            return Err(NetworkError::TooMany);
        }
        texts.iter().map(|text| network(text.trim())).collect::<Result<Vec<_>, _>>().map(|networks| Self(networks.into()))
    }

    /// The networks.
    pub fn networks(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }

    /// Whether what is said from this address is believed.
    pub(crate) fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who called: the connection's own address, or what trusted proxies say, from the last one on to the first hop that is no
    /// trusted proxy. Where a hop cannot be told, it is the proxy that said so.
    fn caller(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        let connected = connected.to_canonical();
        if !self.include(connected) {
            return connected;
        }
        let told =
            |name, read: fn(&str) -> Vec<Hop>| headers.contains_key(&name).then(|| self.walk(connected, headers, &name, read));
        match (told(header::FORWARDED, forwarded), told(X_FORWARDED_FOR, forwarded_for)) {
            (None, None) => connected,
            (Some(one), None) | (None, Some(one)) => one,
            // A proxy that writes one of the two passes the other on as the caller wrote it.
            (Some(one), Some(other)) => {
                if one == other {
                    one
                } else {
                    connected
                }
            }
        }
    }

    fn walk(&self, connected: IpAddr, headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Vec<Hop>) -> IpAddr {
        let mut caller = connected;
        let lines: Vec<_> = headers.get_all(name).iter().collect();
        let hops = lines.into_iter().rev().flat_map(|line| match line.to_str() {
            Ok(line) => read(line),
            Err(_) => vec![None],
        });
        for hop in hops.take(MAX_HOPS) {
            let Some(address) = hop else { return caller };
            caller = address.to_canonical();
            if !self.include(caller) {
                return caller;
            }
        }
        caller
    }
}

/// One step on the way, the last first; `None` where it cannot be told.
type Hop = Option<IpAddr>;

/// `X-Forwarded-For`: addresses with commas between them.
fn forwarded_for(line: &str) -> Vec<Hop> {
    line.rsplit(',').take(MAX_HOPS).map(|hop| address(hop.trim())).collect()
}

/// An address, with or without brackets and port.
fn address(text: &str) -> Hop {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// `Forwarded` (RFC 7239 §4). What follows no grammar tells nothing at all, because a quotation mark that somebody left open would change what
/// everything behind it means.
fn forwarded(line: &str) -> Vec<Hop> {
    elements(line).map_or_else(
        || vec![None],
        |mut hops| {
            hops.reverse();
            hops
        },
    )
}

fn elements(line: &str) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    let (mut rest, mut node) = (line.trim_start(), None);
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && node.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start();
        let Some(separator) = after.chars().next() else {
            hops.push(node.as_deref().and_then(address));
            return Some(hops);
        };
        rest = after.get(1..)?.trim_start();
        match separator {
            ';' => {}
            ',' => hops.push(node.take().as_deref().and_then(address)),
            _ => return None,
        }
    }
}

/// A token or a quoted string, and what stands behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        // Proxies write addresses with a port without quoting them.
        return is_token(&token.replace([':', '[', ']'], "")).then(|| (token.to_owned(), rest));
    };
    let (mut value, mut characters) = (String::new(), quoted.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Says to whoever comes after from where the request came. A connection without an address is one over a Unix socket, whose
/// other end is on this machine.
pub(crate) async fn name_caller(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| *address);
    let connected = connected.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let caller = proxies.caller(connected.ip(), request.headers());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((caller, connected.port()))));
    next.run(request).await
}

#[cfg(test)]
#[path = "forwarded_tests.rs"]
mod tests;
