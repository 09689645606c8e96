use std::net::IpAddr;

use async_trait::async_trait;

use super::StoreError;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::id::{AddressChangeId, InvitationId, MemberId, NoticeId};
use crate::mail::{AddressChange, MailFault, TooMuchMail};
use crate::member::{Email, Invitation, Member};
use crate::secret::KeyedHash;

/// What a mail is about, by which it is also named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailId {
    /// An invitation.
    Invitation(InvitationId),
    /// A new address to be confirmed.
    AddressChange(AddressChangeId),
    /// A notice.
    Notice(NoticeId),
}

/// A mail to be sent now, with the thing as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueMail {
    /// To somebody who is invited.
    Invitation(Invitation),
    /// To the address that a member wants from now on.
    AddressChange(AddressChange),
    /// To the address that a member had, that another one counts.
    AddressChanged {
        /// Its name.
        id: NoticeId,
        /// Where they had mail.
        to: Email,
        /// What was confirmed.
        change: AddressChange,
    },
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// A mail server took it.
    Sent,
    /// Not yet; again at this moment.
    Again(Timestamp, MailFault),
    /// Never.
    GivenUp(MailFault),
}

/// A member wants mail elsewhere.
#[derive(Clone, Debug)]
pub struct NewAddress {
    /// The wish.
    pub change: AddressChange,
    /// Keyed hash of the token that its mail carries.
    pub token: KeyedHash,
    /// Who asks.
    pub by: Actor,
}

/// What became of asking for another address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressAsked {
    /// A mail will be sent.
    Done(AddressChange),
    /// The same was asked for a moment ago, and that mail is on its way.
    Again(AddressChange),
    /// Not now.
    TooMuchMail(TooMuchMail),
}

/// Somebody opens the link of a mail.
#[derive(Clone, Copy, Debug)]
pub struct Confirming {
    /// Keyed hash of its token.
    pub token: KeyedHash,
    /// Where they call from.
    pub from: Option<IpAddr>,
    /// The notice to the address so far, if mail was known to reach its member there. Nothing limits it: it is how somebody hears
    /// that another has taken their account.
    pub notice: NoticeId,
    /// When.
    pub at: Timestamp,
}

/// What became of opening a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressConfirmed {
    /// The address counts, from now on or since it was opened before.
    Done(Member),
    /// It was replaced, has expired, or there never was one.
    Over,
    /// Meanwhile another member has this address.
    Taken,
}

/// Mails that wait, and what they are about.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Takes mails that are due, each with the number of this try. Nobody else gets them before `until`, so of several
    /// programs one sends each, and what a killed one left is tried again.
    async fn take_due_mail(&self, most: u32, at: Timestamp, until: Timestamp) -> Result<Vec<(DueMail, u32)>, StoreError>;
    /// Writes down what became of a try.
    async fn settle_mail(&self, id: MailId, tried: Tried, at: Timestamp) -> Result<(), StoreError>;
    /// Keeps a wish for another address in the place of an earlier one, and its mail.
    async fn ask_address(&self, new: NewAddress) -> Result<AddressAsked, StoreError>;
    /// The latest wish of a member.
    async fn address_change(&self, member: MemberId) -> Result<Option<AddressChange>, StoreError>;
    /// Makes the address of a wish count, once.
    async fn confirm_address(&self, confirming: Confirming) -> Result<AddressConfirmed, StoreError>;
}
