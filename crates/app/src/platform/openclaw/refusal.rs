//! A gateway's refusals as the window shows them.

use clawpair_openclaw::error::{GatewayError, Retry};

use crate::view::Refusal;
use crate::view::platform::Remedy;

impl From<&GatewayError> for Refusal {
    fn from(error: &GatewayError) -> Self {
        let after = if let Retry::Later(after) = error.retry() { after } else { None };
        Self { after, ..Self::new(error.code(), error.to_string(), error.next_step()) }
    }
}

impl From<GatewayError> for Refusal {
    fn from(error: GatewayError) -> Self {
        (&error).into()
    }
}

/// What waits is not what was seen.
pub(super) fn changed() -> Refusal {
    let what = "This changed while you looked: it asks for something else now. Nothing was decided.";
    Refusal::new("request_changed", what, "Look at the request again, and decide about what it asks for now.")
}

/// Nothing waits any more.
pub(super) fn gone() -> Refusal {
    let what =
        "This changed while you looked: nobody waits here any more. The request ended, was withdrawn, or somebody else decided.";
    Refusal::new("request_gone", what, "If the device should be let in, let it ask again.")
}

/// What a person can do here about a gateway that refuses.
pub(super) fn remedy(why: &GatewayError, accepted: Option<String>) -> Remedy {
    match why {
        GatewayError::NotPinned { shown, .. } => Remedy::Certificate { shown: shown.for_people(), accepted: None },
        GatewayError::OtherCertificate { shown: Some(shown), .. } => Remedy::Certificate { shown: shown.for_people(), accepted },
        GatewayError::TokenMissing
        | GatewayError::TokenWrong
        | GatewayError::PasswordWanted
        | GatewayError::PasswordWrong
        | GatewayError::OwnTokenEnded
        | GatewayError::OwnTokenTooNarrow
        | GatewayError::MissingScope { .. }
        | GatewayError::SetupCodeEnded => Remedy::SignIn,
        _ => Remedy::Elsewhere,
    }
}
