//! The secrets of an account, and how long a sign-in lasts.

use std::net::IpAddr;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base32;
use crate::clock::Timestamp;
use crate::id::{AddressChangeId, InvitationId, MemberId, SessionId};
use crate::rng::{self, Rng};
use crate::secret::{KeyedHash, Pepper, Purpose, Secret};

const INVITATION: &str = "cpi_";
const ADDRESS_CHANGE: &str = "cpe_";
/// 80 bits in four groups of four symbols.
const RECOVERY: usize = 16;

/// A text has not the form it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountSecretError {
    /// Not an invitation.
    #[error("This is no invitation; one begins with {INVITATION} and is 30 characters long. Copy the whole of it.")]
    Invitation,
    /// Not the token of a mail that confirms an address.
    #[error("This confirms no address; the token of such a mail begins with {ADDRESS_CHANGE} and is 30 characters long.")]
    AddressChange,
    /// Not a recovery code.
    #[error("This is no recovery code; one looks like 7F3K-9QWZ-4JN2-B0CD.")]
    RecoveryCode,
    /// Not a session.
    #[error("This session cookie is not one of this platform's.")]
    Session,
}

/// Which of its two tokens of an invitation. Only the mailed one proves that mail reaches whoever accepts, since whoever
/// invites has seen the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCopy {
    /// The one that whoever invites is shown.
    Shown,
    /// The one that is mailed.
    Mailed,
}

/// What an invited person shows: `cpi_` and 128 bits. Works once.
///
/// It follows from the platform's key and the invitation's id, so that a mail can be tried again, and an answer repeated, without
/// keeping it. Whoever has that key can make every token of the platform anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationToken(Secret);

impl InvitationToken {
    /// The token of an invitation.
    pub fn of(pepper: &Pepper, id: InvitationId, copy: TokenCopy) -> Self {
        let purpose = match copy {
            TokenCopy::Shown => Purpose::InvitationShown,
            TokenCopy::Mailed => Purpose::InvitationMailed,
        };
        Self(half(&pepper.hash(purpose, id.as_bytes())))
    }

    /// As it is kept.
    pub fn hash(&self, pepper: &Pepper) -> KeyedHash {
        pepper.hash(Purpose::Invitation, self.0.reveal().as_bytes())
    }

    /// The whole token. Treat the result like a password.
    pub fn reveal(&self) -> String {
        format!("{INVITATION}{}", self.0.reveal())
    }
}

impl FromStr for InvitationToken {
    type Err = AccountSecretError;

    fn from_str(text: &str) -> Result<Self, AccountSecretError> {
        token(text, INVITATION).map(Self).ok_or(AccountSecretError::Invitation)
    }
}

/// What a mail holds that confirms an address: `cpe_` and 128 bits. It is made as an [`InvitationToken`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressToken(Secret);

impl AddressToken {
    /// The token of a wish for another address.
    pub fn of(pepper: &Pepper, id: AddressChangeId) -> Self {
        Self(half(&pepper.hash(Purpose::AddressChangeMailed, id.as_bytes())))
    }

    /// As it is kept.
    pub fn hash(&self, pepper: &Pepper) -> KeyedHash {
        pepper.hash(Purpose::AddressChange, self.0.reveal().as_bytes())
    }

    /// The whole token. Treat the result like a password.
    pub fn reveal(&self) -> String {
        format!("{ADDRESS_CHANGE}{}", self.0.reveal())
    }
}

impl FromStr for AddressToken {
    type Err = AccountSecretError;

    fn from_str(text: &str) -> Result<Self, AccountSecretError> {
        token(text, ADDRESS_CHANGE).map(Self).ok_or(AccountSecretError::AddressChange)
    }
}

/// 128 of the 256 bits of a MAC, as symbols.
fn half(mac: &KeyedHash) -> Secret {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&mac.as_bytes()[..16]);
    Secret::new(base32::encode_128(&bytes))
}

/// The symbols behind a prefix.
fn token(text: &str, prefix: &str) -> Option<Secret> {
    let bytes = text.trim().strip_prefix(prefix).and_then(base32::decode_128)?;
    Some(Secret::new(base32::encode_128(&bytes)))
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
        let invitation = InvitationToken::of(&Pepper::from_bytes([1; 32]), InvitationId::from_bytes([2; 16]), TokenCopy::Shown);
        assert_eq!(format!(" {} ", invitation.reveal()).parse(), Ok(invitation.clone()));
        assert!(!format!("{invitation:?}").contains(&invitation.reveal()[4..]));
        let recovery = RecoveryCode::generate(&SystemRng);
        assert_eq!(recovery.reveal().to_lowercase().replace('-', " ").parse(), Ok(recovery));
        let session = SessionToken::generate(&SystemRng);
        assert_eq!(session.secret().reveal().parse(), Ok(session));
        assert_eq!("cpi_".parse::<InvitationToken>(), Err(AccountSecretError::Invitation));
        assert_eq!("7F3K".parse::<RecoveryCode>(), Err(AccountSecretError::RecoveryCode));
        assert_eq!("AAAA".parse::<SessionToken>(), Err(AccountSecretError::Session));
    }

    #[test]
    fn a_token_that_follows_from_an_id_follows_from_key_and_purpose_too() {
        let (pepper, other) = (Pepper::from_bytes([1; 32]), Pepper::from_bytes([2; 32]));
        let (id, change) = (InvitationId::from_bytes([3; 16]), AddressChangeId::from_bytes([3; 16]));
        let shown = InvitationToken::of(&pepper, id, TokenCopy::Shown);
        assert_eq!(InvitationToken::of(&pepper, id, TokenCopy::Shown), shown);
        assert_ne!(InvitationToken::of(&pepper, id, TokenCopy::Mailed), shown);
        assert_ne!(InvitationToken::of(&other, id, TokenCopy::Shown), shown);
        assert_ne!(InvitationToken::of(&pepper, InvitationId::from_bytes([4; 16]), TokenCopy::Shown), shown);
        let address = AddressToken::of(&pepper, change);
        assert_eq!(address.reveal().parse(), Ok(address.clone()));
        assert_ne!(address.reveal()[4..], shown.reveal()[4..]);
        assert_eq!(shown.reveal().parse::<AddressToken>(), Err(AccountSecretError::AddressChange));
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
