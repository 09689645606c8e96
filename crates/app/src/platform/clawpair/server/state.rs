//! An error as the window shows it.

use clawpair_api::ErrorCode;
use clawpair_client::ClientError;
use clawpair_core::pin::ServerPin;

use crate::view::Refusal;
use crate::view::platform::{PlatformState, Remedy};

/// A server that will not do before a person has done something.
pub(super) fn refused(error: ClientError, accepted: Option<ServerPin>) -> PlatformState {
    let remedy = match &error {
        ClientError::NotPinned { shown, .. } => Remedy::Certificate { shown: shown.to_string(), accepted: None },
        ClientError::OtherCertificate { shown, .. } => {
            Remedy::Certificate { shown: shown.to_string(), accepted: accepted.map(|pin| pin.to_string()) }
        }
        // A key that may not even follow what changes is of no use here.
        error if error.is_about_the_credential() || error.refusal() == Some(ErrorCode::AccessDenied) => Remedy::SignIn,
        _ => Remedy::Elsewhere,
    };
    PlatformState::Refused { why: error.into(), remedy }
}

/// Why a server cannot be asked now.
pub(super) fn why_not(state: &PlatformState) -> Refusal {
    match state {
        PlatformState::Retrying { why, .. }
        | PlatformState::Refused { why, .. }
        | PlatformState::WaitingForApproval { why, .. } => why.clone(),
        PlatformState::Connecting | PlatformState::Connected { .. } => {
            Refusal::new("server_connecting", "The app is still connecting to this server.", "Wait a moment, then try again.")
        }
    }
}
