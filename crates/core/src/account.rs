//! The secrets of an account, and how long a sign-in lasts.

use std::net::IpAddr;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base32;
use crate::clock::Timestamp;
use crate::id::{MemberId, SessionId};
use crate::rng::{self, Rng};
use crate::secret::Secret;

const INVITATION: &str = "cpi_";
/// 80 bits in four groups of four symbols.
const RECOVERY: usize = 16;

/// A text has not the form it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountSecretError {
    /// Not an invitation.
    #[error("This is no invitation; one begins with {INVITATION} and is 30 characters long. Copy the whole of it.")]
    Invitation,
    /// Not a recovery code.
    #[error("This is no recovery code; one looks like 7F3K-9QWZ-4JN2-B0CD.")]
    RecoveryCode,
    /// Not a session.
    #[error("This session cookie is not one of this platform's.")]
    Session,
}

/// What an invited person shows: `cpi_` and 128 bits. Works once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationToken(Secret);

impl InvitationToken {
    /// A new one.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Secret::new(base32::encode_128(&rng::bytes(rng))))
    }

    /// The part that is hashed.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The whole token. Treat the result like a password.
    pub fn reveal(&self) -> String {
        format!("{INVITATION}{}", self.0.reveal())
    }
}

impl FromStr for InvitationToken {
    type Err = AccountSecretError;

    fn from_str(text: &str) -> Result<Self, AccountSecretError> {
        let bytes = text.trim().strip_prefix(INVITATION).and_then(base32::decode_128);
        bytes.map(|bytes| Self(Secret::new(base32::encode_128(&bytes)))).ok_or(AccountSecretError::Invitation)
    }
}

/// One of the codes that stand in for a lost second factor. Works once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// How many a member has.
    pub const COUNT: usize = 10;

    /// A new one.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Secret::new(rng::bytes::<RECOVERY>(rng).iter().map(|&b| base32::symbol(b)).collect()))
    }

    /// The symbols, which are what is hashed.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// As it is written down: `7F3K-9QWZ-4JN2-B0CD`.
    pub fn reveal(&self) -> String {
        let symbols = self.0.reveal();
        [&symbols[..4], &symbols[4..8], &symbols[8..12], &symbols[12..]].join("-")
    }
}

impl FromStr for RecoveryCode {
    type Err = AccountSecretError;

    fn from_str(text: &str) -> Result<Self, AccountSecretError> {
        let written = text.chars().take(64).filter(|c| !c.is_whitespace() && *c != '-');
        let symbols: Option<String> = written.map(|c| base32::value(c).map(base32::symbol)).collect();
        let symbols = symbols.filter(|symbols| symbols.len() == RECOVERY).ok_or(AccountSecretError::RecoveryCode)?;
        Ok(Self(Secret::new(symbols)))
    }
}

/// What a browser holds while its user is signed in: 256 bits and no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken(Secret);

impl SessionToken {
    /// A new one.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(rng::bytes::<32>(rng))))
    }

    /// The text, which is what is sent and hashed.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

impl FromStr for SessionToken {
    type Err = AccountSecretError;

    fn from_str(text: &str) -> Result<Self, AccountSecretError> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(Secret::new(text.to_owned()))),
            _ => Err(AccountSecretError::Session),
        }
    }
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name in the system.
    pub id: SessionId,
    /// Whose.
    pub member: MemberId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// The IP address it began at, where there was one.
    pub address: Option<IpAddr>,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// How long a session lives without being used. OWASP names 15–30 minutes for applications that matter.
    pub const IDLE_MINUTES: u32 = 30;
    /// How long one lives at all: a working day.
    pub const HOURS: u32 = 12;

    /// From when on it is worthless if nobody uses it again.
    pub fn ends_at(&self) -> Timestamp {
        self.created_at.plus_minutes(Self::HOURS * 60).min(self.seen_at.plus_minutes(Self::IDLE_MINUTES))
    }

    /// Whether it is good at `now`.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.ends_at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn secrets_are_read_back_as_people_write_them() {
        let invitation = InvitationToken::generate(&SystemRng);
        assert_eq!(format!(" {} ", invitation.reveal()).parse(), Ok(invitation.clone()));
        assert!(!format!("{invitation:?}").contains(invitation.secret().reveal()));
        let recovery = RecoveryCode::generate(&SystemRng);
        assert_eq!(recovery.reveal().to_lowercase().replace('-', " ").parse(), Ok(recovery));
        let session = SessionToken::generate(&SystemRng);
        assert_eq!(session.secret().reveal().parse(), Ok(session));
        assert_eq!("cpi_".parse::<InvitationToken>(), Err(AccountSecretError::Invitation));
        assert_eq!("7F3K".parse::<RecoveryCode>(), Err(AccountSecretError::RecoveryCode));
        assert_eq!("AAAA".parse::<SessionToken>(), Err(AccountSecretError::Session));
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        let id = (SessionId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let mut session = Session { id: id.0, member: id.1, created_at: noon, seen_at: noon, address: None, ended_at: None };
        assert!(session.is_good(noon.plus_minutes(29)) && !session.is_good(noon.plus_minutes(30)));
        session.seen_at = noon.plus_minutes(719);
        assert!(session.is_good(noon.plus_minutes(719)) && !session.is_good(noon.plus_minutes(720)));
        session.ended_at = Some(noon);
        assert!(!session.is_good(noon));
    }
}
