//! Everything that can go wrong between a device and its platform, each with its cause and the next step.

use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::link::Address;
use clawpair_core::request::Comparison;
use clawpair_core::text;

use crate::input::InputError;
use crate::state::StateError;

/// Longest sentence of a platform that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// Why a device did not get what it wanted. Its text never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// What the person gave cannot be used; nothing was sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// No address answered; nothing was sent.
    #[error(
        "The platform does not answer at {tried}: {why}. Check that it is running and that this device is on the same network, then try again."
    )]
    Unreachable {
        /// The addresses, for showing.
        tried: String,
        /// The last failure, in the system's words.
        why: String,
    },
    /// Somebody answers with another key than the pinned one; nothing secret was sent.
    #[error(
        "{address} has another key than the one to trust, so nothing was sent to it. Check the address; if it is right, something may be intercepting this network, or the platform got a new key: then make a new code and pair again."
    )]
    PinMismatch {
        /// Who answered.
        address: Address,
    },
    /// Whoever answers does not know the code, or somebody is in between; the code was not sent.
    #[error(
        "{address} did not prove that it knows this code, so the code was not sent. Compare code and address with the screen that shows them; the code may also be over, or somebody may be intercepting this network. The link or QR code is safe in any case."
    )]
    Unproven {
        /// Who answered.
        address: Address,
    },
    /// TLS with somebody who is not a Clawpair platform of this kind; nothing secret was sent.
    #[error("{address} answers, but not as a Clawpair platform over TLS 1.3 ({why}). Check the address and port.")]
    NotTls {
        /// Who answered.
        address: Address,
        /// What TLS says.
        why: String,
    },
    /// The request went out and no whole answer came back: it may have been carried out, and repeating it is safe.
    #[error(
        "The platform was reached, but its answer was lost ({why}). Run the same command again; when pairing within 10 minutes: it continues where this one stopped and cannot pair twice."
    )]
    AnswerLost {
        /// What happened to the connection.
        why: String,
    },
    /// The platform of the pinned key says something this program does not understand.
    #[error("The platform's answer was not understood ({why}). Update this program or the platform.")]
    NotUnderstood {
        /// What is strange about it.
        why: String,
    },
    /// A person is asked whether this device may join, and has not decided.
    #[error(
        "Nobody has let this device in yet; its number is {comparison}. Run the same command again: it continues where this one stopped."
    )]
    Waiting {
        /// Six digits that the platform shows, too.
        comparison: Comparison,
        /// When to ask again.
        again: Duration,
    },
    /// The platform understood and said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no pairing in the state file.
    #[error("This device is not paired. Make a code on the platform and run clawpair-device pair.")]
    NotPaired,
    /// There is one already.
    #[error(
        "This device is already paired as “{name}”. To pair it anew, give --replace; to only unpair it here, run clawpair-device forget."
    )]
    AlreadyPaired {
        /// What the platform calls it.
        name: String,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

impl DeviceError {
    /// Whether the same request may be sent again and might get another answer.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::AnswerLost { .. } | Self::Waiting { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// How long the platform asks to wait, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::Waiting { again, .. } => Some(*again),
            _ => None,
        }
    }
}

/// The platform said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for programs.
    pub code: ErrorCode,
    /// How long to wait before the next try.
    pub retry_after: Option<Duration>,
    /// The HTTP status it came with.
    pub status: u16,
    said: String,
}

impl Refusal {
    /// From the answer's parts. What the platform says is made fit for showing.
    pub fn new(body: &ErrorBody, status: u16, retry_after: Option<Duration>) -> Self {
        let said = body.to_string().chars().take(MAX_SHOWN).map(text::harmless).collect();
        Self { code: body.code, retry_after, status, said }
    }

    fn is_passing(&self) -> bool {
        self.status >= 500 || self.code == ErrorCode::RateLimited
    }
}

impl std::error::Error for Refusal {}

