use super::*;
use crate::id::ApiKeyId;
use crate::watch::{Rule, RuleAction};

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);
const PAIRING: PairingId = PairingId::from_bytes([2; 16]);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The rules that were hit, one entry per observation that hit any.
fn hits(rules: &Rules, observations: impl IntoIterator<Item = (i64, Observation)>) -> Vec<(RuleId, String)> {
    let mut watcher = Watcher::default();
    let judged = observations.into_iter().flat_map(|(second, seen)| watcher.judge(rules, START.plus_seconds(second), &seen, None));
    judged.map(|hit| (hit.rule, hit.subject)).collect()
}

fn failure(address: &str, pairing: Option<PairingId>) -> Observation {
    Observation::ClaimFailed { pairing, address: Some(ip(address)) }
}

#[test]
fn failures_are_counted_by_address_by_code_and_over_all() {
    let rules = Rules::default();
    let many = |count: i64, seconds: i64, seen: fn(i64) -> Observation| (0..count).map(move |n| (n * seconds, seen(n)));
    let one_address = |_| failure("192.0.2.7", None);
    let each_another = |n| failure(&format!("192.0.{}.{}", n / 250, n % 250), None);
    let one_code = |n| failure(&format!("192.0.2.{n}"), Some(PAIRING));
    let sign_in = |_| Observation::SignInFailed { address: Some(ip("192.0.2.7")) };
    let one_network = |n| failure(&format!("2001:db8::{n}"), None);
    let found = |subject: &str| vec![(RuleId::ManyFailures, subject.to_owned())];
    assert_eq!(hits(&rules, many(9, 1, one_address)), []);
    assert_eq!(hits(&rules, many(10, 1, one_address)), found("192.0.2.7"));
    assert_eq!(hits(&rules, many(10, 67, one_address)), [], "ten in eleven minutes are not ten in ten");
    assert_eq!(hits(&rules, many(19, 1, one_address)), found("192.0.2.7"), "a flood hits once per ten");
    assert_eq!(hits(&rules, many(10, 1, sign_in)), found("192.0.2.7"));
    assert_eq!(hits(&rules, many(10, 1, one_network)), found("2001:db8::"));
    assert_eq!(hits(&rules, many(5, 1, one_code)), found(&PAIRING.to_string()));
    assert_eq!(hits(&rules, many(49, 1, each_another)), []);
    assert_eq!(hits(&rules, many(50, 1, each_another)), found(""));
}

#[test]
fn a_flood_of_addresses_neither_fills_the_memory_nor_hides() {
    let mut watcher = Watcher::default();
    let mut over_all = 0;
    for n in 0..30_000_u32 {
        let seen = Observation::SignInFailed { address: Some(IpAddr::from(n.to_be_bytes())) };
        over_all += watcher.judge(&Rules::default(), START, &seen, None).len();
    }
    assert!(watcher.counted.len() <= MAX_COUNTED + 1);
    assert_eq!(over_all, 30_000 / 50);
}

#[test]
fn a_device_that_is_shut_out_and_keeps_calling_hits() {
    let knock = |second| (second, Observation::Knocked { device: DEVICE, address: None });
    assert_eq!(hits(&Rules::default(), [knock(0), knock(1)]), []);
    let found = [(RuleId::RevokedDeviceKnocking, DEVICE.to_string())];
    assert_eq!(hits(&Rules::default(), [knock(0), knock(1), knock(2)]), found);
    assert_eq!(hits(&Rules::default(), [knock(0), knock(1), knock(601)]), []);
}

#[test]
fn a_device_of_another_type_than_expected_hits_unless_it_says_nothing() {
    let joined = |said: &str| {
        let expected_type = "IoT Gateway".to_owned();
        (0, Observation::DeviceJoined { device: DEVICE, expected_type, said_type: said.to_owned(), address: None })
    };
    for (said, hit) in [("IoT Gateway", false), (" iot gateway ", false), ("", false), ("Web Application", true)] {
        assert_eq!(hits(&Rules::default(), [joined(said)]).len(), usize::from(hit), "{said}");
    }
    let seen = joined("\u{202e}evil").1;
    let hit = Watcher::default().judge(&Rules::default(), START, &seen, None).remove(0);
    assert!(hit.sentence.contains("“\u{fffd}evil”"), "{}", hit.sentence);
}

#[test]
fn a_device_from_another_network_hits() {
    for (before, now, hit) in [
        ("192.0.2.7", "192.0.2.200", false),
        ("192.0.2.7", "192.0.3.7", true),
        ("2001:db8::1", "2001:db8::2:1", false),
        ("2001:db8::1", "2001:db8:0:1::1", true),
        ("192.0.2.7", "2001:db8::1", true),
    ] {
        let seen = Observation::DeviceMoved { device: DEVICE, before: ip(before), now: ip(now) };
        assert_eq!(hits(&Rules::default(), [(0, seen)]).len(), usize::from(hit), "{before} {now}");
    }
}

#[test]
fn a_used_refresh_token_hits_and_names_the_device_to_shut_out() {
    let seen = Observation::RefreshTokenReused { device: DEVICE, address: None };
    let hit = Watcher::default().judge(&Rules::default(), START, &seen, None).remove(0);
    assert_eq!((hit.rule, hit.device), (RuleId::RefreshTokenReuse, Some(DEVICE)));
}

#[test]
fn who_manages_is_judged_by_its_own_history() {
    let by = Actor::ApiKey(ApiKeyId::from_bytes([3; 16]), Some(ip("198.51.100.1")));
    let mut history = History::default();
    history.note(START, Some("192.0.2.7"));
    let judge = |at| {
        let hits = Watcher::default().judge(&Rules::default(), at, &Observation::Managed { by }, Some(&history));
        hits.into_iter().map(|hit| hit.rule).collect::<Vec<_>>()
    };
    assert_eq!(judge(START.plus_seconds(6 * 86_400)), []);
    assert_eq!(judge(START.plus_seconds(14 * 86_400)), [RuleId::UnknownAddress]);
    assert_eq!(judge(START.plus_seconds(14 * 86_400 + 3_600)), [RuleId::UnusualHour, RuleId::UnknownAddress]);
}

#[test]
fn a_rule_that_is_switched_off_or_set_otherwise_is_obeyed() {
    let mut rules = Rules::default();
    let given = [("knocks".to_owned(), 1)].into();
    rules.set(Rule::new(RuleId::RevokedDeviceKnocking, true, RuleAction::Alert, &given).unwrap());
    let knock = || [(0, Observation::Knocked { device: DEVICE, address: None })];
    assert_eq!(hits(&rules, knock()).len(), 1);
    rules.set(Rule::new(RuleId::RevokedDeviceKnocking, false, RuleAction::Alert, &given).unwrap());
    assert_eq!(hits(&rules, knock()), []);
}
