use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};

use super::{History, Observation, RuleId, Rules};
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::id::{DeviceId, PairingId};
use crate::text::sanitised;

/// Things that are counted at once; past this only the count over all goes on, which no flood of addresses escapes.
const MAX_COUNTED: usize = 10_000;

/// A rule's reason to raise an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which rule.
    pub rule: RuleId,
    /// What it is about: an id, an address, or nothing.
    pub subject: String,
    /// Who did it, if that is known.
    pub actor: Option<Actor>,
    /// From where.
    pub address: Option<IpAddr>,
    /// The device a quarantine would shut out.
    pub device: Option<DeviceId>,
    /// Why, in a sentence.
    pub sentence: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    FailuresFrom(IpAddr),
    FailuresOn(PairingId),
    Failures,
    Knocks(DeviceId),
}

/// Judges one observation after the other. What it counts it keeps in memory, so a restart begins to count anew.
#[derive(Clone, Debug, Default)]
pub struct Watcher {
    counted: HashMap<Counted, VecDeque<Timestamp>>,
    /// When those that are over were last looked for.
    swept: Option<Timestamp>,
}

impl Watcher {
    /// What the rules say to an observation. `history` is that of whoever managed something, before it did.
    pub fn judge(&mut self, rules: &Rules, at: Timestamp, seen: &Observation, history: Option<&History>) -> Vec<Hit> {
        match seen {
            Observation::ClaimFailed { pairing, address } => self.failed(rules, at, *pairing, *address),
            Observation::SignInFailed { address } => self.failed(rules, at, None, *address),
            Observation::Managed { by } => history.map(|history| managed(rules, at, *by, history)).unwrap_or_default(),
            Observation::DeviceJoined { device, expected_type, said_type, address } => {
                joined(rules, *device, expected_type, said_type, *address).into_iter().collect()
            }
            Observation::DeviceMoved { device, before, now } => moved(rules, *device, *before, *now).into_iter().collect(),
            Observation::RefreshTokenReused { device, address } => rules
                .enabled(RuleId::RefreshTokenReuse)
                .map(|rule| Hit {
                    sentence: "A refresh token of this device was used a second time: somebody has a copy of it.".to_owned(),
                    ..about_device(rule.id, *device, *address)
                })
                .into_iter()
                .collect(),
            Observation::Knocked { device, address } => self.knocked(rules, at, *device, *address).into_iter().collect(),
        }
    }

    fn failed(&mut self, rules: &Rules, at: Timestamp, pairing: Option<PairingId>, address: Option<IpAddr>) -> Vec<Hit> {
        let Some(rule) = rules.enabled(RuleId::ManyFailures) else { return Vec::new() };
        let minutes = rule.number("minutes");
        let hit = |subject: String, sentence: String| Hit { rule: rule.id, subject, actor: None, address, device: None, sentence };
        let mut hits = Vec::new();
        let from = rule.number("from_one_address");
        if let Some(address) = address
            && self.reaches(Counted::FailuresFrom(network_of(address)), at, minutes, from)
        {
            let sentence = format!("{from} claims or sign-ins failed within {minutes} minutes from {address}.");
            hits.push(hit(network_of(address).to_string(), sentence));
        }
        let on = rule.number("on_one_code");
        if let Some(pairing) = pairing
            && self.reaches(Counted::FailuresOn(pairing), at, minutes, on)
        {
            hits.push(hit(pairing.to_string(), format!("{on} claims of one code failed within {minutes} minutes.")));
        }
        let over = rule.number("over_all");
        if self.reaches(Counted::Failures, at, minutes, over) {
            hits.push(hit(String::new(), format!("{over} claims or sign-ins failed within {minutes} minutes.")));
        }
        hits
    }

