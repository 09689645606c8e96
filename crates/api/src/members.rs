use clawpair_core::access::Role;
use clawpair_core::clock::Timestamp;
use clawpair_core::mail::Verified;
use clawpair_core::member::{self as life, InvitationState, MemberState};
use serde::{Deserialize, Serialize};

use crate::MailDelivery;

/// `POST /api/v1/members/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// What the member will be called and may sign in by; 1–64 characters, unlike every other member's.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Name))]
    pub name: String,
    /// Where they get mail; at most 254 characters. A platform that sends mail sends the link there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Email>))]
    pub email: Option<String>,
    /// `admin`, `device_manager`, `integrator`, `developer` or `viewer`.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Role))]
    pub role: Role,
    /// 1–720; 72 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 720))]
    pub expires_in_hours: Option<u32>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// It may be accepted.
    Open,
    /// It was accepted.
    Accepted,
    /// It was taken back.
    Withdrawn,
    /// Nobody accepted it in time.
    Expired,
}

/// An invitation without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// `inv-<uuid>`.
    pub id: String,
    /// What became of it.
    pub status: InvitationStatus,
    /// What the member will be called.
    pub name: String,
    /// Where they get mail.
    pub email: Option<String>,
    /// What they will be.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Role))]
    pub role: Role,
    /// Who asked them: `owner`, `operator`, or an API key's or member's id.
    pub invited_by: String,
    /// The member that came of it.
    pub member_id: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is worthless.
    pub expires_at: String,
    /// What became of the mail; null for an invitation without an address.
    pub mail: Option<MailDelivery>,
}

impl Invitation {
    /// How an invitation looks at `now`.
    pub fn at(invitation: &life::Invitation, now: Timestamp) -> Self {
        let (status, member_id) = match invitation.state {
            InvitationState::Accepted { member } => (InvitationStatus::Accepted, Some(member.to_string())),
            InvitationState::Withdrawn => (InvitationStatus::Withdrawn, None),
            InvitationState::Open if invitation.is_open(now) => (InvitationStatus::Open, None),
            InvitationState::Open => (InvitationStatus::Expired, None),
        };
        Self {
            id: invitation.id.to_string(),
            status,
            name: invitation.name.to_string(),
            email: invitation.email.as_ref().map(ToString::to_string),
            role: invitation.role,
            invited_by: invitation.invited_by.to_string(),
            member_id,
            created_at: invitation.created_at.to_string(),
            expires_at: invitation.expires_at.to_string(),
            mail: invitation.email.as_ref().map(|_| MailDelivery::of(invitation.mail.as_ref())),
        }
    }
}

/// All invitations, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationList {
    /// The invitations.
    pub invitations: Vec<Invitation>,
}

/// The only answer that ever holds an invitation's token.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationCreated {
    /// `cpi_…`: shown once; whoever has it can become this member. The mailed one is another.
    pub token: String,
    /// The same as a link to a page where it is accepted; null where the platform knows no address of its own.
    pub link: Option<String>,
    /// What the platform keeps of it.
    pub invitation: Invitation,
}

/// `POST /api/v1/members/accept`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// `cpi_…`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::InvitationToken))]
    pub token: String,
    /// 12–256 characters, and not easy to guess.
    #[cfg_attr(feature = "openapi", schema(min_length = 12, max_length = 256))]
    pub password: String,
}

/// Whether a member may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// May sign in.
    Active,
    /// May not for now.
    Disabled,
    /// Never again.
    Removed,
}

/// How a member's address was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailVerified {
    /// When.
    pub at: String,
    /// `invitation`: they accepted by the link that was mailed there; `confirmation`: they opened the link of a mail that was sent
    /// for that.
    pub by: String,
}

impl From<Verified> for EmailVerified {
    fn from(verified: Verified) -> Self {
        Self { at: verified.at.to_string(), by: verified.by.word().to_owned() }
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// `mem-<uuid>`.
    pub id: String,
    /// Whether they may sign in.
    pub status: MemberStatus,
    /// What people call them.
    pub name: String,
    /// Where they get mail.
    pub email: Option<String>,
    /// Whether mail is known to reach them there, and how; null while it is not.
    pub email_verified: Option<EmailVerified>,
    /// What they are.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Role))]
    pub role: Role,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// When they accepted their invitation.
    pub joined_at: String,
    /// When they last signed in.
    pub signed_in_at: Option<String>,
}

impl From<&life::Member> for Member {
    fn from(member: &life::Member) -> Self {
        Self {
            id: member.id.to_string(),
            status: match member.state {
                MemberState::Active => MemberStatus::Active,
                MemberState::Disabled { .. } => MemberStatus::Disabled,
                MemberState::Removed { .. } => MemberStatus::Removed,
            },
            name: member.name.to_string(),
            email: member.email.as_ref().map(ToString::to_string),
            email_verified: member.email_verified.map(EmailVerified::from),
            role: member.role,
            has_second_factor: member.has_second_factor,
            joined_at: member.joined_at.to_string(),
            signed_in_at: member.signed_in_at.map(|at| at.to_string()),
        }
    }
}

/// All members that were not removed, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberList {
    /// The members.
    pub members: Vec<Member>,
}

/// `PATCH /api/v1/members/{id}`: one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditMember {
    /// What they are from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::Role>))]
    pub role: Option<Role>,
    /// Whether they may not sign in from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
}
