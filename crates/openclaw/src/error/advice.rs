//! What an error is called, and what can be done about it.

use std::time::Duration;

use super::GatewayError;

/// Whether trying again by itself can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After a back-off, and not before the gateway's own time.
    Later(Option<Duration>),
    /// Every few seconds: it keeps the request alive, and finds out that it was approved.
    Knock,
    /// Only after a person did something.
    No,
}

impl GatewayError {
    /// A stable word for the kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "gateway_unreachable",
            Self::NotLocal { .. } => "gateway_not_local",
            Self::NotTls { .. } => "gateway_not_tls",
            Self::NotPinned { .. } => "gateway_not_pinned",
            Self::OtherCertificate { .. } => "gateway_other_certificate",
            Self::NotAGateway { .. } => "not_a_gateway",
            Self::Busy => "gateway_busy",
            Self::Starting => "gateway_starting",
            Self::Protocol { .. } => "gateway_protocol",
            Self::ApprovalNeeded { .. } => "gateway_approval_needed",
            Self::TokenMissing => "gateway_token_missing",
            Self::TokenWrong => "gateway_token_wrong",
            Self::PasswordWanted => "gateway_password_wanted",
            Self::PasswordWrong => "gateway_password_wrong",
            Self::OwnTokenEnded => "gateway_own_token_ended",
            Self::OwnTokenTooNarrow => "gateway_own_token_too_narrow",
            Self::SetupCodeEnded => "gateway_setup_code_ended",
            Self::RateLimited { .. } => "gateway_rate_limited",
            Self::ProofRefused { .. } => "gateway_proof_refused",
            Self::MissingScope { .. } => "gateway_missing_scope",
            Self::Refused { .. } => "gateway_refused",
            Self::Closed(_) => "gateway_closed",
            Self::TooSlow { .. } => "gateway_too_slow",
            Self::NotUnderstood { .. } => "gateway_not_understood",
        }
    }

    /// What a person can do about it, in a sentence.
    pub fn next_step(&self) -> String {
        let words = match self {
            Self::Unreachable { .. } => {
                "Check that the gateway runs, that its address is right, and that gateway.bind lets this computer in."
            }
            Self::NotLocal { .. } => {
                "Nothing needs to be done if this computer is in another network for now; otherwise switch TLS on at the gateway (gateway.tls.enabled), and use its wss:// address."
            }
            Self::NotTls { .. } => "Switch TLS on at the gateway (gateway.tls.enabled), and use its wss:// address.",
            Self::NotPinned { .. } => "Compare the fingerprint with the one at the gateway, and accept it only if they are equal.",
            Self::OtherCertificate { .. } => {
                "Compare the new fingerprint with the one at the gateway, and accept it only if they are equal; until then nothing is sent."
            }
            Self::NotAGateway { .. } => {
                "Check the address and the port; a proxy in between must pass WebSockets on and name itself in gateway.trustedProxies."
            }
            Self::Busy | Self::Starting => "Nothing needs to be done; the next try is made by itself.",
            Self::Protocol { .. } => "Update this app or the gateway, whichever is older.",
            Self::ApprovalNeeded { request: Some(request), .. } => {
                return format!("On the gateway's computer, run: openclaw devices approve {request}");
            }
            Self::ApprovalNeeded { request: None, .. } => {
                "On the gateway's computer, run: openclaw devices list, and approve the request of “Clawpair”."
            }
            Self::TokenMissing | Self::TokenWrong | Self::OwnTokenEnded => {
                "Paste the gateway's shared token (gateway.auth.token in its openclaw.json), or a new full setup code."
            }
            Self::PasswordWanted | Self::PasswordWrong => {
                "Paste the gateway's password (gateway.auth.password in its openclaw.json), or a new full setup code."
            }
            Self::OwnTokenTooNarrow | Self::MissingScope { .. } => {
                "Connect with the gateway's shared token once more, and approve the operator.admin scope for this app there."
            }
            Self::SetupCodeEnded => "Make a new full setup code at the gateway (openclaw qr) and paste it within ten minutes.",
            Self::RateLimited { retry_after: Some(after) } => {
                return format!("Wait {} seconds; the next try is made then.", after.as_secs().max(1));
            }
            Self::RateLimited { retry_after: None } => "Wait five minutes, then check the token before trying again.",
            Self::ProofRefused { .. } => "Update this app; if that does not help, remove it at the gateway and connect anew.",
            Self::Refused { retryable: true, .. } | Self::TooSlow { .. } | Self::Closed(_) => {
                "Try again; if it stays so, look into the gateway's log."
            }
            Self::Refused { retryable: false, .. } => "Look at the list again; what you wanted to change may have changed already.",
            Self::NotUnderstood { .. } => "Update this app: the gateway may be newer than it knows.",
        };
        words.to_owned()
    }

    /// Whether what was asked for may have been done all the same: it went out, and no refusal came back.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::TooSlow { .. } | Self::NotUnderstood { .. })
    }

    /// Whether connecting again can help.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. }
            // Another network resolves the name otherwise.
            | Self::NotLocal { .. }
            | Self::Busy
            | Self::Starting
            | Self::Closed(_)
            | Self::TooSlow { .. }
            | Self::NotAGateway { .. }
            | Self::NotUnderstood { .. }
            | Self::Refused { retryable: true, .. } => Retry::Later(None),
            Self::RateLimited { retry_after } => Retry::Later(*retry_after),
            Self::ApprovalNeeded { .. } => Retry::Knock,
            Self::NotTls { .. }
            | Self::NotPinned { .. }
            | Self::OtherCertificate { .. }
            | Self::Protocol { .. }
            | Self::TokenMissing
            | Self::TokenWrong
            | Self::PasswordWanted
            | Self::PasswordWrong
            | Self::OwnTokenEnded
            | Self::OwnTokenTooNarrow
            | Self::SetupCodeEnded
            | Self::ProofRefused { .. }
            | Self::MissingScope { .. }
            | Self::Refused { retryable: false, .. } => Retry::No,
        }
    }
}
