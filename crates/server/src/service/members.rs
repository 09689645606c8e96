use std::net::IpAddr;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::access::{Rights, Role};
use clawpair_core::account::{InvitationToken, TokenCopy};
use clawpair_core::activity::Actor;
use clawpair_core::id::{InvitationId, MemberId};
use clawpair_core::member::{Email, Invitation, InvitationState, Member, MemberState};
use clawpair_core::secret::{KeyedHash, Secret};
use clawpair_core::store::{Invited, Joined, Joining, MemberChange, MemberChanged, NewInvite};
use clawpair_core::text::Name;

use super::Service;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::idempotency::{Intent, Settled};
use crate::password::NewPassword;

/// For so long whoever accepted may repeat it, as a device may its claim.
const REPEAT_MINUTES: u32 = 10;

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
        self.invite_as(new, Intent::unnamed(Actor::Operator)).await.map_err(Refusal::into_body)
    }

    pub(crate) async fn invite_for(
        &self,
        new: NewInvitation,
        caller: &Caller,
        intent: Intent,
    ) -> Result<(Invitation, InvitationToken), Refusal> {
        caller.ensure_covers(&Rights::of(new.role))?;
        self.invite_as(new, intent).await
    }

    async fn invite_as(&self, new: NewInvitation, intent: Intent) -> Result<(Invitation, InvitationToken), Refusal> {
        let now = self.now();
        let invitation = Invitation {
            id: InvitationId::generate(&*self.clock, &*self.rng),
            name: new.name,
            email: new.email,
            role: new.role,
            invited_by: intent.by,
            created_at: now,
            expires_at: now.plus_minutes(new.expires_in_hours.clamp(1, NewInvitation::MAX_HOURS) * 60),
            state: InvitationState::Open,
            mail: None,
        };
        let hash = |copy| InvitationToken::of(&self.pepper, invitation.id, copy).hash(&self.pepper);
        let is_mailed = invitation.email.is_some() && self.sends_mail();
        let (shown, mailed) = (hash(TokenCopy::Shown), is_mailed.then(|| hash(TokenCopy::Mailed)));
        let invite = NewInvite { invitation, shown, mailed };
        let invited = match self.attempt(&intent).0 {
            None => self.store.invite(invite).await?,
            Some(once) => match self.settled(&intent, self.store.invite_once(invite, once).await?)? {
                Settled::First(invited) => invited,
                Settled::Again(invitation, _) => Invited::Done(invitation),
            },
        };
        match invited {
            Invited::Done(invitation) => {
                self.mail_was_asked_for();
                let token = InvitationToken::of(&self.pepper, invitation.id, TokenCopy::Shown);
                Ok((invitation, token))
            }
            Invited::Taken => Err(taken()),
            Invited::TooMuchMail(reason) => Err(self.too_much_mail(reason)),
        }
    }

    /// The token as a link to the page where it is accepted, if there is a page.
    pub fn invitation_link(&self, token: &InvitationToken) -> Option<String> {
        Some(self.public_url()?.link(clawpair_api::paths::JOIN_PAGE, &token.reveal()))
    }

    pub(crate) async fn withdraw_invitation(&self, id: InvitationId, by: Actor) -> Result<Invitation, Refusal> {
        let withdrawn = self.store.withdraw_invitation(id, by, self.now()).await?;
        withdrawn.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "This platform has no such open invitation."))
    }

    /// Makes a member of an invitation.
    pub(crate) async fn accept_invitation(
        &self,
        token: &InvitationToken,
        password: Secret,
        from: Option<IpAddr>,
    ) -> Result<Member, Refusal> {
        let hash = token.hash(&self.pepper);
        // Looked at first, so that only somebody who was invited can make the platform work.
        let invitation = self.store.invitation_by_token(hash).await?.ok_or_else(over)?;
        if invitation.is_open(self.now()) {
            let about = [invitation.name.as_str(), invitation.email.as_ref().map(Email::as_str).unwrap_or_default()];
            let new = NewPassword::parse(password.reveal().to_owned(), &about)?;
            let hashed = self.passwords.hash(new, &*self.rng).await?;
            let id = MemberId::generate(&*self.clock, &*self.rng);
            match self.store.join(hash, Joining { member: id, password: hashed, from, at: self.now() }).await? {
                Joined::Done(member) => return Ok(member),
                Joined::Taken => return Err(taken()),
                Joined::Over => {}
            }
        }
        self.accepted_before(hash, password, from).await
    }

    /// The member that an invitation made a moment ago, for whoever lost that answer and shows the same password again.
    async fn accepted_before(&self, token: KeyedHash, password: Secret, from: Option<IpAddr>) -> Result<Member, Refusal> {
        let invitation = self.store.invitation_by_token(token).await?.ok_or_else(over)?;
        let InvitationState::Accepted { member } = invitation.state else { return Err(over()) };
        let account = self.store.account_of(member).await?.ok_or_else(over)?;
        let is_over = self.now() >= account.member.joined_at.plus_minutes(REPEAT_MINUTES);
        if is_over || account.member.state != MemberState::Active {
            return Err(over());
        }
        let (id, address) = (member.to_string(), from.map_or_else(String::new, |from| from.to_string()));
        self.sign_in_limits.admit(&id, &address, self.now())?;
        if !self.passwords.verify(password, Some(account.password)).await? {
            return Err(over());
        }
        self.sign_in_limits.forgive(&id, &address);
        Ok(account.member)
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

pub(super) fn taken() -> Refusal {
    Refusal::new(ErrorCode::NameTaken, "A member has this name or e-mail address already.")
}

fn over() -> Refusal {
    Refusal::new(ErrorCode::InvitationOver, "This invitation was used, withdrawn or has expired.")
}

fn no_such_member() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such member.")
}
