use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use clawpair_api::{
    AcceptInvitation, ConfirmEmail, CreateInvitation, EditMember, EmailConfirmed, ErrorCode, Invitation, InvitationCreated,
    InvitationList, Member, MemberList,
};
use clawpair_core::access::Operation;
use clawpair_core::access::operation::{
    InvitationsCreate, InvitationsList, InvitationsWithdraw, MembersEdit, MembersList, MembersRemove, MembersShow,
};
use clawpair_core::account::{AddressToken, InvitationToken};
use clawpair_core::id::{InvitationId, MemberId};
use clawpair_core::store::MemberChange;

use crate::auth::{May, Peer};
use crate::error::Refusal;
use crate::idempotency::Repeat;
use crate::json::{Body, Id};
use crate::routes::session::secret;
use crate::service::{NewInvitation, Service, invitation_hours};

pub(super) async fn list(State(service): State<Arc<Service>>, _: May<MembersList>) -> Result<Json<MemberList>, Refusal> {
    let members = service.store.members().await?;
    Ok(Json(MemberList { members: members.iter().map(Member::from).collect() }))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    _: May<MembersShow>,
    Id(id): Id<MemberId>,
) -> Result<Json<Member>, Refusal> {
    Ok(Json(Member::from(&service.member(id).await?)))
}

pub(super) async fn edit(
    State(service): State<Arc<Service>>,
    may: May<MembersEdit>,
    Id(id): Id<MemberId>,
    Body(body): Body<EditMember>,
) -> Result<Json<Member>, Refusal> {
    let change = match body {
        EditMember { role: Some(role), disabled: None } => MemberChange::Role(role),
        EditMember { role: None, disabled: Some(disabled) } => MemberChange::Disabled(disabled),
        _ => return Err(Refusal::new(ErrorCode::InvalidRequest, "Change either role or disabled, one at a time.")),
    };
    Ok(Json(Member::from(&service.change_member(id, change, &may.caller).await?)))
}

pub(super) async fn remove(
    State(service): State<Arc<Service>>,
    may: May<MembersRemove>,
    Id(id): Id<MemberId>,
) -> Result<Json<Member>, Refusal> {
    Ok(Json(Member::from(&service.change_member(id, MemberChange::Removed, &may.caller).await?)))
}

pub(super) async fn invitations(
    State(service): State<Arc<Service>>,
    _: May<InvitationsList>,
) -> Result<Json<InvitationList>, Refusal> {
    let (invitations, now) = (service.store.invitations().await?, service.now());
    Ok(Json(InvitationList { invitations: invitations.iter().map(|invitation| Invitation::at(invitation, now)).collect() }))
}

pub(super) async fn invite(
    State(service): State<Arc<Service>>,
    may: May<InvitationsCreate>,
    repeat: Repeat,
    Body(body): Body<CreateInvitation>,
) -> Result<(StatusCode, Json<InvitationCreated>), Refusal> {
    let intent = repeat.of(may.by, Operation::InvitationsCreate, "", &body)?;
    let new = NewInvitation {
        name: body.name.parse().map_err(Refusal::invalid)?,
        email: body.email.map(|email| email.parse()).transpose().map_err(Refusal::invalid)?,
        role: body.role,
        expires_in_hours: invitation_hours(body.expires_in_hours)?,
    };
    let (invitation, token) = service.invite_for(new, &may.caller, intent).await?;
    let (invitation, link) = (Invitation::at(&invitation, service.now()), service.invitation_link(&token));
    Ok((StatusCode::CREATED, Json(InvitationCreated { token: token.reveal(), link, invitation })))
}

pub(super) async fn withdraw(
    State(service): State<Arc<Service>>,
    may: May<InvitationsWithdraw>,
    Id(id): Id<InvitationId>,
) -> Result<Json<Invitation>, Refusal> {
    let invitation = service.withdraw_invitation(id, may.by).await?;
    Ok(Json(Invitation::at(&invitation, service.now())))
}

/// For whoever has the invitation; it is the credential.
pub(super) async fn accept(
    State(service): State<Arc<Service>>,
    Peer(from): Peer,
    Body(body): Body<AcceptInvitation>,
) -> Result<(StatusCode, Json<Member>), Refusal> {
    let token: InvitationToken = body.token.parse().map_err(Refusal::invalid)?;
    let member = service.accept_invitation(&token, secret(body.password)?, from).await?;
    Ok((StatusCode::CREATED, Json(Member::from(&member))))
}

/// For whoever reads the mail; its token is the credential.
pub(super) async fn confirm_email(
    State(service): State<Arc<Service>>,
    Peer(from): Peer,
    Body(body): Body<ConfirmEmail>,
) -> Result<Json<EmailConfirmed>, Refusal> {
    let token: AddressToken = body.token.parse().map_err(Refusal::invalid)?;
    let member = service.confirm_address(&token, from).await?;
    Ok(Json(EmailConfirmed { email: member.email.map(String::from).unwrap_or_default() }))
}
