//! Gateways that announce themselves on the network (RFC 6762, RFC 6763). Anybody there can announce anything.

use std::net::IpAddr;

use clawpair_core::link::Address;
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};

use crate::address::{GatewayAddress, Reach};
use crate::connection::Target;
use crate::fingerprint::Fingerprint;
use crate::shown::Shown;

/// What gateways announce.
const SERVICE: &str = "_openclaw-gw._tcp.local.";
/// Most addresses that are kept of one announcement. A computer with many networks of containers announces one of each.
const MAX_ADDRESSES: usize = 64;

/// What was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Names the announcement, for [`News::Gone`].
    pub instance: String,
    /// What it calls itself.
    pub name: Option<Shown>,
    /// Where it says it is, IPv4 first; at least one is not loopback. Which of them this computer can reach, the announcement does not tell.
    pub addresses: Vec<GatewayAddress>,
    /// The certificate it says it has. It is a hint for a person, and never a pin.
    pub claims: Option<Fingerprint>,
}

impl Sighting {
    /// Whether it announces another certificate than the one that was accepted: renewed, or an imposter.
    pub fn contradicts(&self, known: &Target) -> bool {
        matches!((self.claims, known.pin), (Some(claims), Some(pin)) if claims != pin)
    }
}

/// What changed on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A gateway is there, or announces something else now.
    Seen(Sighting),
    /// It is gone.
    Gone {
        /// Which.
        instance: String,
    },
}

/// The network cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[error("Gateways on the network cannot be looked for ({0}); add one by its address.")]
pub struct BrowseError(#[from] mdns_sd::Error);

/// Looking for gateways, until this is dropped.
pub struct Browsing {
    daemon: ServiceDaemon,
    events: Receiver<ServiceEvent>,
}

impl Browsing {
    /// Begins to look.
    ///
    /// # Errors
    /// When this computer does not let it.
    pub fn start() -> Result<Self, BrowseError> {
        let daemon = ServiceDaemon::new()?;
        let events = daemon.browse(SERVICE)?;
        Ok(Self { daemon, events })
    }

    /// Waits for the next change; nothing when there will be none.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            let news = match self.events.recv_async().await.ok()? {
                ServiceEvent::ServiceResolved(service) => sighting(&service).map(News::Seen),
                ServiceEvent::ServiceRemoved(_, instance) => Some(News::Gone { instance }),
                _ => None,
            };
            if news.is_some() {
                return news;
            }
        }
    }
}

impl Drop for Browsing {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}

/// What an announcement says; nothing if it says of nowhere that can be used, or not yet. It is heard in parts, and what this computer
/// hears of itself may begin with its loopback address: until another is known, nobody knows where it is.
fn sighting(service: &ResolvedService) -> Option<Sighting> {
    let said = |key: &str| service.get_property_val_str(key);
    let tls = said("gatewayTls").is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
    // The record's port counts; the one in the text is a copy.
    let ips = service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr).collect();
    let addresses = usable(ips, service.get_port(), tls);
    addresses.iter().any(|address| address.reach() != Reach::Loopback).then(|| Sighting {
        instance: service.get_fullname().to_owned(),
        name: said("displayName").and_then(Shown::of).or_else(|| Shown::of(instance_name(service.get_fullname()))),
        addresses,
        claims: said("gatewayTlsSha256").and_then(|text| text.parse().ok()),
    })
}

fn instance_name(full: &str) -> &str {
    full.strip_suffix(SERVICE).map_or(full, |name| name.trim_end_matches('.'))
}

/// Addresses that may be connected to, IPv4 first, each once, in an order that does not change.
fn usable(mut ips: Vec<IpAddr>, port: u16, tls: bool) -> Vec<GatewayAddress> {
    // Seen from here, loopback is this computer and not whoever announces it.
    ips.sort_by_key(|ip| (ip.is_loopback(), *ip));
    ips.dedup();
    let address = |ip| GatewayAddress::new(tls, Address::new(ip, port)?).ok();
    ips.into_iter().filter_map(address).take(MAX_ADDRESSES).collect()
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;

    const PIN: &str = "ecbe5d76aabbccddeeff00112233445566778899aabbccddeeff0011223b1b87";

    fn announced(ips: &str, text: &[(&str, &str)]) -> Option<Sighting> {
        let service = ServiceInfo::new(SERVICE, "vm (OpenClaw)", "vm.local.", ips, 19_589, text).unwrap();
        sighting(&service.as_resolved_service())
    }

    #[test]
    fn an_announcement_is_read_by_its_records_before_its_text() {
        let seen = announced(
            "fd00::7,192.168.77.1",
            &[("displayName", "Hub\u{202e}"), ("gatewayPort", "1"), ("gatewayTls", "1"), ("gatewayTlsSha256", PIN)],
        )
        .unwrap();
        let addresses: Vec<String> = seen.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["wss://192.168.77.1:19589", "wss://[fd00::7]:19589"]);
        assert_eq!(seen.name.unwrap().as_str(), "Hub\u{fffd}");
        assert_eq!(seen.claims, Some(PIN.parse().unwrap()));
        let plain = announced("192.168.77.1", &[]).unwrap();
        assert_eq!(
            (plain.addresses[0].to_string().as_str(), plain.name.unwrap().as_str()),
            ("ws://192.168.77.1:19589", "vm (OpenClaw)")
        );
    }

    #[test]
    fn what_is_heard_of_loopback_alone_is_not_offered_yet() {
        assert_eq!(announced("127.0.0.1", &[("gatewayTls", "1")]), None);
        assert_eq!(announced("127.0.0.1,::1", &[]), None);
        let seen = announced("127.0.0.1,192.168.77.1", &[]).unwrap();
        let addresses: Vec<String> = seen.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["ws://192.168.77.1:19589", "ws://127.0.0.1:19589"]);
    }

    #[test]
    fn loopback_comes_last() {
        let ips = ["127.0.0.1", "fd00::7", "192.168.214.1"].map(|ip| ip.parse().unwrap());
        let addresses: Vec<String> = usable(ips.to_vec(), 18_789, true).iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["wss://192.168.214.1:18789", "wss://[fd00::7]:18789", "wss://127.0.0.1:18789"]);
    }

    #[test]
    fn another_certificate_than_the_accepted_one_contradicts() {
        let seen = announced("192.168.77.1", &[("gatewayTls", "1"), ("gatewayTlsSha256", PIN)]).unwrap();
        let known = Target { address: "wss://10.0.0.1".parse().unwrap(), pin: Some(Fingerprint::of(b"accepted")) };
        assert!(seen.contradicts(&known));
        assert!(!seen.contradicts(&Target { pin: seen.claims, ..known }));
    }

    #[test]
    fn nowhere_in_clear_outside_the_local_network() {
        assert_eq!(announced("203.0.113.7", &[]), None);
        assert!(announced("203.0.113.7", &[("gatewayTls", "1")]).is_some());
    }
}
