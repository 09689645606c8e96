//! Looking for gateways on the network, while somebody wants to see them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use clawpair_openclaw::address::{GatewayAddress, Reach, is_container_bridge, reach_of};
use clawpair_openclaw::connection::Target;
use clawpair_openclaw::discovery::mdns::{Browsing, News, Sighting};
use tokio::task::JoinHandle;

use super::{Answer, App};
use crate::addresses::Surroundings;
use crate::platform::known::{Known, KnownPlatforms};
use crate::settings::Settings;
use crate::view::openclaw::FoundGateway;
use crate::view::{AddressKind, AppEvent, Refusal};

/// Most gateways that are shown: anybody on the network can announce any number.
const MAX: usize = 64;

/// Most addresses that are shown of one.
const MAX_ADDRESSES: usize = 8;

/// The looking that is going on, if any is.
#[derive(Default)]
pub(super) struct Looking(Mutex<Option<JoinHandle<()>>>);

impl Looking {
    /// Looks no more.
    pub(super) fn stop(&self) {
        self.be(None);
    }

    fn be(&self, task: Option<JoinHandle<()>>) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), task);
        if let Some(before) = before {
            before.abort();
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.stop();
    }
}

impl App {
    /// Looks for gateways on the network from now on, or no more. What is found comes as [`AppEvent::FoundGateways`].
    ///
    /// # Errors
    /// When this computer does not let it look.
    pub fn look_for_gateways(&self, on: bool) -> Answer<()> {
        if !on {
            self.0.looking.stop();
            return Ok(());
        }
        let browsing = Browsing::start().map_err(|error| {
            Refusal::new("network_unsearchable", error.to_string(), "Ask whoever runs the gateway for its address.")
        })?;
        let (settings, events) = (Arc::clone(&self.0.settings), self.0.events.clone());
        let task = tokio::spawn(look(browsing, settings, move |gateways| drop(events.send(AppEvent::FoundGateways { gateways }))));
        self.0.looking.be(Some(task));
        Ok(())
    }
}

async fn look(mut browsing: Browsing, settings: Arc<Settings>, tell: impl Fn(Vec<FoundGateway>) + Send) {
    let mut seen: BTreeMap<String, Sighting> = BTreeMap::new();
    tell(Vec::new());
    while let Some(news) = browsing.next().await {
        match news {
            News::Seen(sighting) if seen.len() < MAX || seen.contains_key(&sighting.instance) => {
                seen.insert(sighting.instance.clone(), sighting);
            }
            News::Seen(_) => continue,
            News::Gone { instance } => drop(seen.remove(&instance)),
        }
        let around = Surroundings::now();
        match settings.known_platforms() {
            Ok(known) => tell(seen.values().map(|sighting| found(sighting, &known, &around)).collect()),
            Err(error) => tracing::error!(%error, "the known platforms could not be read"),
        }
    }
}

fn found(sighting: &Sighting, known: &[Known], around: &Surroundings) -> FoundGateway {
    let at = |known: &&Known| sighting.addresses.iter().any(|address| address.to_string() == known.address);
    let known = known.iter().find(at);
    let target = known.and_then(|known| {
        let pin = known.pin.as_deref().and_then(|pin| pin.parse().ok());
        Some(Target { address: known.address.parse().ok()?, pin })
    });
    let mut addresses: Vec<&GatewayAddress> = sighting.addresses.iter().collect();
    addresses.sort_by_key(|address| how_near(address, around));
    let mut addresses = addresses.into_iter().take(MAX_ADDRESSES).map(ToString::to_string);
    FoundGateway {
        id: sighting.instance.clone(),
        name: sighting.name.as_ref().map(ToString::to_string),
        address: addresses.next().unwrap_or_default(),
        other_addresses: addresses.collect(),
        claims: sighting.claims.map(|claims| claims.for_people()),
        known_as: known.map(|known| known.id.clone()),
        contradicts: target.is_some_and(|target| sighting.contradicts(&target)),
    }
}

/// How likely this computer reaches an announced address: 0 is on its own network. An announcement tells all addresses that its sender
/// has, bridges to the sender's containers among them.
fn how_near(address: &GatewayAddress, around: &Surroundings) -> u8 {
    // Only addresses are announced, and no names.
    let Ok(ip) = address.host().parse::<IpAddr>() else { return 1 };
    let is_link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    match around.kind_of(ip) {
        // Seen from here, loopback is this computer and not whoever announces it.
        _ if reach_of(ip) == Reach::Loopback => 5,
        Some(AddressKind::Container) => 4,
        _ if is_container_bridge(ip) => 4,
        _ if is_link_local => 3,
        Some(AddressKind::Lan) => 0,
        Some(AddressKind::Vpn) => 2,
        Some(AddressKind::Loopback) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use clawpair_openclaw::fingerprint::Fingerprint;

    use super::*;
    use crate::view::platform::PlatformKind;

    #[test]
    fn a_known_gateway_is_named_and_one_with_another_certificate_contradicts() {
        let (right, wrong) = (Fingerprint::of(b"right"), Fingerprint::of(b"wrong"));
        let sighting = |claims| Sighting {
            instance: "hub._openclaw-gw._tcp.local.".to_owned(),
            name: None,
            addresses: vec!["wss://192.168.1.9:1".parse().unwrap(), "wss://192.168.1.2:1".parse().unwrap()],
            claims: Some(claims),
        };
        let known = Known {
            id: "plat-1".to_owned(),
            kind: PlatformKind::Openclaw,
            name: "Hub".to_owned(),
            address: "wss://192.168.1.2:1".to_owned(),
            pin: Some(right.to_string()),
            own_entry: None,
        };
        let around = Surroundings::default();
        let found = |claims| found(&sighting(claims), std::slice::from_ref(&known), &around);
        assert_eq!((found(right).known_as.as_deref(), found(right).contradicts), (Some("plat-1"), false));
        assert!(found(wrong).contradicts);
        assert_eq!(super::found(&sighting(wrong), &[], &around).known_as, None);
    }

    #[test]
    fn an_address_on_this_computers_network_comes_before_bridges_and_tunnels() {
        let around = Surroundings::of(&[
            (AddressKind::Lan, "192.168.1.5", "255.255.255.0"),
            (AddressKind::Container, "192.168.32.1", "255.255.240.0"),
            (AddressKind::Vpn, "10.9.0.2", "255.255.255.0"),
            (AddressKind::Loopback, "127.0.0.1", "255.0.0.0"),
        ]);
        let announced =
            ["10.9.0.7", "169.254.3.4", "172.17.0.1", "172.23.0.1", "192.168.1.9", "192.168.7.9", "192.168.32.1", "127.0.0.1"];
        let sighting = Sighting {
            instance: "hub._openclaw-gw._tcp.local.".to_owned(),
            name: None,
            addresses: announced.map(|ip| format!("wss://{ip}:1").parse().unwrap()).to_vec(),
            claims: None,
        };
        let FoundGateway { address, other_addresses, .. } = found(&sighting, &[], &around);
        assert_eq!(address, "wss://192.168.1.9:1");
        let others = ["192.168.7.9", "10.9.0.7", "169.254.3.4", "172.17.0.1", "172.23.0.1", "192.168.32.1", "127.0.0.1"];
        assert_eq!(other_addresses, others.map(|ip| format!("wss://{ip}:1")));
    }
}