/// One sentence or two for each code: the cause as the device sees it, and the next step.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sentence = match self.code {
            ErrorCode::CodeUnknown => {
                "The platform knows no such code. Compare it with the screen that shows it, and check that this is the right platform; if in doubt make a new code."
            }
            ErrorCode::CodeExpired => "The code has expired. Make a new one and use it before its time is up.",
            ErrorCode::CodeUsed => {
                "Another device has already paired with this code. If that was not yours, revoke it in Devices now; then make a new code."
            }
            ErrorCode::CodeCancelled => "The code was cancelled on the platform. Make a new one.",
            ErrorCode::CodeEntryBurnt => {
                "Typing this code is switched off after too many wrong guesses. Scan its QR code or paste its link, which still work, or make a new code."
            }
            ErrorCode::PairingDenied => {
                return write!(f, "The platform did not let this device in: {}", self.said);
            }
            ErrorCode::RequestExpired => {
                "Nobody let this device in in time. Make a new code, and have somebody ready who answers the request."
            }
            ErrorCode::SignatureInvalid => {
                "The platform could not verify this device's signature: something on the way may have changed the request. Pair on a network you trust."
            }
            ErrorCode::DeviceTokenInvalid => {
                "The platform does not know this device; it may have been set up anew or restored from a backup. Pair again with a new code and --replace."
            }
            ErrorCode::DeviceKeyReplaced => {
                "The platform has another key for this device. If nobody changed it here, somebody has a copy of the state file: revoke the device, then pair again with a new code and --replace."
            }
            ErrorCode::RefreshTokenReuse => {
                "The platform has seen this device's refresh token twice, so somebody may have a copy of its state file, or an old copy was restored. All its tokens were revoked; find out why, then pair again with a new code and --replace."
            }
            ErrorCode::DeviceRevoked => {
                "This device was revoked on the platform. To let it back in, make a new code and pair again with --replace."
            }
            ErrorCode::DeviceDisabled => {
                "This device is disabled on the platform. Ask the person who manages it to enable it again; it need not pair again."
            }
            ErrorCode::DpopInvalid | ErrorCode::UseDpopNonce => {
                "The platform did not accept this device's proof of its key. Try again; if it stays, pair again with a new code and --replace."
            }
            ErrorCode::StorageUnavailable => {
                "The platform cannot use its database now. Check its free disk space and data folder, then try again; repeating is safe."
            }
            ErrorCode::Internal => "The platform had an internal fault. Try again; if it stays, look at the platform's log.",
            ErrorCode::OriginNotAllowed => {
                "The platform does not go by the address this device used. Use the address that the platform shows, with --server."
            }
            ErrorCode::TlsRequired => {
                "Something stands between this device and the platform's own TLS. Connect to the platform's own address."
            }
            ErrorCode::RateLimited => {
                return match self.retry_after {
                    Some(wait) => write!(f, "Too many tries from here. Wait {} seconds, then try again.", wait.as_secs()),
                    None => f.write_str("Too many tries from here. Wait a minute, then try again."),
                };
            }
            _ => {
                return write!(
                    f,
                    "The platform refused: {} (status {}). Update this program if the platform is newer.",
                    self.said, self.status
                );
            }
        };
        f.write_str(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: ErrorCode, message: &str) -> Refusal {
        Refusal::new(&ErrorBody::new(code, message), code.status(), None)
    }

    #[test]
    fn what_a_device_can_meet_has_its_own_sentence() {
        let mut sentences: Vec<String> = [
            ErrorCode::CodeUnknown,
            ErrorCode::CodeExpired,
            ErrorCode::CodeUsed,
            ErrorCode::CodeCancelled,
            ErrorCode::CodeEntryBurnt,
            ErrorCode::RequestExpired,
            ErrorCode::SignatureInvalid,
            ErrorCode::DeviceTokenInvalid,
            ErrorCode::RefreshTokenReuse,
            ErrorCode::DeviceKeyReplaced,
            ErrorCode::DeviceRevoked,
            ErrorCode::DeviceDisabled,
            ErrorCode::DpopInvalid,
            ErrorCode::StorageUnavailable,
            ErrorCode::Internal,
            ErrorCode::RateLimited,
        ]
        .map(|code| refusal(code, "said by the platform").to_string())
        .to_vec();
        assert!(sentences.iter().all(|s| !s.contains("said by") && s.ends_with('.') && s.contains(". ")), "{sentences:#?}");
        let met = sentences.len();
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), met);
    }

    #[test]
    fn a_platforms_own_words_cannot_drive_the_terminal() {
        let shown = refusal(ErrorCode::Unknown, &format!("\u{1b}[2J\u{202e}{}", "x".repeat(10_000))).to_string();
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && shown.chars().count() < 500);
    }

    #[test]
    fn waits_are_named_in_seconds() {
        let body = ErrorBody::new(ErrorCode::RateLimited, "m");
        let shown = Refusal::new(&body, 429, Some(Duration::from_secs(17))).to_string();
        assert!(shown.contains("Wait 17 seconds"), "{shown}");
    }
}
