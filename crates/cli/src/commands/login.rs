//! `login`, `logout` and `whoami`: being a member, and who one is.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use std::convert::Infallible;
use std::io::{self, IsTerminal};

use clawpair_api::{ErrorCode, Me, SignIn, SignedIn};
use clawpair_client::{ClientError, Credential};
use clawpair_core::secret::Secret;
use serde::Serialize;
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

    /// The six digits of the authenticator app, or a recovery code or a reference to one, where the account has a second factor; better
    /// leave it out to be asked, or give - and pipe it in, one line after the password
    #[arg(long, value_name = "CODE, REFERENCE OR -", value_parser = taken)]
    second_factor: Option<Secret>,
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

/// What was forgotten, for programs.
#[derive(Serialize)]
struct Forgotten {
    /// By what it was kept: an address, or `local`.
    platform: String,
    /// Whether a session, an API key or a reference was kept.
    had_any: bool,
}

const SECOND_FACTOR: &str = "the six digits of the authenticator app, or a recovery code";

/// The variable with the password.
const VARIABLE: &str = "CLAWPAIR_PASSWORD";

/// A secret of the command line.
#[expect(clippy::unnecessary_wraps, reason = "clap takes what may fail")]
pub(super) fn taken(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text.to_owned()))
}

impl Password {
    pub(super) fn read(&self, context: &Context<'_>) -> Result<Secret, Failure> {
        const WHAT: &str = "the password";
        match &self.password {
            Some(option) => secret_of(option, WHAT, context),
            None => match context.surroundings.variable(VARIABLE).filter(|text| !text.is_empty()) {
                Some(text) => Ok(Secret::new(text)),
                None => input::secret(WHAT),
            },
        }
    }
}

/// What an option stands for: standard input, what a reference leads to, or itself.
fn secret_of(option: &Secret, what: &str, context: &Context<'_>) -> Result<Secret, Failure> {
    match option.reveal() {
        "-" => input::secret(what),
        text if Reference::looks_like_one(text) => text.parse::<Reference>().map_err(Failure::input)?.follow(context.surroundings),
        text => {
            context.output.warn_of_processes(what);
            Ok(Secret::new(text.to_owned()))
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
        let second_factor = self.second_factor.as_ref().map(|option| secret_of(option, SECOND_FACTOR, context)).transpose()?;
        let stranger = stranger(known)?;
        let sign_in = async |code: Option<&Secret>| stranger.sign_in(&form(&self.username, &password, code)).await;
        let signed_in = match sign_in(second_factor.as_ref()).await {
            Err(error) if is_wanted(&error) && second_factor.is_none() && io::stdin().is_terminal() => {
                sign_in(Some(&input::secret(SECOND_FACTOR)?)).await
            }
            outcome => outcome,
        };
        let (signed_in, client) = signed_in?;
        let Some(Credential::Session(token)) = client.credential() else {
            return Err(Failure::input("The server gave no session."));
        };
        let kept = Kept::Session { token: Zeroizing::new(token.reveal().to_owned()) };
        say_where(&context.credentials().set(&chosen.entry(), &kept)?, context.output);
        if context.output.json {
            return context.output.for_programs(&signed_in);
        }
        context.output.note(&welcome(&signed_in));
        Ok(())
    }
}

/// Whether a second factor is all that is missing.
fn is_wanted(error: &ClientError) -> bool {
    error.refusal() == Some(ErrorCode::SecondFactorRequired)
}

fn form(username: &str, password: &Secret, second_factor: Option<&Secret>) -> SignIn {
    let is_address = username.contains('@');
    let code = second_factor.map(|code| code.reveal().trim().to_owned());
    // Recovery codes have letters and dashes, the app's have six digits.
    let (totp, recovery_code) =
        code.map_or((None, None), |code| if code.len() == 6 { (Some(code), None) } else { (None, Some(code)) });
    SignIn {
        name: (!is_address).then(|| username.to_owned()),
        email: is_address.then(|| username.to_owned()),
        password: password.reveal().to_owned(),
        totp,
        recovery_code,
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
        let kept = credentials.get(&chosen.entry())?;
        let had_any = kept.is_some();
        if let (Chosen::Server(known), Some(kept @ Kept::Session { .. })) = (&chosen, kept) {
            // One that has ended already needs no more.
            let signed_out = stranger(known)?.with(kept.credential(context.surroundings)?).sign_out().await;
            if let Some(error) = signed_out.err().filter(|error| !error.is_about_the_credential()) {
                context.output.warn(&format!("The session was forgotten here, but the server was not told: {error}"));
            }
        }
        credentials.remove(&chosen.entry())?;
        context.output.for_programs(&Forgotten { platform: chosen.entry(), had_any })
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
