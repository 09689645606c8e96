use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method};
use crate::{ErrorCode, paths};

/// A member who is signed in.
const MEMBER: Credential = Credential::AnyManager(&[]);
const CHANGED: &[ErrorCode] = &[ErrorCode::NameTaken, ErrorCode::LastAdmin];
const CONFIRMED: &[ErrorCode] = &[ErrorCode::SignInFailed];

const fn done(about: &'static str) -> Answer {
    Answer { status: 204, about, content: Content::Empty }
}

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::MembersList, Method::Get, paths::MEMBERS, "Lists members, newest first.")
        .answers(&[Answer::ok(shape!(MemberList), "All that were not removed.")]),
    Endpoint::manager(Operation::MembersShow, Method::Get, paths::MEMBER, "Shows a member, removed ones too.")
        .answers(&[Answer::ok(shape!(Member), "The member.")]),
    Endpoint::manager(
        Operation::MembersEdit,
        Method::Patch,
        paths::MEMBER,
        "Changes a member's role, or disables or enables them.",
    )
    .takes(Content::Json(shape!(EditMember)))
    .answers(&[Answer::ok(shape!(Member), "The member as they are now.")])
    .refuses(CHANGED),
    Endpoint::manager(Operation::MembersRemove, Method::Delete, paths::MEMBER, "Removes a member for good.")
        .answers(&[Answer::ok(shape!(Member), "The member, removed.")])
        .refuses(CHANGED),
    Endpoint::manager(Operation::InvitationsList, Method::Get, paths::INVITATIONS, "Lists invitations, newest first.")
        .answers(&[Answer::ok(shape!(InvitationList), "All of them, without their tokens.")]),
    Endpoint::manager(Operation::InvitationsCreate, Method::Post, paths::INVITATIONS, "Invites somebody.")
        .takes(Content::Json(shape!(CreateInvitation)))
        .once()
        .answers(&[Answer::created(shape!(InvitationCreated), "The only answer that ever holds this token.")])
        .refuses(CHANGED),
    Endpoint::manager(Operation::InvitationsWithdraw, Method::Delete, paths::INVITATION, "Takes an open invitation back.")
        .answers(&[Answer::ok(shape!(Invitation), "The invitation, withdrawn.")]),
    Endpoint::new("members.accept", Credential::None, Method::Post, paths::ACCEPT_INVITATION, "Makes a member of an invitation.")
        .takes(Content::Json(shape!(AcceptInvitation)))
        .answers(&[Answer::created(shape!(Member), "The new member, who can sign in now.")])
        .refuses(&[ErrorCode::InvitationOver, ErrorCode::PasswordUnfit, ErrorCode::NameTaken]),
    Endpoint::new(
        "members.confirm_email",
        Credential::None,
        Method::Post,
        paths::CONFIRM_EMAIL,
        "Makes the address count that a mail was sent to.",
    )
    .takes(Content::Json(shape!(ConfirmEmail)))
    .answers(&[Answer::ok(shape!(EmailConfirmed), "The address counts, from now on or since it was confirmed before.")])
    .refuses(&[ErrorCode::ConfirmationOver, ErrorCode::NameTaken]),
    Endpoint::new("session.sign_in", Credential::None, Method::Post, paths::SESSION, "Signs a member in.")
        .takes(Content::Json(shape!(SignIn)))
        .answers(&[Answer::ok(shape!(SignedIn), "With the session's cookie, __Host-clawpair.")])
        .refuses(&[ErrorCode::SignInFailed, ErrorCode::SecondFactorRequired]),
    Endpoint::new("session.sign_out", MEMBER, Method::Delete, paths::SESSION, "Signs the caller out.")
        .answers(&[done("The session is ended.")]),
    Endpoint::new("me.sessions", MEMBER, Method::Get, paths::MY_SESSIONS, "Lists the caller's sessions.")
        .answers(&[Answer::ok(shape!(SessionList), "Those that are good, newest first.")]),
    Endpoint::new("me.end_session", MEMBER, Method::Delete, paths::MY_SESSION, "Ends one of the caller's sessions.")
        .answers(&[done("It is ended.")]),
    Endpoint::new(
        "me.password",
        MEMBER,
        Method::Post,
        paths::MY_PASSWORD,
        "Changes the caller's password and ends their other sessions.",
    )
    .takes(Content::Json(shape!(ChangePassword)))
    .answers(&[done("It is changed.")])
    .refuses(&[ErrorCode::SignInFailed, ErrorCode::PasswordUnfit]),
    Endpoint::new("me.email", MEMBER, Method::Get, paths::MY_EMAIL, "Shows the caller's e-mail address.")
        .answers(&[Answer::ok(shape!(MyEmail), "The address that counts, and the latest wish for another one.")]),
    Endpoint::new("me.change_email", MEMBER, Method::Post, paths::MY_EMAIL, "Asks for another e-mail address.")
        .takes(Content::Json(shape!(ChangeEmail)))
        .answers(&[Answer::ok(shape!(EmailChange), "A mail is sent there; the old address counts until its link is opened.")])
        .refuses(&[ErrorCode::SignInFailed, ErrorCode::NoMail]),
    Endpoint::new("me.totp_proposal", MEMBER, Method::Post, paths::MY_TOTP_PROPOSAL, "Proposes a secret for an authenticator app.")
        .answers(&[Answer::ok(shape!(TotpProposal), "Nothing is kept of it.")]),
    Endpoint::new("me.totp", MEMBER, Method::Post, paths::MY_TOTP, "Sets the caller's second factor.")
        .takes(Content::Json(shape!(SetTotp)))
        .answers(&[Answer::ok(shape!(RecoveryCodes), "The only answer that ever holds these codes.")])
        .refuses(CONFIRMED),
    Endpoint::new("me.totp_remove", MEMBER, Method::Post, paths::MY_TOTP_REMOVE, "Takes the caller's second factor away.")
        .takes(Content::Json(shape!(ConfirmPassword)))
        .answers(&[done("It is gone.")])
        .refuses(CONFIRMED),
    Endpoint::new("me.recovery_codes", MEMBER, Method::Post, paths::MY_RECOVERY_CODES, "Replaces the caller's recovery codes.")
        .takes(Content::Json(shape!(ConfirmPassword)))
        .answers(&[Answer::ok(shape!(RecoveryCodes), "The only answer that ever holds these codes.")])
        .refuses(CONFIRMED),
];
