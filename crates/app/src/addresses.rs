//! This computer's addresses, and which of them devices nearby can reach.

use std::net::{IpAddr, Ipv4Addr};

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
    let mut addresses: Vec<LocalAddress> = if_addrs::get_if_addrs()
        .inspect_err(|error| tracing::warn!(%error, "the network interfaces cannot be listed"))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(ip) => Some(LocalAddress { kind: kind(&interface.name, ip), interface: interface.name, ip }),
            IpAddr::V6(_) => None,
        })
        .collect();
    addresses.sort();
    addresses
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
    fn every_computer_has_loopback() {
        assert!(list().iter().any(|address| address.kind == AddressKind::Loopback));
    }
}
