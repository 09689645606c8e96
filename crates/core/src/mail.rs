//! What becomes of the mails that a platform sends: who gets one, when it is tried, and why it was not sent.

use std::fmt;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::id::{AddressChangeId, MemberId};
use crate::member::Email;
use crate::text::{Name, harmless};

/// Most characters of a fault; mail servers can be talkative.
const MAX_FAULT: usize = 200;

/// Why a mail was not sent, in a sentence, without what could deceive whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFault(String);

impl MailFault {
    /// A text from wherever, cut to a readable length.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(words.chars().take(MAX_FAULT).map(harmless).collect())
    }

    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailFault {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

impl fmt::Display for MailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It will be tried, or tried again.
    Waiting {
        /// How often it was tried.
        attempts: u32,
        /// Why the last try failed.
        fault: Option<MailFault>,
    },
    /// A mail server took it. Whether it arrives only its reader can tell.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It is not tried again.
    GivenUp {
        /// Why.
        fault: MailFault,
    },
}

/// The first wait after a try that failed, in seconds. Each is twice as long as the one before.
const FIRST_WAIT: u32 = 5;
/// The longest wait, in seconds: an hour, so that a mail server's day off does not cost the mail.
const LONGEST_WAIT: u32 = 3_600;

/// When a mail is tried again after so many tries that failed for a reason that may pass.
pub fn next_try(attempts: u32, now: Timestamp) -> Timestamp {
    let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).and_then(|times| FIRST_WAIT.checked_mul(times));
    now.plus_seconds(i64::from(doubled.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)))
}

/// How much mail may be asked for, so that nobody is flooded with it.
pub mod limits {
    /// The window that the limits below count in, in hours.
    pub const HOURS: u32 = 24;
    /// Mails to one address, whoever asks for them.
    pub const TO_ONE_ADDRESS: u32 = 5;
    /// Mails that one member, API key, owner or operator asks for.
    pub const BY_ONE_ACTOR: u32 = 100;
    /// Mails that wait at once.
    pub const WAITING: u32 = 1_000;
}

/// Why no mail may be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuchMail {
    /// That address was sent its share.
    #[error("This address has been sent {} mails in {} hours, which is the most.", limits::TO_ONE_ADDRESS, limits::HOURS)]
    ToAddress {
        /// When the next may be asked for.
        until: Timestamp,
    },
    /// Whoever asks has asked for theirs.
    #[error("You have asked for {} mails in {} hours, which is the most.", limits::BY_ONE_ACTOR, limits::HOURS)]
    ByActor {
        /// When the next may be asked for.
        until: Timestamp,
    },
    /// Too many wait because the mail server takes none.
    #[error("{} mails wait to be sent, which is the most; look at the mail server.", limits::WAITING)]
    Waiting,
}

/// How it is known that an address is its member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// They accepted their invitation by the link that was mailed there.
    Invitation,
    /// They opened the link of a mail that was sent there for that purpose.
    Confirmation,
}

impl Proof {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Confirmation => "confirmation",
        }
    }
}

/// A text is no proof of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("An address is verified by invitation or confirmation.")]
pub struct ProofError;

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        [Self::Invitation, Self::Confirmation].into_iter().find(|proof| proof.word() == text).ok_or(ProofError)
    }
}

/// Mail to a member's address is known to reach them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Since when.
    pub at: Timestamp,
    /// How.
    pub by: Proof,
}

/// What became of a wish for another e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChangeState {
    /// Its link was not opened yet; expiry is computed.
    Open,
    /// Its link was opened: the address counts.
    Confirmed,
    /// A later wish took its place.
    Replaced,
}

/// A member wants mail elsewhere. Until the link of the mail that went there is opened, the old address counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    /// Its name in the system.
    pub id: AddressChangeId,
    /// Whose.
    pub member: MemberId,
    /// What they are called, for the mail.
    pub name: Name,
    /// Where they want mail.
    pub email: Email,
    /// When they asked.
    pub asked_at: Timestamp,
    /// From when on its link is worthless.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: AddressChangeState,
    /// What became of the mail.
    pub mail: Delivery,
}

impl AddressChange {
    /// How long a link may wait to be opened: a day, since people read their mail at home, too.
    pub const HOURS: u32 = 24;
    /// So long the same wish again is a repetition and sends no second mail.
    pub const REPEAT_MINUTES: u32 = 10;

    /// So long after its link ended, the address before is told of a change, if the mail server takes so long.
    pub const NOTICE_HOURS: u32 = 48;

    /// Whether the address before is still told of it at `now`.
    pub fn may_be_told_of(&self, now: Timestamp) -> bool {
        self.state == AddressChangeState::Confirmed && now < self.expires_at.plus_minutes(Self::NOTICE_HOURS * 60)
    }

    /// Whether its link may be opened at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == AddressChangeState::Open && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_ever_further_apart_up_to_an_hour() {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        let waits = [1, 2, 3, 10, 11, 40, u32::MAX].map(|n| (next_try(n, noon).as_millis() - noon.as_millis()) / 1_000);
        assert_eq!(waits, [5, 10, 20, 2_560, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn what_a_mail_server_says_is_made_harmless() {
        let fault = MailFault::new("550\r\n\u{1b}[31mno such user\u{202e}");
        assert_eq!(fault.as_str(), "550 \u{fffd}[31mno such user\u{fffd}");
        assert_eq!(MailFault::new(&"x".repeat(5_000)).as_str().len(), MAX_FAULT);
    }
}
