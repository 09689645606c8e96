//! Members: people with an account of their own, and how they come to have one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::id::{InvitationId, MemberId};
use crate::mail::{Delivery, Verified};
use crate::text::Name;

/// The longest address RFC 5321 §4.5.3.1.3 lets through.
const MAX_EMAIL: usize = 254;

/// A text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no e-mail address; one looks like name@example.com and has at most {MAX_EMAIL} characters.")]
pub struct EmailError;

/// An e-mail address, in lower case. Whether mail arrives there only mail can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let fits = text.len() <= MAX_EMAIL
            && !local.is_empty()
            && local.chars().all(is_local)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain.split('.').all(is_label);
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(EmailError) }
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a membership is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// May sign in.
    Active,
    /// May not for now.
    Disabled {
        /// Since when.
        at: Timestamp,
    },
    /// Never again; the record stays because the activity log names it.
    Removed {
        /// Since when.
        at: Timestamp,
    },
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their name in the system.
    pub id: MemberId,
    /// What people call them; no two members that are not removed have the same.
    pub name: Name,
    /// Where they get mail.
    pub email: Option<Email>,
    /// Whether mail is known to reach them there.
    pub email_verified: Option<Verified>,
    /// What they are.
    pub role: Role,
    /// Where the membership is in its life.
    pub state: MemberState,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// When they accepted their invitation.
    pub joined_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Nobody has accepted it; expiry is computed.
    Open,
    /// Accepted once and for all.
    Accepted {
        /// By whom.
        member: MemberId,
    },
    /// Taken back.
    Withdrawn,
}

/// Somebody may become a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its name in the system.
    pub id: InvitationId,
    /// What the member will be called.
    pub name: Name,
    /// Where they get mail.
    pub email: Option<Email>,
    /// What they will be.
    pub role: Role,
    /// Who asked them.
    pub invited_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// From when on it is worthless.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: InvitationState,
    /// What became of the mail with its link; none where none was to be sent.
    pub mail: Option<Delivery>,
}

impl Invitation {
    /// Whether it may be accepted at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == InvitationState::Open && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lower_case_and_within_bounds() {
        assert_eq!(" Ada@Example.COM ".parse::<Email>().unwrap().as_str(), "ada@example.com");
        let long = format!("{}@example.com", "a".repeat(250));
        for text in ["", "ada", "@x.y", "ada@", "a b@x.y", "a@x..y", ".a@x.y", "a@x.y\r\nBcc: z@x.y", long.as_str()] {
            assert_eq!(text.parse::<Email>(), Err(EmailError), "{text}");
        }
    }
}
