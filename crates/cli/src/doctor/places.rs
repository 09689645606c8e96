//! Addresses, and whether a device can use them.

use std::net::IpAddr;

use clawpair_core::link::Address;
use clawpair_openclaw::address::{AddressError, GatewayAddress, Reach, is_container_bridge, reach_of};

use super::report::{Kind, Report};

/// Adds what is wrong with a link's addresses.
pub(super) fn judge(report: Report, addresses: &[Address]) -> Report {
    judge_hosts(report, addresses.iter().map(Address::host))
}

/// Adds what is wrong with a setup code's addresses.
pub(super) fn judge_gateways(mut report: Report, addresses: &[GatewayAddress]) -> Report {
    for address in addresses.iter().filter(|address| !address.tls() && address.reach() != Reach::Loopback) {
        report = clear(report, &address.to_string());
    }
    judge_hosts(report, addresses.iter().map(GatewayAddress::host))
}

/// Unusable is what has no address that another device can reach.
fn judge_hosts(mut report: Report, hosts: impl Iterator<Item = String>) -> Report {
    let hosts: Vec<String> = hosts.collect();
    let (traps, mut reachable) = (hosts.iter().filter_map(|host| trap(host).map(|why| (host, why))), hosts.len());
    for (host, (code, why)) in traps {
        reachable -= 1;
        report = report.remark(code, format!("{host}: {why}"), None);
    }
    if reachable == 0 {
        let hint = Some("Let devices nearby in (Clawpair: Nearby devices; OpenClaw: gateway.bind=lan), then make a new one.");
        report = report.remark("unreachable_from_elsewhere", "No other device can use it; on this very computer it works.", hint);
    }
    report
}

/// Why an address cannot be reached from elsewhere.
fn trap(host: &str) -> Option<(&'static str, &'static str)> {
    let ip: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || ip.is_some_and(|ip| reach_of(ip) == Reach::Loopback) {
        return Some(("loopback", "only programs on the computer that made it can reach this address."));
    }
    if ip.is_some_and(is_container_bridge) {
        return Some(("container_bridge", "this is a bridge of a container engine, which no other device can reach."));
    }
    ip.filter(|ip| is_link_local(*ip))
        .map(|_| ("link_local", "this address is one that a computer gives itself without a network."))
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn clear(report: Report, address: &str) -> Report {
    let message = format!("{address} is not encrypted: whoever shares the network can read the token.");
    report.remark(
        "clear_text",
        message,
        Some("Switch TLS on at the gateway (gateway.tls.enabled); the address then begins with wss://."),
    )
}

/// A gateway's address.
pub(super) fn gateway(text: &str) -> Report {
    let report = Report::of(Kind::GatewayAddress);
    match text.parse::<GatewayAddress>() {
        Ok(address) => {
            let report = report
                .leads_to([address.to_string()])
                .next_step("Add it in the window as an OpenClaw Gateway; with a setup code or the gateway's token beside it.");
            judge_gateways(report, &[address])
        }
        Err(error @ AddressError::Clear { .. }) => report.problem("clear_text", error.to_string(), None),
        Err(error) => report.problem("malformed", error.to_string(), None),
    }
}

/// An address that says neither what is there nor how to speak to it.
pub(super) fn address(text: &str) -> Option<Report> {
    let looks_like_one = text.contains(['.', ':']) || text == "localhost";
    let address: Address = text.parse().ok().filter(|_| looks_like_one)?;
    let report = Report::of(Kind::Address)
        .leads_to([address.to_string()])
        .next_step("Write https:// before it for a Clawpair server, wss:// for an OpenClaw Gateway.");
    Some(judge(report, &[address]))
}
