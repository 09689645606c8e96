//! How things stand with a gateway.

use clawpair_openclaw::access::{Access, Scope};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::paired::FAILS_AT;
use clawpair_openclaw::supervisor::{Snapshot, State};

use super::refusal::remedy;
use crate::view::Refusal;
use crate::view::platform::{Capability, PlatformKind, PlatformState};

/// A gateway's state for showing; `accepted` is the pin as people compare it.
pub(super) fn state(state: &State, accepted: Option<String>) -> PlatformState {
    match state {
        State::Connecting | State::Stopped => PlatformState::Connecting,
        State::Connected { version } => PlatformState::Connected { version: version.as_ref().map(ToString::to_string) },
        State::WaitingForApproval { request, why } => PlatformState::WaitingForApproval {
            request: request.as_ref().map(ToString::to_string),
            why: GatewayError::ApprovalNeeded { request: request.clone(), why: *why }.into(),
        },
        State::Retrying { at, why } => PlatformState::Retrying { at: at.to_string(), why: why.into() },
        State::Refused { why } => PlatformState::Refused { why: why.into(), remedy: remedy(why, accepted) },
    }
}

/// What the gateway lets this program do.
pub(super) fn capabilities(snapshot: &Snapshot) -> Vec<Capability> {
    let allowed = |capability: &Capability| match capability {
        Capability::SetupCodes => access(snapshot).allows(&Scope::Admin),
        // They are this program's own.
        Capability::Alerts => true,
        _ => access(snapshot).allows(&Scope::Pairing),
    };
    PlatformKind::Openclaw.capabilities().iter().copied().filter(allowed).collect()
}

/// What a person should know although it works.
pub(super) fn notice(snapshot: &Snapshot) -> Option<Refusal> {
    let missing = [Scope::Admin, Scope::Pairing].into_iter().find(|scope| !access(snapshot).allows(scope));
    if let Some(scope) = missing {
        let mut notice = Refusal::from(&GatewayError::MissingScope { scope: Some(scope.clone()) });
        notice.message =
            format!("The gateway lets this app do less than it needs: {scope} is missing, so it may show this app alone.");
        return Some(notice);
    }
    let paired = snapshot.devices.paired.len();
    if snapshot.devices.is_crowded() {
        let what =
            format!("{paired} devices are paired. With {FAILS_AT} this gateway can no longer write: it neither pairs nor removes.");
        return Some(Refusal::new(
            "gateway_crowded",
            what,
            "Remove devices that are not used any more; sort by last seen to find them.",
        ));
    }
    let unreadable = snapshot.devices.unreadable() + snapshot.nodes.unreadable;
    (unreadable > 0).then(|| {
        let what = format!("{unreadable} entries of the gateway's lists could not be read and are not shown.");
        Refusal::new(
            "gateway_entries_unreadable",
            what,
            "Look at them on the gateway's computer (openclaw devices list), or update this app.",
        )
    })
}

fn access(snapshot: &Snapshot) -> Access {
    Access::new(Vec::new(), snapshot.scopes.clone())
}

#[cfg(test)]
mod tests {
    use clawpair_core::clock::Timestamp;
    use clawpair_openclaw::fingerprint::Fingerprint;
    use clawpair_openclaw::operations::{DeviceList, NodeRequests};

    use super::*;
    use crate::view::platform::Remedy;

    fn snapshot(scopes: &[Scope], unreadable: usize) -> Snapshot {
        Snapshot {
            devices: DeviceList { unreadable_paired: unreadable, ..DeviceList::default() },
            nodes: NodeRequests::default(),
            taken: Timestamp::from_millis(0),
            ahead_millis: 0,
            scopes: scopes.to_vec(),
        }
    }

    #[test]
    fn who_may_less_is_offered_less_and_told_why() {
        let whole = snapshot(&[Scope::Read, Scope::Admin], 0);
        assert_eq!(capabilities(&whole), PlatformKind::Openclaw.capabilities());
        assert_eq!(notice(&whole), None);
        let pairing = snapshot(&[Scope::Read, Scope::Pairing], 0);
        assert!(capabilities(&pairing).contains(&Capability::Requests));
        assert!(!capabilities(&pairing).contains(&Capability::SetupCodes));
        assert!(notice(&pairing).unwrap().message.contains("operator.admin"));
        assert_eq!(capabilities(&snapshot(&[Scope::Read], 0)), [Capability::Alerts]);
    }

    #[test]
    fn what_could_not_be_read_is_counted() {
        assert!(notice(&snapshot(&[Scope::Admin], 3)).unwrap().message.starts_with("3 entries"));
    }

    #[test]
    fn a_certificate_is_shown_for_comparing() {
        let why = GatewayError::OtherCertificate { address: "wss://hub:1".parse().unwrap(), shown: Some(Fingerprint::of(b"new")) };
        let accepted = Some(Fingerprint::of(b"old").for_people());
        let PlatformState::Refused { remedy, .. } = state(&State::Refused { why }, accepted.clone()) else { panic!("not refused") };
        assert_eq!(remedy, Remedy::Certificate { shown: Fingerprint::of(b"new").for_people(), accepted });
    }

    #[test]
    fn a_token_that_ended_asks_for_another() {
        let PlatformState::Refused { why, remedy } = state(&State::Refused { why: GatewayError::OwnTokenEnded }, None) else {
            panic!("not refused")
        };
        assert_eq!((why.code.as_str(), remedy), ("gateway_own_token_ended", Remedy::SignIn));
    }
}
