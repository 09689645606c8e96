use std::net::IpAddr;

use async_trait::async_trait;

use super::StoreError;
use crate::access::Role;
use crate::account::Session;
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::id::{InvitationId, MemberId, SessionId};
use crate::mail::TooMuchMail;
use crate::member::{Email, Invitation, Member};
use crate::secret::{KeyedHash, Secret};
use crate::text::Name;

/// How somebody says who they are when they sign in.
#[derive(Clone, Debug)]
pub enum Login {
    /// By name, whatever its case.
    Name(Name),
    /// By e-mail address.
    Email(Email),
}

/// A second factor at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTotp(pub Vec<u8>);

/// What a sign-in is checked against.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose.
    pub member: Member,
    /// The argon2id hash of the password, as a PHC string.
    pub password: Secret,
    /// The secret of the second factor.
    pub totp: Option<SealedTotp>,
}

/// Which second factor was shown, to be spent with the sign-in.
#[derive(Clone, Copy, Debug)]
pub enum SecondFactor {
    /// None; right only for an account without one.
    None,
    /// A code of this time step, which was found right.
    Step(u64),
    /// A recovery code.
    Recovery(KeyedHash),
}

/// A sign-in whose password was right.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The session it begins.
    pub session: Session,
    /// Keyed hash of its token.
    pub token: KeyedHash,
    /// The second factor.
    pub second: SecondFactor,
    /// A session of the same browser, which this one replaces.
    pub replaces: Option<KeyedHash>,
}

/// What to change about a member.
#[derive(Clone, Copy, Debug)]
pub enum MemberChange {
    /// Their role.
    Role(Role),
    /// Whether they may sign in.
    Disabled(bool),
    /// They go.
    Removed,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChanged {
    /// The member as they are now.
    Done(Member),
    /// Nobody could manage the platform afterwards.
    LastAdmin,
    /// There is no such member, or they were removed.
    Unknown,
}

/// Somebody who accepts an invitation.
#[derive(Clone, Debug)]
pub struct Joining {
    /// Their id from now on.
    pub member: MemberId,
    /// The argon2id hash of their password, as a PHC string.
    pub password: Secret,
    /// Where they call from.
    pub from: Option<IpAddr>,
    /// When.
    pub at: Timestamp,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// The invitation.
    pub invitation: Invitation,
    /// Keyed hash of the token that whoever invites is shown.
    pub shown: KeyedHash,
    /// Keyed hash of the token that is mailed, where one is; then the invitation has an address.
    pub mailed: Option<KeyedHash>,
}

/// What became of making an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// It is made, and its mail waits, if there is to be one.
    Done(Invitation),
    /// A member has this name or address already.
    Taken,
    /// Its mail may not be asked for now, and nothing was made.
    TooMuchMail(TooMuchMail),
}

/// What became of accepting an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The new member.
    Done(Member),
    /// The invitation was used, withdrawn or has expired.
    Over,
    /// A member has this name or address already.
    Taken,
}

/// Which sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

/// Members and their invitations.
#[async_trait]
pub trait Members: Send + Sync {
    /// Keeps an invitation, and its mail.
    async fn invite(&self, new: NewInvite) -> Result<Invited, StoreError>;
    /// All invitations, newest first.
    async fn invitations(&self) -> Result<Vec<Invitation>, StoreError>;
    /// The invitation with this token, shown or mailed.
    async fn invitation_by_token(&self, token: KeyedHash) -> Result<Option<Invitation>, StoreError>;
    /// Takes an invitation back. `None` when there is none, or it is not open any more.
    async fn withdraw_invitation(&self, id: InvitationId, by: Actor, at: Timestamp) -> Result<Option<Invitation>, StoreError>;
    /// Makes a member of an invitation, at most one whoever races. By the mailed token their address is verified.
    async fn join(&self, token: KeyedHash, joining: Joining) -> Result<Joined, StoreError>;
    /// All members that were not removed, newest first.
    async fn members(&self) -> Result<Vec<Member>, StoreError>;
    /// One member, removed ones too.
    async fn member(&self, id: MemberId) -> Result<Option<Member>, StoreError>;
    /// Changes a member. Whoever may sign in no more is signed out everywhere.
    async fn change_member(
        &self,
        id: MemberId,
        change: MemberChange,
        by: Actor,
        at: Timestamp,
    ) -> Result<MemberChanged, StoreError>;
}

/// How members sign in.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The account of somebody who is not removed.
    async fn account(&self, login: Login) -> Result<Option<Account>, StoreError>;
    /// The same by id.
    async fn account_of(&self, id: MemberId) -> Result<Option<Account>, StoreError>;
    /// Begins a session and spends the second factor. `false` when that was spent before or is not this account's, or the
    /// member may not sign in.
    async fn sign_in(&self, sign_in: SignIn) -> Result<bool, StoreError>;
    /// Records that somebody failed to sign in as this member.
    async fn sign_in_failed(&self, member: MemberId, from: Option<IpAddr>, at: Timestamp) -> Result<(), StoreError>;
    /// The session with this token and its member, whether good or not.
    async fn session(&self, token: KeyedHash) -> Result<Option<(Session, Member)>, StoreError>;
    /// Records that a session was used.
    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// A member's sessions that were not ended, newest first.
    async fn sessions(&self, member: MemberId) -> Result<Vec<Session>, StoreError>;
    /// Ends sessions of a member; says how many there were.
    async fn end_sessions(&self, member: MemberId, which: Sessions, by: Actor, at: Timestamp) -> Result<usize, StoreError>;
    /// Sets a member's password and ends all sessions but one.
    async fn set_password(
        &self,
        member: MemberId,
        password: Secret,
        keep: SessionId,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Sets or takes away a second factor with its recovery codes. The step of the code that proved it is spent.
    async fn set_totp(
        &self,
        member: MemberId,
        totp: Option<(SealedTotp, u64)>,
        recovery: Vec<KeyedHash>,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Replaces a member's recovery codes.
    async fn set_recovery_codes(
        &self,
        member: MemberId,
        recovery: Vec<KeyedHash>,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// How many recovery codes are left.
    async fn recovery_codes_left(&self, member: MemberId) -> Result<usize, StoreError>;
}
