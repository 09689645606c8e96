use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn fail(limits: &Limits, address: &str, times: u32, at: Timestamp) {
    for _ in 0..times {
        limits.failed(address, at);
    }
}

fn passes(limits: &Limits, address: &str, at: Timestamp) -> bool {
    limits.admit(address, at).is_ok()
}

#[test]
fn the_wait_of_an_address_doubles_from_one_second_to_a_quarter_of_an_hour() {
    let limits = Limits::default();
    fail(&limits, "192.0.2.1", FREE - 1, NOON);
    assert!(passes(&limits, "192.0.2.1", NOON));
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        limits.failed("192.0.2.1", NOON);
        assert!(!passes(&limits, "192.0.2.1", NOON.plus_seconds(wait - 1)), "{wait}");
        assert!(passes(&limits, "192.0.2.1", NOON.plus_seconds(wait)), "{wait}");
    }
    fail(&limits, "192.0.2.1", 200, NOON);
    assert!(passes(&limits, "192.0.2.1", NOON.plus_seconds(MEMORY)), "forgotten after a day");
    assert!(passes(&limits, "192.0.2.2", NOON), "others never notice");
}

#[test]
fn an_ipv6_network_is_one_address_and_a_mapped_ipv4_address_is_that_address() {
    let limits = Limits::default();
    fail(&limits, "2001:db8:0:1::1", FREE, NOON);
    assert!(!passes(&limits, "2001:db8:0:1:ffff::2", NOON));
    assert!(passes(&limits, "2001:db8:0:2::1", NOON));
    fail(&limits, "::ffff:192.0.2.1", FREE, NOON);
    assert!(!passes(&limits, "192.0.2.1", NOON));
}

#[test]
fn many_addresses_together_are_slowed_and_who_has_not_failed_is_not() {
    let limits = Limits::default();
    for number in 0..=BURST {
        limits.failed(&format!("10.0.0.{number}"), NOON);
    }
    assert!(!passes(&limits, "10.0.0.1", NOON), "one wrong code each, and too many together");
    assert!(passes(&limits, "10.0.1.1", NOON));
    assert!(passes(&limits, "10.0.0.1", NOON.plus_seconds(PACE)));
}

#[test]
fn a_right_code_takes_back_what_was_counted_before_it_was_known() {
    let limits = Limits::default();
    for _ in 0..10 * FREE {
        limits.failed("192.0.2.1", NOON);
        limits.forgive("192.0.2.1");
    }
    assert!(passes(&limits, "192.0.2.1", NOON));
    assert!(limits.known().addresses.is_empty());
}

#[test]
fn so_many_addresses_are_remembered_and_the_quietest_is_forgotten() {
    let limits = Limits::default();
    for number in 0..MAX_ADDRESSES + 10 {
        let [_, a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
        limits.failed(&format!("10.{a}.{b}.{c}"), NOON.plus_seconds(i64::try_from(number).unwrap()));
    }
    let known = limits.known();
    assert_eq!(known.addresses.len(), MAX_ADDRESSES);
    assert!(!known.addresses.contains_key(&Source::from("10.0.0.9")));
    assert!(known.addresses.contains_key(&Source::from("10.0.0.10")));
}
