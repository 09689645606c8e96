//! What can stand between this program and a gateway, each with its cause and the next step.

mod advice;

use std::time::Duration;

pub use self::advice::Retry;
use crate::access::Scope;
use crate::address::GatewayAddress;
use crate::fingerprint::Fingerprint;
use crate::ids::RequestId;
use crate::shown::Shown;

/// Why a gateway could not be used. `Display` is the cause; [`Self::next_step`] what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Nobody answers there.
    #[error("{address} does not answer: {why}.")]
    Unreachable {
        /// Where.
        address: GatewayAddress,
        /// The system's words.
        why: String,
    },
    /// A name that sounds local and is not.
    #[error("The name in {address} leads to an address outside the local network, where nothing may be sent in clear.")]
    NotLocal {
        /// Where.
        address: GatewayAddress,
    },
    /// It speaks no TLS, or other TLS.
    #[error("{address} does not speak TLS 1.3: {why}.")]
    NotTls {
        /// Where.
        address: GatewayAddress,
        /// The TLS library's words.
        why: String,
    },
    /// Nobody has compared its certificate yet.
    #[error("The certificate of {address} has not been compared yet.")]
    NotPinned {
        /// Where.
        address: GatewayAddress,
        /// What it shows.
        shown: Fingerprint,
    },
    /// Its certificate is not the one that was compared.
    #[error("{address} shows another certificate than the one you accepted: it was renewed, or somebody stands in between.")]
    OtherCertificate {
        /// Where.
        address: GatewayAddress,
        /// What it shows now, if it could be asked.
        shown: Option<Fingerprint>,
    },
    /// Somebody answers, and is no gateway.
    #[error("{address} answers, but not as an OpenClaw Gateway does: {why}.")]
    NotAGateway {
        /// Where.
        address: GatewayAddress,
        /// What was odd.
        why: String,
    },
    /// It has no place for another connection.
    #[error("The gateway has too many connections that have not signed in yet.")]
    Busy,
    /// It is starting.
    #[error("The gateway is starting.")]
    Starting,
    /// It speaks another version of its protocol.
    #[error("The gateway speaks version {} of its protocol, and this app version 4.", expected.map_or_else(|| "another".to_owned(), |number| number.to_string()))]
    Protocol {
        /// Its version, if it said.
        expected: Option<u32>,
    },
    /// A person has to approve this program at the gateway.
    #[error("The gateway waits for somebody to approve this app{}.", why.in_words())]
    ApprovalNeeded {
        /// What to approve.
        request: Option<RequestId>,
        /// Why.
        why: ApprovalReason,
    },
    /// No token, and it wants one.
    #[error("The gateway wants its shared token.")]
    TokenMissing,
    /// Not its token.
    #[error("The gateway does not accept this shared token; it may have been changed.")]
    TokenWrong,
    /// It wants its password.
    #[error("The gateway is set to a password, and wants that.")]
    PasswordWanted,
    /// Not its password.
    #[error("The gateway is set to a password, and does not accept what was pasted; the password may have been changed.")]
    PasswordWrong,
    /// This program's own token is good no more.
    #[error("The gateway ended this app's own token: it was rotated or revoked, or this app was removed from its devices.")]
    OwnTokenEnded,
    /// This program's own token is good, for less than was asked.
    #[error("This app's own token at the gateway allows less than it needs.")]
    OwnTokenTooNarrow,
    /// The setup code does not work.
    #[error(
        "The setup code does not work any more, or not for this: it was used, has expired, or does not allow managing devices."
    )]
    SetupCodeEnded,
    /// It asks for patience after wrong attempts.
    #[error("The gateway refuses sign-ins from here for a while, because too many were wrong.")]
    RateLimited {
        /// How long.
        retry_after: Option<Duration>,
    },
    /// It does not accept the proof of the key.
    #[error("The gateway does not accept this installation's key or signature ({why}).")]
    ProofRefused {
        /// Its word for it.
        why: String,
    },
    /// This program may not do that there.
    #[error("The gateway does not let this app do this: {} is missing.", scope.as_ref().map_or("a scope", Scope::as_str))]
    MissingScope {
        /// What is missing, if it said.
        scope: Option<Scope>,
    },
    /// It refused, in its own words.
    #[error("The gateway refused: {}", message.as_ref().map_or("it did not say why", Shown::as_str))]
    Refused {
        /// Its word for the kind of refusal.
        kind: String,
        /// Its words, made fit for showing.
        message: Option<Shown>,
        /// Whether it says that trying again may help.
        retryable: bool,
    },
    /// The connection ended.
    #[error("{}", .0.in_words())]
    Closed(Closed),
    /// No answer in time.
    #[error("The gateway did not answer “{asked}” within {} seconds.", within.as_secs())]
    TooSlow {
        /// What was asked.
        asked: &'static str,
        /// For how long it was waited.
        within: Duration,
    },
    /// It answered something else than it should.
    #[error("The gateway's answer to “{asked}” is not understood ({why}).")]
    NotUnderstood {
        /// What was asked.
        asked: &'static str,
        /// What was wrong, without quoting: it may hold a token.
        why: String,
    },
}

/// Why a person has to approve this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalReason {
    /// The gateway does not know it, or no longer.
    NotPaired,
    /// It asks for a role it does not have, or whose token was revoked.
    Role,
    /// It asks for more scopes than it has.
    Scopes,
    /// It says it runs on another kind of system than before.
    Metadata,
    /// A reason this program does not know.
    Other,
}

impl ApprovalReason {
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "not-paired" => Self::NotPaired,
            "role-upgrade" => Self::Role,
            "scope-upgrade" => Self::Scopes,
            "metadata-upgrade" => Self::Metadata,
            _ => Self::Other,
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::NotPaired | Self::Other => "",
            Self::Role => " again: its token was revoked, or it has not been an operator before",
            Self::Scopes => " for more than it was approved for before",
            Self::Metadata => " again: it was approved on another kind of system",
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The gateway restarts.
    Restarting,
    /// The gateway is starting.
    Starting,
    /// This program's device was removed, its token rotated or revoked, or the gateway's own token changed.
    CutOff,
    /// The gateway objected to something.
    Objected,
    /// A message was too large for one of the two.
    TooLarge,
    /// Another close code (RFC 6455).
    Code(u16),
    /// Nothing was heard for too long.
    Silent,
    /// The connection broke.
    Broken,
    /// This program ended it.
    Ours,
}

impl Closed {
    pub(crate) const fn of(code: u16) -> Self {
        match code {
            1008 => Self::Objected,
            1009 => Self::TooLarge,
            1012 => Self::Restarting,
            1013 => Self::Starting,
            4001 => Self::CutOff,
            other => Self::Code(other),
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Restarting => "The gateway restarts.",
            Self::Starting => "The gateway is starting.",
            Self::CutOff => {
                "The gateway cut this app off: its device was removed, its token rotated or revoked, or the gateway's token changed."
            }
            Self::Objected => "The gateway ended the connection because it objected to something.",
            Self::TooLarge => "The connection ended because a message was too large.",
            Self::Code(_) => "The gateway ended the connection.",
            Self::Silent => "Nothing was heard from the gateway for too long.",
            Self::Broken => "The connection to the gateway broke.",
            Self::Ours => "The connection was closed.",
        }
    }
}
