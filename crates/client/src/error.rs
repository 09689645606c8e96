//! What can come of a call instead of what was asked for, each with its cause and the next step.

mod advice;

use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::pin::ServerPin;

pub use self::advice::Retry;
use crate::address::ServerAddress;

/// Why a call failed. `Display` is the cause, [`Self::next_step`] what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The platform understood and said no.
    #[error("{}", .0.body.message)]
    Refused(Refusal),
    /// Nobody answers there; nothing was sent.
    #[error("{address} does not answer: {why}.")]
    Unreachable {
        /// Where.
        address: ServerAddress,
        /// The system's words.
        why: String,
    },
    /// A name that should be this computer's leads elsewhere; nothing was sent.
    #[error("The name in {address} leads to another computer, where nothing may be sent in clear.")]
    NotLoopback {
        /// Where.
        address: ServerAddress,
    },
    /// It speaks no TLS, or other TLS; nothing was sent.
    #[error("{address} does not speak TLS 1.3: {why}.")]
    NotTls {
        /// Where.
        address: ServerAddress,
        /// The TLS library's words.
        why: String,
    },
    /// No authority vouches for it, and nobody has compared its key yet; nothing was sent.
    #[error("Nobody has compared the key of {address} yet, and no authority vouches for it ({why}).")]
    NotPinned {
        /// Where.
        address: ServerAddress,
        /// The key it shows.
        shown: ServerPin,
        /// What is wrong with its certificate.
        why: String,
    },
    /// Its key is not the one that was compared; nothing was sent.
    #[error("{address} shows another key than the one you accepted: it was replaced, or somebody stands in between.")]
    OtherCertificate {
        /// Where.
        address: ServerAddress,
        /// The key it shows now.
        shown: ServerPin,
    },
    /// Somebody answers, and not as a Clawpair server does.
    #[error("{address} answers, but not as a Clawpair server does: {why}.")]
    NotAServer {
        /// Where.
        address: ServerAddress,
        /// The HTTP status.
        status: u16,
        /// What is odd.
        why: String,
    },
    /// The call went out and no whole answer came back. It may have been carried out.
    #[error("The answer was lost: {why}.")]
    AnswerLost {
        /// What happened to the connection.
        why: String,
    },
    /// No whole answer in time, or nothing of a stream. It may have been carried out.
    #[error("The server was silent for {} seconds.", within.as_secs_f32())]
    TooSlow {
        /// For how long it was waited.
        within: Duration,
    },
    /// The answer is larger than any that a platform gives.
    #[error("The answer is larger than {} MiB, which no answer of a platform is.", most >> 20)]
    TooLarge {
        /// Bytes that are read at most.
        most: usize,
    },
    /// The answer is not as the contract says.
    #[error("The answer is not understood ({why}).")]
    NotUnderstood {
        /// What is wrong, without quoting: the answer may hold a secret.
        why: String,
    },
    /// What was asked cannot be sent.
    #[error("This cannot be asked: {why}.")]
    Unaskable {
        /// What is wrong with it.
        why: String,
    },
}

/// A platform's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In its own words.
    pub body: ErrorBody,
    /// The HTTP status.
    pub status: u16,
    /// How long to wait before the next try, if it says so.
    pub retry_after: Option<Duration>,
}

/// The same for whoever shows refusals of platforms alone: what is not one of those keeps its sentences.
impl From<ClientError> for ErrorBody {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(refusal) => refusal.body,
            ClientError::Unaskable { .. } => Self::new(ErrorCode::InvalidRequest, error.to_string()),
            other => Self { hint: Some(other.next_step()), ..Self::new(ErrorCode::Internal, other.to_string()) },
        }
    }
}

/// Where JSON is wrong, without quoting it.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    format!("JSON {:?} fault in column {}", error.classify(), error.column())
}
