//! Members and invitations.

use clawpair_api::{
    AcceptInvitation, ConfirmEmail, CreateInvitation, EditMember, EmailConfirmed, Invitation, InvitationCreated, InvitationList,
    Member, MemberList, paths,
};

use crate::asked::{Asked, with_id};
use crate::{Answer, Client, Method};

impl Client {
    /// All members that were not removed, newest first.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn members(&self) -> Answer<Vec<Member>> {
        self.get::<MemberList>(paths::MEMBERS).await.map(|list| list.members)
    }

    /// One member, removed ones too.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn member(&self, id: &str) -> Answer<Member> {
        self.get(&with_id(paths::MEMBER, id)).await
    }

    /// Changes a member's role, or disables or enables them.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn edit_member(&self, id: &str, form: &EditMember) -> Answer<Member> {
        self.ask(Asked::new(Method::PATCH, with_id(paths::MEMBER, id)).json(form)?).await
    }

    /// Removes a member for good.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn remove_member(&self, id: &str) -> Answer<Member> {
        self.delete(&with_id(paths::MEMBER, id)).await
    }

    /// All invitations, newest first.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn invitations(&self) -> Answer<Vec<Invitation>> {
        self.get::<InvitationList>(paths::INVITATIONS).await.map(|list| list.invitations)
    }

    /// Invites somebody.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn invite(&self, form: &CreateInvitation) -> Answer<InvitationCreated> {
        self.ask(Asked::new(Method::POST, paths::INVITATIONS).once().json(form)?).await
    }

    /// Takes an open invitation back.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn withdraw_invitation(&self, id: &str) -> Answer<Invitation> {
        self.delete(&with_id(paths::INVITATION, id)).await
    }

    /// Becomes a member by an invitation's token.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn accept_invitation(&self, form: &AcceptInvitation) -> Answer<Member> {
        self.post(paths::ACCEPT_INVITATION, form).await
    }

    /// Makes the address count that a mail was sent to.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn confirm_email(&self, form: &ConfirmEmail) -> Answer<EmailConfirmed> {
        self.post(paths::CONFIRM_EMAIL, form).await
    }
}
