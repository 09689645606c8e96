//! Why a command failed: a stable code, the cause, the next step, and the exit code.

use std::fmt::Display;
use std::path::Path;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_app::view::Refusal;
use clawpair_client::ClientError;
use serde::Serialize;

use crate::exit::Exit;

/// What a command ends with when it did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// A word that never changes, for programs.
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What a person can do about it.
    pub(crate) hint: Option<String>,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None, exit }
    }

    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Bad arguments or input, in a sentence that names the fault.
    pub(crate) fn input(message: impl Display) -> Self {
        Self::new(Exit::BadInput, "bad_input", message.to_string())
    }

    /// A file that cannot be used.
    pub(crate) fn file(path: &Path, error: impl Display) -> Self {
        Self::new(Exit::LocalFile, "file_unusable", format!("{} cannot be used: {error}.", path.display()))
            .hint("Check the name, and that you may read and write there.")
    }
}

/// A platform's refusal, as it is.
impl From<ErrorBody> for Failure {
    fn from(body: ErrorBody) -> Self {
        Self { exit: exit_of(body.code), code: body.code.as_str().to_owned(), message: body.message, hint: body.hint }
    }
}

/// What the app refuses, or a platform of any kind through it.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message, hint, .. } = refusal;
        let exit = match code.as_str() {
            "server_unreachable"
            | "server_too_slow"
            | "server_answer_lost"
            | "server_connecting"
            | "server_unwell"
            | "gateway_unreachable"
            | "gateway_too_slow"
            | "gateway_closed"
            | "gateway_starting" => Exit::Unreachable,
            "server_not_pinned"
            | "server_other_certificate"
            | "server_not_loopback"
            | "gateway_not_pinned"
            | "gateway_other_certificate"
            | "gateway_not_local" => Exit::Untrusted,
            "server_not_tls"
            | "not_a_server"
            | "server_answer_too_large"
            | "server_not_understood"
            | "gateway_not_tls"
            | "not_a_gateway"
            | "gateway_protocol"
            | "gateway_not_understood" => Exit::NotUnderstood,
            "gateway_approval_needed"
            | "gateway_token_missing"
            | "gateway_token_wrong"
            | "gateway_password_wanted"
            | "gateway_password_wrong"
            | "gateway_own_token_ended"
            | "gateway_setup_code_ended"
            | "gateway_proof_refused" => Exit::NotLetIn,
            "gateway_own_token_too_narrow" | "gateway_missing_scope" => Exit::Forbidden,
            "gateway_busy" | "gateway_rate_limited" => Exit::RateLimited,
            "platform_unknown" => Exit::WhichPlatform,
            "storage_unavailable" => Exit::LocalFile,
            _ => match serde_json::from_value(serde_json::Value::from(code.clone())) {
                Ok(code) if code != ErrorCode::Unknown => exit_of(code),
                _ => Exit::Refused,
            },
        };
        Self { code, message, hint, exit }
    }
}

/// Whatever came of a call in the place of what was asked for.
impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::Refused(refusal) => match exit_of(refusal.body.code) {
                Exit::Refused | Exit::NotUnderstood if refusal.status >= 500 => Exit::PlatformFault,
                exit => exit,
            },
            ClientError::Unreachable { .. } | ClientError::AnswerLost { .. } | ClientError::TooSlow { .. } => Exit::Unreachable,
            ClientError::NotPinned { .. } | ClientError::OtherCertificate { .. } | ClientError::NotLoopback { .. } => {
                Exit::Untrusted
            }
            ClientError::NotTls { .. }
            | ClientError::NotAServer { .. }
            | ClientError::TooLarge { .. }
            | ClientError::NotUnderstood { .. } => Exit::NotUnderstood,
            ClientError::Unaskable { .. } => Exit::BadInput,
        };
        let (mut message, mut hint) = (error.to_string(), error.next_step());
        if let ClientError::NotPinned { shown, .. } | ClientError::OtherCertificate { shown, .. } = &error {
            message = format!("{message} It shows the key {shown}.");
            hint = format!("{hint} Accept it with --pin or clawpair platforms add.");
        }
        Self { exit, code: error.code().to_owned(), message, hint: Some(hint) }
    }
}

/// The kind of a platform's refusal.
pub(crate) const fn exit_of(code: ErrorCode) -> Exit {
    use ErrorCode as E;
    match code {
        E::InvalidRequest | E::BodyTooLarge | E::CodeMalformed | E::PasswordUnfit => Exit::BadInput,
        E::Unauthenticated
        | E::WrongAuthMethod
        | E::ApiKeyInvalid
        | E::ApiKeyExpired
        | E::ApiKeyRevoked
        | E::SignInFailed
        | E::SecondFactorRequired
        | E::SessionEnded => Exit::NotLetIn,
        E::AccessDenied | E::OriginNotAllowed => Exit::Forbidden,
        E::NotFound | E::CodeUnknown | E::InvitationOver => Exit::NotFound,
        E::ChangedMeanwhile
        | E::RequestChanged
        | E::RequestDecided
        | E::RequestExpired
        | E::AlreadyRevoked
        | E::ApiKeyEnded
        | E::NameTaken
        | E::CodeUsed
        | E::CodeCancelled
        | E::CodeExpired => Exit::Conflict,
        E::RateLimited => Exit::RateLimited,
        E::StorageUnavailable | E::Internal => Exit::PlatformFault,
        E::Unknown => Exit::NotUnderstood,
        _ => Exit::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_app_refuses_has_the_exit_code_that_the_platform_would_have() {
        let exit = |code: &str| Failure::from(Refusal::new(code, "No.", "Try again.")).exit;
        assert_eq!(exit("gateway_unreachable"), Exit::Unreachable);
        assert_eq!(exit("not_found"), Exit::NotFound);
        assert_eq!(exit("access_denied"), Exit::Forbidden);
        assert_eq!(exit("api_key_revoked"), Exit::NotLetIn);
        assert_eq!(exit("unsupported"), Exit::Refused);
        assert_eq!(exit("this_app"), Exit::Refused);
    }
}
