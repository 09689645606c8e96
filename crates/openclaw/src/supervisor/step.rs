//! What to do after an attempt failed.

use std::time::Duration;

use crate::error::{GatewayError, Retry};

/// How often an unapproved program knocks. It keeps the request alive, which otherwise ends after five minutes.
pub(crate) const KNOCK: Duration = Duration::from_secs(4);

/// Which credential an attempt was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// This installation's own token, with another credential kept or not.
    Own { has_other: bool },
    /// The shared token or a setup code.
    First,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give the own token up for one that another program has got, or use the other credential, at once.
    ForgetOwn,
    /// Use the other credential at once, and keep the own token until there is a new one.
    UseFirst,
    /// Knock again.
    Knock,
    /// Back off, and no less than this.
    BackOff(Option<Duration>),
    /// Wait for a person.
    Stop,
    /// The own token is over and there is no other credential: give it up likewise, and where there is none wait for a person.
    ForgetOwnAndStop,
}

impl Step {
    pub(crate) fn after(error: &GatewayError, tried: Tried) -> Self {
        match (error, tried) {
            (GatewayError::OwnTokenEnded, Tried::Own { has_other: true }) => Self::ForgetOwn,
            (GatewayError::OwnTokenEnded, Tried::Own { has_other: false }) => Self::ForgetOwnAndStop,
            (GatewayError::OwnTokenTooNarrow | GatewayError::MissingScope { .. }, Tried::Own { has_other: true }) => Self::UseFirst,
            _ => match error.retry() {
                Retry::Later(after) => Self::BackOff(after),
                Retry::Knock => Self::Knock,
                Retry::No => Self::Stop,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ApprovalReason, Closed};

    const OWN: Tried = Tried::Own { has_other: true };

    #[test]
    fn an_ended_own_token_falls_back_to_the_shared_one_or_to_a_person() {
        let ended = GatewayError::OwnTokenEnded;
        assert_eq!(Step::after(&ended, OWN), Step::ForgetOwn);
        assert_eq!(Step::after(&ended, Tried::Own { has_other: false }), Step::ForgetOwnAndStop);
        let narrow = GatewayError::MissingScope { scope: None };
        assert_eq!(Step::after(&narrow, OWN), Step::UseFirst);
        assert_eq!(Step::after(&narrow, Tried::First), Step::Stop);
    }

    #[test]
    fn what_passes_is_waited_for_and_what_does_not_is_for_a_person() {
        let elsewhere = GatewayError::NotLocal { address: "ws://hub.local".parse().unwrap() };
        for passing in [GatewayError::Starting, GatewayError::Busy, GatewayError::Closed(Closed::Restarting), elsewhere] {
            assert_eq!(Step::after(&passing, OWN), Step::BackOff(None), "{passing}");
        }
        let limited = GatewayError::RateLimited { retry_after: Some(Duration::from_mins(5)) };
        assert_eq!(Step::after(&limited, Tried::First), Step::BackOff(Some(Duration::from_mins(5))));
        for lasting in [GatewayError::TokenWrong, GatewayError::Protocol { expected: Some(5) }, GatewayError::SetupCodeEnded] {
            assert_eq!(Step::after(&lasting, Tried::First), Step::Stop, "{lasting}");
        }
        let wanted = GatewayError::ApprovalNeeded { request: None, why: ApprovalReason::NotPaired };
        assert_eq!(Step::after(&wanted, OWN), Step::Knock);
    }
}