    fn knocked(&mut self, rules: &Rules, at: Timestamp, device: DeviceId, address: Option<IpAddr>) -> Option<Hit> {
        let rule = rules.enabled(RuleId::RevokedDeviceKnocking)?;
        let (minutes, knocks) = (rule.number("minutes"), rule.number("knocks"));
        let sentence =
            format!("A device that is shut out, or a former key of a device, called {knocks} times within {minutes} minutes.");
        let reached = self.reaches(Counted::Knocks(device), at, minutes, knocks);
        reached.then(|| Hit { sentence, ..about_device(rule.id, device, address) })
    }

    /// Counts once more, and says whether that makes `most` within so many minutes. Counting then begins anew, so that a flood
    /// does not hit with every single one.
    fn reaches(&mut self, what: Counted, at: Timestamp, minutes: u32, most: u32) -> bool {
        let since = at.plus_seconds(-60 * i64::from(minutes));
        if self.counted.len() >= MAX_COUNTED && !self.counted.contains_key(&what) {
            // Looking through all of them at every call of a flood would be what the flood wants.
            if self.swept.is_none_or(|swept| at >= swept.plus_minutes(1)) {
                self.swept = Some(at);
                self.counted.retain(|_, times| times.back().is_some_and(|&last| last > since));
            }
            if self.counted.len() >= MAX_COUNTED && what != Counted::Failures {
                return false;
            }
        }
        let times = self.counted.entry(what).or_default();
        while times.front().is_some_and(|&first| first <= since) {
            times.pop_front();
        }
        times.push_back(at);
        let reached = times.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if reached {
            self.counted.remove(&what);
        }
        reached
    }
}

/// What one attacker has at once: an IPv4 address, or the 64 bits of an IPv6 network.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Whether two addresses are of one network: 24 bits of IPv4, 64 bits of IPv6.
fn is_same_network(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..3] == other.octets()[..3],
        (IpAddr::V6(_), IpAddr::V6(_)) => network_of(one) == network_of(other),
        _ => false,
    }
}

fn about_device(rule: RuleId, device: DeviceId, address: Option<IpAddr>) -> Hit {
    Hit {
        rule,
        subject: device.to_string(),
        actor: Some(Actor::Device(address)),
        address,
        device: Some(device),
        sentence: String::new(),
    }
}

fn managed(rules: &Rules, at: Timestamp, by: Actor, history: &History) -> Vec<Hit> {
    let address = by.address();
    let hit = |rule, sentence| Hit { rule, subject: by.to_string(), actor: Some(by), address, device: None, sentence };
    let mut hits = Vec::new();
    if let Some(rule) = rules.enabled(RuleId::UnusualHour) {
        let days = rule.number("days_of_history");
        if history.is_unusual_hour(at, days) {
            let sentence = "Something was changed at an hour of the day (UTC) at which this actor never changed anything before.";
            hits.push(hit(rule.id, sentence.to_owned()));
        }
    }
    if let Some(rule) = rules.enabled(RuleId::UnknownAddress)
        && let Some(address) = address
    {
        let days = rule.number("days_of_history");
        if history.is_unknown_address(at, &address.to_string(), days) {
            hits.push(hit(rule.id, format!("Something was changed from {address}, from where this actor never came before.")));
        }
    }
    hits
}

fn joined(rules: &Rules, device: DeviceId, expected: &str, said: &str, address: Option<IpAddr>) -> Option<Hit> {
    let rule = rules.enabled(RuleId::UnexpectedDeviceType)?;
    let alike = said.trim().is_empty() || said.trim().to_lowercase() == expected.trim().to_lowercase();
    let sentence =
        format!("The code was made for “{}”, and the device that joined says it is “{}”.", sanitised(expected), sanitised(said));
    (!alike).then(|| Hit { sentence, ..about_device(rule.id, device, address) })
}

fn moved(rules: &Rules, device: DeviceId, before: IpAddr, now: IpAddr) -> Option<Hit> {
    let rule = rules.enabled(RuleId::UnknownAddress)?;
    let sentence = format!("This device called from {now}; the last time it called from {before}, which is another network.");
    (!is_same_network(before, now)).then(|| Hit { sentence, ..about_device(rule.id, device, Some(now)) })
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
