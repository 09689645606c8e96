//! `members`: who has an account.

use clawpair_api::{
    AcceptInvitation, CreateInvitation, EditMember, Invitation, InvitationCreated, InvitationList, Member, MemberList,
};
use clawpair_core::access::Role;
use clawpair_core::id::{InvitationId, MemberId};

use super::devices::sure;
use super::login::Password;
use super::words::{ids, of, word};
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, line, table};
use crate::session::{Chosen, Context, stranger};

/// Members: invite, change, remove
#[derive(clap::Args)]
pub(crate) struct Members {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List members, those who joined last first
    List,
    /// Invite somebody, and print the link, this once
    Invite {
        #[arg(long)]
        name: String,
        /// What they will be: admin, device-manager, integrator, developer or viewer
        #[arg(long)]
        role: Role,
        /// Where they get mail; a platform that is set up for it sends them a link, too
        #[arg(long)]
        email: Option<String>,
        /// For how many hours the invitation is good
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=720))]
        expires_in_hours: Option<u32>,
    },
    /// List invitations, those made last first
    Invitations,
    /// Take an invitation back
    Withdraw {
        #[arg(value_name = "INVITATION ID")]
        id: String,
    },
    /// Become a member by an invitation's token, given as the first line of standard input or typed
    Accept {
        #[command(flatten)]
        password: Password,
    },
    /// Change what a member is
    Role {
        #[arg(value_name = "MEMBER ID")]
        id: String,
        role: Role,
    },
    /// Do not let a member sign in for now
    Disable {
        #[arg(value_name = "MEMBER ID")]
        id: String,
    },
    /// Let a disabled member sign in again
    Enable {
        #[arg(value_name = "MEMBER ID")]
        id: String,
    },
    /// Remove a member for good
    Remove {
        #[arg(value_name = "MEMBER ID")]
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Members {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let output = context.output;
        if let Command::Accept { password } = &self.command {
            return accept(password, context).await;
        }
        match &self.command {
            Command::Withdraw { id } => ids::<InvitationId>(std::slice::from_ref(id))?,
            Command::Role { id, .. } | Command::Disable { id } | Command::Enable { id } | Command::Remove { id, .. } => {
                ids::<MemberId>(std::slice::from_ref(id))?;
            }
            Command::List | Command::Invite { .. } | Command::Invitations | Command::Accept { .. } => {}
        }
        let session = context.session().await?;
        let client = &session.client;
        match self.command {
            Command::Accept { .. } => {}
            Command::List => output.show(&MemberList { members: client.members().await? }, |list| {
                let row = |member: &Member| {
                    [
                        member.id.clone(),
                        member.name.clone(),
                        of(&member.role),
                        of(&member.status),
                        word(member.email.as_deref()),
                        word(member.signed_in_at.as_deref()),
                    ]
                };
                table(["id", "name", "role", "status", "mail", "signed in"], list.members.iter().map(row))
            })?,
            Command::Invite { name, role, email, expires_in_hours } => {
                invited(&client.invite(&CreateInvitation { name, email, role, expires_in_hours }).await?, output)?;
            }
            Command::Invitations => output.show(&InvitationList { invitations: client.invitations().await? }, |list| {
                let row = |invitation: &Invitation| {
                    [
                        invitation.id.clone(),
                        invitation.name.clone(),
                        of(&invitation.role),
                        of(&invitation.status),
                        invitation.expires_at.clone(),
                    ]
                };
                table(["id", "name", "role", "status", "ends at"], list.invitations.iter().map(row))
            })?,
            Command::Withdraw { id } => {
                output.show(&client.withdraw_invitation(&id).await?, |invitation| {
                    format!("{} is {}", invitation.id, of(&invitation.status))
                })?;
            }
            Command::Role { id, role } => {
                let form = EditMember { role: Some(role), disabled: None };
                output.show(&client.edit_member(&id, &form).await?, |member| format!("{} is {}", member.name, of(&member.role)))?;
            }
            Command::Disable { id } => changed(&client.edit_member(&id, &switched(true)).await?, output)?,
            Command::Enable { id } => changed(&client.edit_member(&id, &switched(false)).await?, output)?,
            Command::Remove { id, yes } => {
                if !yes {
                    sure(input::confirmed(&format!("Remove {id} for good?")))?;
                }
                changed(&client.remove_member(&id).await?, output)?;
            }
        }
        session.end().await
    }
}

const fn switched(disabled: bool) -> EditMember {
    EditMember { role: None, disabled: Some(disabled) }
}

fn changed(member: &Member, output: Output) -> Result<(), Failure> {
    output.show(member, |member| format!("{} is {}", member.name, of(&member.status)))
}

/// The link alone, or the token where the platform knows no address of its own.
fn invited(created: &InvitationCreated, output: Output) -> Result<(), Failure> {
    if output.json {
        return output.for_programs(created);
    }
    line(created.link.as_ref().unwrap_or(&created.token))?;
    output.note(&format!("{} is good until {}. It is shown this once.", created.invitation.id, created.invitation.expires_at));
    Ok(())
}

async fn accept(password: &Password, context: &Context<'_>) -> Result<(), Failure> {
    let Chosen::Server(known) = context.chosen()? else {
        return Err(Failure::input("The platform of this computer has no members.").hint("Name a server with --platform."));
    };
    let given = input::secret("the invitation's token or link")?;
    let token = given.reveal().rsplit('#').next().unwrap_or_default().to_owned();
    let password = password.read(context)?.reveal().to_owned();
    let member = stranger(&known)?.accept_invitation(&AcceptInvitation { token, password }).await?;
    context.output.show(&member, |member| format!("You are {}, {}.", member.name, of(&member.role)))
}
