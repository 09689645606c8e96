//! What the program's exit code says. `--help` and `docs/DEVICE-PROTOCOL.md` list them.

use clawpair_api::ErrorCode;

use crate::error::{DeviceError, Refusal};

macro_rules! exits {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $meaning:literal;)*) => {
        /// How `clawpair-device` ends; one number for each kind of refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $($(#[$doc])* #[doc = $meaning] $name = $number,)*
        }

        impl Exit {
            /// All, in order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What it means, for `--help`.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

exits! {
    Done = 0, "done; for run: ended by a signal";
    Fault = 1, "unexpected fault of this program";
    BadInput = 2, "bad arguments, link, code or picture";
    Unreachable = 3, "platform not reachable";
    PinMismatch = 4, "platform has another key than the pinned one";
    NotUnderstood = 5, "answer not understood: no Clawpair platform, or a newer one";
    AnswerLost = 6, "answer lost; repeating the command continues";
    Waiting = 7, "nobody has decided yet; repeating the command continues";
    RequestExpired = 8, "nobody decided in time";
    Denied = 9, "not let in by a person";
    CodeUnknown = 10, "code unknown";
    CodeExpired = 11, "code expired";
    CodeUsed = 12, "code already used by another device";
    CodeCancelled = 13, "code cancelled";
    CodeEntryBurnt = 14, "typing this code is switched off; the link still works";
    SignatureInvalid = 15, "signature refused";
    RateLimited = 16, "too many tries";
    PlatformFault = 17, "platform fault, such as a full disk";
    Refused = 18, "refused for another reason";
    Unproven = 19, "platform did not prove that it knows the code";
    Revoked = 20, "device revoked";
    CredentialInvalid = 21, "tokens or proof not accepted";
    NotPaired = 22, "not paired";
    AlreadyPaired = 23, "already paired, and --replace not given";
    StateFile = 24, "state file unusable";
    Disabled = 25, "device disabled; it may be enabled again";
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<&DeviceError> for Exit {
    fn from(error: &DeviceError) -> Self {
        match error {
            DeviceError::Input(_) => Self::BadInput,
            DeviceError::Unreachable { .. } => Self::Unreachable,
            DeviceError::PinMismatch { .. } => Self::PinMismatch,
            DeviceError::Unproven { .. } => Self::Unproven,
            DeviceError::NotTls { .. } | DeviceError::NotUnderstood { .. } => Self::NotUnderstood,
            DeviceError::AnswerLost { .. } => Self::AnswerLost,
            DeviceError::Waiting { .. } => Self::Waiting,
            DeviceError::Refused(refusal) => Self::of_refusal(refusal),
            DeviceError::NotPaired => Self::NotPaired,
            DeviceError::AlreadyPaired { .. } => Self::AlreadyPaired,
            DeviceError::State(_) => Self::StateFile,
        }
    }
}

impl Exit {
    fn of_refusal(refusal: &Refusal) -> Self {
        match refusal.code {
            ErrorCode::RequestExpired => Self::RequestExpired,
            ErrorCode::PairingDenied => Self::Denied,
            ErrorCode::CodeUnknown => Self::CodeUnknown,
            ErrorCode::CodeExpired => Self::CodeExpired,
            ErrorCode::CodeUsed => Self::CodeUsed,
            ErrorCode::CodeCancelled => Self::CodeCancelled,
            ErrorCode::CodeEntryBurnt => Self::CodeEntryBurnt,
            ErrorCode::SignatureInvalid => Self::SignatureInvalid,
            ErrorCode::RateLimited => Self::RateLimited,
            ErrorCode::DeviceRevoked => Self::Revoked,
            ErrorCode::DeviceDisabled => Self::Disabled,
            ErrorCode::DeviceTokenInvalid
            | ErrorCode::RefreshTokenReuse
            | ErrorCode::DeviceKeyReplaced
            | ErrorCode::TokenExpired
            | ErrorCode::DpopInvalid
            | ErrorCode::UseDpopNonce => Self::CredentialInvalid,
            _ if refusal.status >= 500 => Self::PlatformFault,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use clawpair_api::ErrorBody;

    use super::*;

    #[test]
    fn numbers_ascend_and_none_is_double() {
        assert!(Exit::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        assert!(Exit::ALL.iter().all(|exit| exit.code() < 64), "above are the shell's and sysexits'");
    }

    #[test]
    fn every_refusal_of_a_code_has_its_own_number() {
        let exit =
            |code: ErrorCode| Exit::from(&DeviceError::Refused(Refusal::new(&ErrorBody::new(code, ""), code.status(), None)));
        let kinds = [
            (ErrorCode::RequestExpired, Exit::RequestExpired),
            (ErrorCode::PairingDenied, Exit::Denied),
            (ErrorCode::CodeUnknown, Exit::CodeUnknown),
            (ErrorCode::CodeExpired, Exit::CodeExpired),
            (ErrorCode::CodeUsed, Exit::CodeUsed),
            (ErrorCode::CodeCancelled, Exit::CodeCancelled),
            (ErrorCode::CodeEntryBurnt, Exit::CodeEntryBurnt),
            (ErrorCode::SignatureInvalid, Exit::SignatureInvalid),
            (ErrorCode::RateLimited, Exit::RateLimited),
            (ErrorCode::StorageUnavailable, Exit::PlatformFault),
            (ErrorCode::Internal, Exit::PlatformFault),
            (ErrorCode::DeviceRevoked, Exit::Revoked),
            (ErrorCode::DeviceDisabled, Exit::Disabled),
            (ErrorCode::DeviceTokenInvalid, Exit::CredentialInvalid),
            (ErrorCode::RefreshTokenReuse, Exit::CredentialInvalid),
            (ErrorCode::NotFound, Exit::Refused),
        ];
        for (code, expected) in kinds {
            assert_eq!(exit(code), expected);
        }
    }

    #[test]
    fn the_protocol_document_lists_every_number() {
        let document = include_str!("../../../docs/DEVICE-PROTOCOL.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(document.contains(&row), "missing: {row}");
        }
    }
}
