//! What an error is called, and what can be done about it.

use std::time::Duration;

use clawpair_api::ErrorCode;

use super::ClientError;

/// Whether trying again by itself can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After a back-off, and not before the server's own time.
    Later(Option<Duration>),
    /// Only after a person did something.
    No,
}

impl ClientError {
    /// A stable word for the kind of error; for refusals the platform's own.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.body.code.as_str(),
            Self::Unreachable { .. } => "server_unreachable",
            Self::NotLoopback { .. } => "server_not_loopback",
            Self::NotTls { .. } => "server_not_tls",
            Self::NotPinned { .. } => "server_not_pinned",
            Self::OtherCertificate { .. } => "server_other_certificate",
            Self::NotAServer { .. } => "not_a_server",
            Self::AnswerLost { .. } => "server_answer_lost",
            Self::TooSlow { .. } => "server_too_slow",
            Self::TooLarge { .. } => "server_answer_too_large",
            Self::NotUnderstood { .. } => "server_not_understood",
            Self::Unaskable { .. } => ErrorCode::InvalidRequest.as_str(),
        }
    }

    /// What a person can do about it, in a sentence.
    pub fn next_step(&self) -> String {
        let words = match self {
            Self::Refused(refusal) => match &refusal.body.hint {
                Some(hint) => hint,
                None => match refusal.body.code {
                    ErrorCode::InvalidRequest => "Change what you typed.",
                    ErrorCode::NotFound => "Look at the list again; it may be gone, or be of another platform.",
                    _ => "Look at it again; what you wanted to change may have changed already.",
                },
            },
            Self::Unreachable { .. } => "Check that the server runs, and that its address is right.",
            Self::NotLoopback { .. } => "Use the server's https:// address.",
            Self::NotTls { .. } => "Check the port; a server that speaks no TLS is reached from its own computer only, by http://.",
            Self::NotPinned { .. } => {
                "Compare the key with the one that clawpair-server prints when it starts, and accept it only if they are equal."
            }
            Self::OtherCertificate { .. } => {
                "Compare the new key with the one that clawpair-server prints, and accept it only if they are equal; until then nothing is sent."
            }
            Self::NotAServer { .. } => "Check the address and the port.",
            Self::AnswerLost { .. } | Self::TooSlow { .. } => "It may have been done: look, and try again only if it was not.",
            Self::TooLarge { .. } | Self::NotUnderstood { .. } => "Update this program or the server, whichever is older.",
            Self::Unaskable { .. } => "Change what you typed.",
        };
        words.to_owned()
    }

    /// Whether connecting again can help.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. }
            | Self::AnswerLost { .. }
            | Self::TooSlow { .. }
            | Self::NotAServer { .. }
            | Self::NotUnderstood { .. } => Retry::Later(None),
            Self::Refused(refusal) if refusal.status == 429 || refusal.status >= 500 => Retry::Later(refusal.retry_after),
            Self::Refused(_)
            | Self::NotLoopback { .. }
            | Self::NotTls { .. }
            | Self::NotPinned { .. }
            | Self::OtherCertificate { .. }
            | Self::TooLarge { .. }
            | Self::Unaskable { .. } => Retry::No,
        }
    }

    /// Whether another API key or signing in anew is what helps.
    pub const fn is_about_the_credential(&self) -> bool {
        use ErrorCode as E;
        matches!(
            self,
            Self::Refused(refusal) if matches!(
                refusal.body.code,
                E::Unauthenticated | E::WrongAuthMethod | E::ApiKeyInvalid | E::ApiKeyExpired | E::ApiKeyRevoked | E::SessionEnded
            )
        )
    }

    /// What the platform refused it with, if it did.
    pub const fn refusal(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.body.code),
            _ => None,
        }
    }
}
