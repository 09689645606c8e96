use super::*;
use proptest::prelude::*;

fn link(addresses: &[&str]) -> PairingLink {
    let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
    let pin = ServerPin::from_bytes(*b"0123456789abcdef");
    PairingLink::new(addresses, pin, LinkSecret(*b"the link secret!")).unwrap()
}

/// The vectors of `docs/DEVICE-PROTOCOL.md`.
const GOLDEN: [(&[&str], &str); 4] = [
    (&["192.168.1.20:21327"], "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11"),
    (&["192.168.1.20:8443"], "CPAIR:1/192.168.1.20:8443/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11"),
    (&["[fd00::2]:21327", "10.0.0.7:21327"], "CPAIR:1/FD00::2:21327+10.0.0.7/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11"),
    (&["hub.local:443"], "CPAIR:1/HUB.LOCAL:443/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11"),
];

#[test]
fn golden_links() {
    for (addresses, text) in GOLDEN {
        assert_eq!(link(addresses).reveal(), text);
        assert_eq!(text.parse(), Ok(link(addresses)));
        assert_eq!(text.to_lowercase().parse(), Ok(link(addresses)), "a scanner may lower the case");
    }
}

#[test]
fn every_character_is_in_qrs_alphanumeric_set_and_one_address_fits_version_3() {
    let longest = link(&["192.168.100.100"]).reveal();
    assert!(longest.len() <= 77, "{} characters", longest.len());
    for (addresses, _) in GOLDEN {
        let text = link(addresses).reveal();
        assert!(text.bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&b)), "{text}");
    }
}

#[test]
fn names_what_is_wrong() {
    let good = GOLDEN[0].1;
    let refused = |text: &str| text.parse::<PairingLink>().unwrap_err();
    assert_eq!(refused("https://example.org"), LinkError::NotALink);
    assert_eq!(refused(""), LinkError::NotALink);
    assert_eq!(refused(&good.replace("CPAIR:1", "CPAIR:2")), LinkError::NewerVersion);
    assert_eq!(refused(&good[..good.len() - 1]), LinkError::Damaged);
    assert_eq!(refused(&format!("{good}/X")), LinkError::Damaged);
    assert_eq!(refused(&good.replace("1G64", "UG64")), LinkError::Damaged);
    for address in ["", "192.168.1.20+", "0.0.0.0", "300.1.2.3", "h:0", "h:65536", "h:+1", "-h", "fe80::1:21327", "a+b+c+d+e"] {
        assert_eq!(refused(&good.replace("192.168.1.20", address)), LinkError::BadAddress, "{address}");
    }
    assert_eq!(refused(&good.replace("192.168.1.20", &"A".repeat(600))), LinkError::Damaged);
}

#[test]
fn addresses_are_read_as_people_write_them() {
    let shown = |text: &str| text.parse::<Address>().map(|a| a.to_string());
    assert_eq!(shown(" 10.0.0.7 ").unwrap(), "10.0.0.7:21327");
    assert_eq!(shown("[fd00::2]").unwrap(), "[fd00::2]:21327");
    assert_eq!(shown("fd00::2").unwrap(), "[fd00::2]:21327");
    assert_eq!(shown("Hub.Local:8443").unwrap(), "hub.local:8443");
    assert!(shown("[fd00::2]8443").is_err());
    assert!(shown("two words").is_err());
}

#[test]
fn never_prints_the_secret() {
    assert!(!format!("{:?}", link(&["10.0.0.7"])).contains(&link(&["10.0.0.7"]).secret().symbols()));
}

proptest! {
    #[test]
    fn round_trips(v4: Option<[u8; 4]>, v6: [u16; 8], port in 1u16.., pin: [u8; 16], secret: [u8; 16]) {
        let ip = v4.map_or_else(|| IpAddr::from(v6), IpAddr::from);
        if let Some(address) = Address::new(ip, port) {
            let link = PairingLink::new(vec![address.clone()], ServerPin::from_bytes(pin), LinkSecret(secret)).unwrap();
            prop_assert_eq!(link.reveal().parse(), Ok(link));
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn parsing_anything_never_panics(text in "(CPAIR:1/)?.{0,120}", tail in "[A-Z0-9/+:.]{0,120}") {
        let _ = text.parse::<PairingLink>();
        let _ = format!("CPAIR:1/{tail}").parse::<PairingLink>();
        let _ = text.parse::<Address>();
    }
}
