use std::net::IpAddr;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::access::{Rights, Role};
use clawpair_core::account::InvitationToken;
use clawpair_core::activity::Actor;
use clawpair_core::id::{InvitationId, MemberId};
use clawpair_core::member::{Email, Invitation, InvitationState, Member};
use clawpair_core::secret::{KeyedHash, Purpose};
use clawpair_core::store::{Joined, Joining, MemberChange, MemberChanged};
use clawpair_core::text::Name;

use super::Service;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::password::NewPassword;

/// Somebody to invite, parsed.
pub struct NewInvitation {
    /// What they will be called.
    pub name: Name,
    /// Where they get mail.
    pub email: Option<Email>,
    /// What they will be.
    pub role: Role,
    /// How long they may take.
    pub expires_in_hours: u32,
}

impl NewInvitation {
    /// How long somebody may take unless a request says otherwise: over a weekend.
    pub const HOURS: u32 = 72;
    /// How long at most: thirty days.
    pub const MAX_HOURS: u32 = 720;
}

/// Members and invitations.
impl Service {
    /// Invites somebody on behalf of whoever runs the server's program; so a fresh server gets its first Admin.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn invite(&self, new: NewInvitation) -> Result<(Invitation, InvitationToken), ErrorBody> {
        self.invite_as(new, Actor::Operator).await.map_err(Refusal::into_body)
    }

    pub(crate) async fn invite_for(&self, new: NewInvitation, caller: &Caller) -> Result<(Invitation, InvitationToken), Refusal> {
        caller.ensure_covers(&Rights::of(new.role))?;
        self.invite_as(new, caller.by).await
    }

    async fn invite_as(&self, new: NewInvitation, by: Actor) -> Result<(Invitation, InvitationToken), Refusal> {
        let (token, now) = (InvitationToken::generate(&*self.rng), self.now());
        let invitation = Invitation {
            id: InvitationId::generate(&*self.clock, &*self.rng),
            name: new.name,
            email: new.email,
            role: new.role,
            invited_by: by,
            created_at: now,
            expires_at: now.plus_minutes(new.expires_in_hours.clamp(1, NewInvitation::MAX_HOURS) * 60),
            state: InvitationState::Open,
        };
        if self.store.invite(invitation.clone(), self.invitation_hash(&token)).await? {
            Ok((invitation, token))
        } else {
            Err(taken())
        }
    }

    pub(crate) async fn withdraw_invitation(&self, id: InvitationId, by: Actor) -> Result<Invitation, Refusal> {
        let withdrawn = self.store.withdraw_invitation(id, by, self.now()).await?;
        withdrawn.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "This platform has no such open invitation."))
    }

    /// Makes a member of an invitation.
    pub(crate) async fn accept_invitation(
        &self,
        token: &InvitationToken,
        password: String,
        from: Option<IpAddr>,
    ) -> Result<Member, Refusal> {
        let hash = self.invitation_hash(token);
        // Looked at first, so that only somebody who was invited can make the platform work.
        let invitation = self.store.invitation_by_token(hash).await?.filter(|invitation| invitation.is_open(self.now()));
        let invitation = invitation.ok_or_else(over)?;
        let about = [invitation.name.as_str(), invitation.email.as_ref().map(Email::as_str).unwrap_or_default()];
        let password = self.passwords.hash(NewPassword::parse(password, &about)?, &*self.rng).await?;
        let id = MemberId::generate(&*self.clock, &*self.rng);
        match self.store.join(hash, Joining { member: id, password, from, at: self.now() }).await? {
            Joined::Done(member) => Ok(member),
            Joined::Over => Err(over()),
            Joined::Taken => Err(taken()),
        }
    }

    pub(crate) async fn member(&self, id: MemberId) -> Result<Member, Refusal> {
        self.store.member(id).await?.ok_or_else(no_such_member)
    }

    /// Changes a member; nobody can touch somebody who may do more, or give what they do not have.
    pub(crate) async fn change_member(&self, id: MemberId, change: MemberChange, caller: &Caller) -> Result<Member, Refusal> {
        caller.ensure_covers(&Rights::of(self.member(id).await?.role))?;
        if let MemberChange::Role(role) = change {
            caller.ensure_covers(&Rights::of(role))?;
        }
        let changed = self.store.change_member(id, change, caller.by, self.now()).await?;
        self.access_changes.send_replace(());
        match changed {
            MemberChanged::Done(member) => Ok(member),
            MemberChanged::LastAdmin => Err(Refusal::new(
                ErrorCode::LastAdmin,
                "This is the last Admin who may sign in; nobody could manage members afterwards.",
            )),
            MemberChanged::Unknown => Err(no_such_member()),
        }
    }

    fn invitation_hash(&self, token: &InvitationToken) -> KeyedHash {
        self.pepper.hash(Purpose::Invitation, token.secret().reveal().as_bytes())
    }
}

/// How long an invitation lives, if it may live so long.
pub(crate) fn hours(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked.unwrap_or(NewInvitation::HOURS) {
        hours @ 1..=NewInvitation::MAX_HOURS => Ok(hours),
        hours => {
            let message = format!("An invitation can live between 1 and {} hours, not {hours}.", NewInvitation::MAX_HOURS);
            Err(Refusal::new(ErrorCode::InvalidRequest, message))
        }
    }
}

fn taken() -> Refusal {
    Refusal::new(ErrorCode::NameTaken, "A member has this name or e-mail address already.")
}

fn over() -> Refusal {
    Refusal::new(ErrorCode::InvitationOver, "This invitation was used, withdrawn or has expired.")
}

fn no_such_member() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such member.")
}
