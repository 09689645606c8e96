//! `login`, `logout` and `whoami`: being a member, and who one is.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use std::convert::Infallible;

use clawpair_api::{Me, SignIn, SignedIn};
use clawpair_client::Credential;
use clawpair_core::secret::Secret;
use zeroize::Zeroizing;

use super::words::of;
use crate::credentials::{Kept, Place};
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, facts};
use crate::secrets::Reference;
use crate::session::{Chosen, Context, stranger};

/// Sign in to a server as a member
///
/// The session is kept in the system's keyring until clawpair logout, and ends by itself when nobody uses it for 30 minutes. For programs
/// an API key is better: clawpair configure.
#[derive(clap::Args)]
pub(crate) struct Login {
    /// The member's name or e-mail address
    #[arg(long, alias = "user", value_name = "NAME OR ADDRESS")]
    username: String,

    #[command(flatten)]
    password: Password,

    /// The six digits of the authenticator app, or a recovery code, where the account has a second factor
    #[arg(long, value_name = "CODE")]
    second_factor: Option<String>,
}

/// Where a password comes from.
#[derive(clap::Args)]
pub(crate) struct Password {
    /// The password, or a reference to it such as env:NAME or file:PATH; others on this computer can see a password in the list of
    /// processes, so better leave it out to be asked, or set CLAWPAIR_PASSWORD, or give - and pipe it in
    #[arg(long, value_name = "PASSWORD, REFERENCE OR -", value_parser = taken)]
    password: Option<Secret>,
}

/// Sign out, and forget the session or API key that was kept
#[derive(clap::Args)]
pub(crate) struct Logout {}

/// Show as whom the platform sees this program, and what it may do
#[derive(clap::Args)]
pub(crate) struct Whoami {}

/// The variable with the password.
const VARIABLE: &str = "CLAWPAIR_PASSWORD";

/// A secret of the command line.
#[expect(clippy::unnecessary_wraps, reason = "clap takes what may fail")]
pub(super) fn taken(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text.to_owned()))
}

/// Says that a secret was on the command line.
pub(super) fn warn(what: &str, output: Output) {
    output.warn(&format!("Others on this computer can see {what} on the command line; it is better piped in, or given by a reference such as file:PATH."));
}

impl Password {
    pub(super) fn read(&self, context: &Context<'_>) -> Result<Secret, Failure> {
        const WHAT: &str = "the password";
        match self.password.as_ref().map(Secret::reveal) {
            Some("-") => input::secret(WHAT),
            Some(text) if Reference::looks_like_one(text) => {
                text.parse::<Reference>().map_err(Failure::input)?.follow(context.surroundings)
            }
            Some(text) => {
                warn("the password", context.output);
                Ok(Secret::new(text.to_owned()))
            }
            None => match context.surroundings.variable(VARIABLE).filter(|text| !text.is_empty()) {
                Some(text) => Ok(Secret::new(text)),
                None => input::secret(WHAT),
            },
        }
    }
}

impl Login {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let chosen = context.chosen()?;
        let Chosen::Server(known) = &chosen else {
            let hint = "Commands work without signing in; to sign in to a server, name it with --platform.";
            return Err(
                Failure::input("The platform of this computer has no members: whoever uses this account is its owner.").hint(hint)
            );
        };
        let password = self.password.read(context)?;
        let is_address = self.username.contains('@');
        // Recovery codes have letters and dashes, the app's have six digits.
        let (totp, recovery_code) = match self.second_factor {
            Some(code) if code.trim().len() == 6 => (Some(code.trim().to_owned()), None),
            code => (None, code),
        };
        let form = SignIn {
            name: (!is_address).then(|| self.username.clone()),
            email: is_address.then_some(self.username),
            password: password.reveal().to_owned(),
            totp,
            recovery_code,
        };
        let (signed_in, client) = stranger(known)?.sign_in(&form).await?;
        let Some(Credential::Session(token)) = client.credential() else {
            return Err(Failure::input("The server gave no session."));
        };
        let kept = Kept::Session { token: Zeroizing::new(token.reveal().to_owned()) };
        say_where(&context.credentials().set(&chosen.entry(), &kept)?, context.output);
        if context.output.json {
            return context.output.show(&signed_in, |_| String::new());
        }
        context.output.note(&welcome(&signed_in));
        Ok(())
    }
}

fn welcome(signed_in: &SignedIn) -> String {
    let SignedIn { member, session } = signed_in;
    format!("You are {}, {}. The session ends at {} unless it is used.", member.name, of(&member.role), session.ends_at)
}

/// Says where something was kept, if not in the keyring.
pub(super) fn say_where(place: &Place, output: Output) {
    if let Place::File { path, reason } = place {
        output.note(&format!("It is kept in {}, which only you may read: {reason}.", path.display()));
    }
}

impl Logout {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let chosen = context.chosen()?;
        let credentials = context.credentials();
        if let (Chosen::Server(known), Some(kept @ Kept::Session { .. })) = (&chosen, credentials.get(&chosen.entry())?) {
            // One that has ended already needs no more.
            let signed_out = stranger(known)?.with(kept.credential(context.surroundings)?).sign_out().await;
            if let Some(error) = signed_out.err().filter(|error| !error.is_about_the_credential()) {
                context.output.warn(&format!("The session was forgotten here, but the server was not told: {error}"));
            }
        }
        credentials.remove(&chosen.entry())
    }
}

impl Whoami {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let session = context.session().await?;
        let me = session.client.me().await?;
        context.output.show(&me, |me: &Me| {
            facts([
                ("id", me.id.clone()),
                ("name", me.name.clone().unwrap_or_default()),
                ("role", of(&me.role)),
                ("scopes", me.scopes.iter().map(of).collect::<Vec<_>>().join(", ")),
                ("ends at", me.ends_at.clone().unwrap_or_default()),
            ])
        })?;
        session.end().await
    }
}
