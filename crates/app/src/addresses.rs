//! This computer's addresses, and which of them devices nearby can reach.

use std::net::{IpAddr, Ipv4Addr};

use if_addrs::{IfAddr, Interface};

use crate::view::AddressKind;

/// One IPv4 address of this computer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LocalAddress {
    pub(crate) kind: AddressKind,
    pub(crate) interface: String,
    pub(crate) ip: Ipv4Addr,
}

/// All IPv4 addresses, those devices nearby can reach first. Devices pair over IPv4, which every local network has.
pub(crate) fn list() -> Vec<LocalAddress> {
    let mut addresses: Vec<LocalAddress> = interfaces()
        .into_iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(ip) => Some(LocalAddress { kind: kind(&interface.name, ip), interface: interface.name, ip }),
            IpAddr::V6(_) => None,
        })
        .collect();
    addresses.sort();
    addresses
}

fn interfaces() -> Vec<Interface> {
    if_addrs::get_if_addrs()
        .inspect_err(|error| tracing::warn!(%error, "the network interfaces cannot be listed"))
        .unwrap_or_default()
}

/// The IPv4 networks that this computer is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings(Vec<(AddressKind, Ipv4Addr, Ipv4Addr)>);

impl Surroundings {
    /// As they are now.
    pub(crate) fn now() -> Self {
        let networks = interfaces().into_iter().filter_map(|interface| match interface.addr {
            IfAddr::V4(v4) => Some((kind(&interface.name, v4.ip), v4.ip, v4.netmask)),
            IfAddr::V6(_) => None,
        });
        Self(networks.collect())
    }

    /// By their kinds, with an address of each and its netmask.
    #[cfg(test)]
    pub(crate) fn of(networks: &[(AddressKind, &str, &str)]) -> Self {
        Self(networks.iter().map(|(kind, ip, mask)| (*kind, ip.parse().unwrap(), mask.parse().unwrap())).collect())
    }

    /// The kind of the narrowest network that an address is in.
    pub(crate) fn kind_of(&self, ip: IpAddr) -> Option<AddressKind> {
        let IpAddr::V4(ip) = ip.to_canonical() else { return None };
        let has = |own: Ipv4Addr, mask: Ipv4Addr| own.to_bits() & mask.to_bits() == ip.to_bits() & mask.to_bits();
        let around = self.0.iter().filter(|(_, own, mask)| has(*own, *mask));
        around.max_by_key(|(_, _, mask)| mask.to_bits()).map(|(kind, ..)| *kind)
    }

    /// Whether an address is in a network of containers or virtual machines on this computer.
    pub(crate) fn is_bridge(&self, ip: IpAddr) -> bool {
        self.kind_of(ip) == Some(AddressKind::Container)
    }
}

fn kind(interface: &str, ip: Ipv4Addr) -> AddressKind {
    let begins = |names: &[&str]| names.iter().any(|name| interface.to_ascii_lowercase().starts_with(name));
    let [first, second, ..] = ip.octets();
    if ip.is_loopback() {
        AddressKind::Loopback
    } else if begins(&["docker", "br-", "veth", "virbr", "lxc", "lxdbr", "cni", "cali", "flannel", "podman", "vmnet", "vboxnet"]) {
        AddressKind::Container
    } else if begins(&["tun", "tap", "wg", "tailscale", "zt", "ppp", "utun", "nordlynx"]) || (first == 100 && second & 0xc0 == 64) {
        AddressKind::Vpn
    } else {
        AddressKind::Lan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traps_are_told_from_local_networks() {
        let kind = |name, ip: [u8; 4]| kind(name, Ipv4Addr::from(ip));
        assert_eq!(kind("eth0", [192, 168, 1, 5]), AddressKind::Lan);
        assert_eq!(kind("wlp3s0", [10, 0, 0, 5]), AddressKind::Lan);
        assert_eq!(kind("docker0", [172, 17, 0, 1]), AddressKind::Container);
        assert_eq!(kind("br-0a1b2c", [172, 18, 0, 1]), AddressKind::Container);
        assert_eq!(kind("wg0", [10, 9, 0, 2]), AddressKind::Vpn);
        assert_eq!(kind("eth1", [100, 101, 2, 3]), AddressKind::Vpn, "the address range of carrier NAT and tailnets");
        assert_eq!(kind("lo", [127, 0, 0, 1]), AddressKind::Loopback);
    }

    #[test]
    fn an_address_is_of_the_narrowest_network_around_it() {
        let around = Surroundings::of(&[
            (AddressKind::Lan, "192.168.1.5", "255.255.0.0"),
            (AddressKind::Container, "192.168.32.1", "255.255.240.0"),
            (AddressKind::Vpn, "100.101.2.3", "255.255.255.255"),
        ]);
        let kind_of = |ip: &str| around.kind_of(ip.parse().unwrap());
        assert_eq!(kind_of("192.168.1.9"), Some(AddressKind::Lan));
        assert_eq!(kind_of("192.168.33.7"), Some(AddressKind::Container));
        assert_eq!(kind_of("100.101.2.4"), None);
        assert_eq!(kind_of("fd00::1"), None);
        assert!(around.is_bridge("192.168.32.1".parse().unwrap()) && !around.is_bridge("192.168.1.9".parse().unwrap()));
        assert!(Surroundings::now().kind_of("127.0.0.1".parse().unwrap()).is_some());
    }

    #[test]
    fn every_computer_has_loopback() {
        assert!(list().iter().any(|address| address.kind == AddressKind::Loopback));
    }
}
