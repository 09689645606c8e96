//! Whether the addresses in a setup code lead to the gateway, before anybody scans it.

use std::net::IpAddr;

use futures_util::future::join_all;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::address::{GatewayAddress, Reach, is_container_bridge, reach_of};
use crate::connection::dial::{PATIENCE, Target, dial, shown_certificate};
use crate::connection::handshake::challenge;
use crate::error::GatewayError;
use crate::fingerprint::Fingerprint;
use crate::setup_code::SetupCode;

/// What was found about one address of a setup code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The address that the code carries.
    pub address: GatewayAddress,
    /// Whether a gateway answers there, seen from this computer. A phone may be elsewhere.
    pub answers: Result<(), GatewayError>,
    /// What a phone would stumble over.
    pub warnings: Vec<Warning>,
}

/// Why an address may not do for a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// It is every computer's name for itself.
    Loopback,
    /// It is a bridge to containers.
    ContainerBridge,
    /// It is not encrypted.
    Clear,
    /// It is encrypted, and the code does not say by which certificate.
    NoFingerprint,
}

impl Warning {
    /// What is wrong, in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Loopback => {
                "This address means the gateway's own computer; a phone that reads it looks for the gateway in itself."
            }
            Self::ContainerBridge => "This address is the inside of a container network; phones cannot reach it.",
            Self::Clear => {
                "This address is not encrypted: whoever shares the network can read along, and the gateway grants limited access at most."
            }
            Self::NoFingerprint => {
                "This code does not name the gateway's certificate, so phones accept it only if an authority that they know vouches for it."
            }
        }
    }

    /// How to mend it, in a sentence.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Loopback => "Set gateway.bind to lan at the gateway, or make the code with an address that phones can reach.",
            Self::ContainerBridge => "Publish the gateway's port on the host, and make the code with the host's own address.",
            Self::Clear => "Set gateway.tls.enabled to true at the gateway, restart it, and make a new code.",
            Self::NoFingerprint => "Check that the certificate is one of an authority, or let the gateway itself end TLS.",
        }
    }
}

/// Whether an address is in a network of containers on this computer, whatever its range.
pub type IsBridge<'a> = &'a (dyn Fn(IpAddr) -> bool + Sync);

/// Looks at every address of a code, side by side. The code's token is sent nowhere.
pub async fn preflight(code: &SetupCode, is_bridge: IsBridge<'_>) -> Vec<Checked> {
    join_all(code.addresses().iter().map(|address| check(address, code.fingerprint(), is_bridge))).await
}

async fn check(address: &GatewayAddress, pin: Option<Fingerprint>, is_bridge: IsBridge<'_>) -> Checked {
    let (leads_to, answers) = tokio::join!(resolve(address), answers(address, pin));
    Checked { address: address.clone(), answers, warnings: warnings(address, pin, &leads_to, is_bridge) }
}

/// Where its name leads; nothing if it leads nowhere, which the attempt tells better.
async fn resolve(address: &GatewayAddress) -> Vec<IpAddr> {
    match timeout(PATIENCE, lookup_host((address.host(), address.port()))).await {
        Ok(Ok(found)) => found.map(|at| at.ip()).collect(),
        _ => Vec::new(),
    }
}

/// Goes as far as the challenge, which says nothing secret.
async fn answers(address: &GatewayAddress, pin: Option<Fingerprint>) -> Result<(), GatewayError> {
    let pin = match pin {
        None if address.tls() => Some(shown_certificate(address).await?),
        other => other,
    };
    let target = Target { address: address.clone(), pin };
    let mut socket = dial(&target).await?;
    let late = GatewayError::NotAGateway { address: address.clone(), why: "it does not begin as a gateway does".to_owned() };
    timeout(PATIENCE, challenge(&mut socket, address)).await.unwrap_or(Err(late)).map(drop)
}

fn warnings(address: &GatewayAddress, pin: Option<Fingerprint>, leads_to: &[IpAddr], is_bridge: IsBridge<'_>) -> Vec<Warning> {
    let all = |is: IsBridge<'_>| !leads_to.is_empty() && leads_to.iter().all(|ip| is(*ip));
    let loopback = address.reach() == Reach::Loopback || all(&|ip| reach_of(ip) == Reach::Loopback);
    let found = [
        (loopback, Warning::Loopback),
        (all(&|ip| is_container_bridge(ip) || is_bridge(ip)), Warning::ContainerBridge),
        (!address.tls(), Warning::Clear),
        (address.tls() && pin.is_none(), Warning::NoFingerprint),
    ];
    found.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str, leads_to: &[&str]) -> Vec<Warning> {
        let leads_to: Vec<IpAddr> = leads_to.iter().map(|ip| ip.parse().unwrap()).collect();
        let is_bridge = |ip: IpAddr| ip.to_string().starts_with("192.168.32.");
        warnings(&address.parse().unwrap(), Some(Fingerprint::of(b"")), &leads_to, &is_bridge)
    }

    #[test]
    fn what_a_phone_would_stumble_over_is_named() {
        assert_eq!(of("ws://127.0.0.1", &["127.0.0.1"]), [Warning::Loopback, Warning::Clear]);
        assert_eq!(of("wss://localhost", &[]), [Warning::Loopback]);
        assert_eq!(of("wss://hub.example.org", &["127.0.1.1"]), [Warning::Loopback]);
        assert_eq!(of("wss://172.17.0.1", &["172.17.0.1"]), [Warning::ContainerBridge]);
        assert_eq!(of("wss://192.168.32.1", &["192.168.32.1"]), [Warning::ContainerBridge], "of this computer");
        assert_eq!(of("wss://192.168.1.20", &["192.168.1.20"]), []);
        assert_eq!(of("wss://hub.local", &["172.17.0.1", "192.168.1.20"]), []);
        let unnamed = warnings(&"wss://hub.example.org".parse().unwrap(), None, &[], &|_| false);
        assert_eq!(unnamed, [Warning::NoFingerprint]);
    }
}
