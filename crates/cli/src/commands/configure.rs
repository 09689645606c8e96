//! `configure`: with which API key this program comes from now on.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use clawpair_api::Me;
use clawpair_client::Credential;
use clawpair_core::secret::Secret;
use serde::Serialize;

use super::login::{say_where, taken};
use super::words::of;
use crate::credentials::{Kept, Place, given};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::session::{Chosen, Context};

/// Keep an API key, or a reference to one, for the next commands
///
/// A key is kept in the system's keyring, or in a file that only you may read where there is none; of a reference only where the key is.
/// The platform is asked whether it accepts the key; where it cannot be reached the key is kept all the same.
#[derive(clap::Args)]
pub(crate) struct Configure {
    /// The key, or a reference such as env:NAME, file:PATH, keyring:NAME or vault:MOUNT/PATH#FIELD, or - for standard input
    ///
    /// Others on this computer can see a key in the list of processes, so better leave it out to be asked, or pipe it in.
    #[arg(long, value_name = "KEY, REFERENCE OR -", value_parser = taken)]
    api_key: Option<Secret>,
}

/// What was kept, for programs.
#[derive(Serialize)]
struct Configured {
    /// By what it is kept: an address, or `local`.
    platform: String,
    /// As whom the platform knows the key; null where it could not be asked.
    me: Option<Me>,
    #[serde(flatten)]
    place: Place,
}

impl Configure {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let chosen = context.chosen()?;
        let text = match self.api_key {
            Some(text) if text.reveal() != "-" => {
                if matches!(given(text.reveal()), Ok(Kept::ApiKey { .. })) {
                    context.output.warn_of_processes("the API key");
                }
                text
            }
            _ => input::secret("the API key")?,
        };
        let kept = given(text.reveal())?;
        let me = tried(&chosen, kept.credential(context.surroundings)?, context).await?;
        if let Some(me) = &me {
            let name = me.name.as_ref().unwrap_or(&me.id);
            context.output.note(&format!("{} knows this key as {name}, {}.", chosen.in_words(), of(&me.role)));
        }
        let place = context.credentials().set(&chosen.entry(), &kept)?;
        say_where(&place, context.output);
        context.output.for_programs(&Configured { platform: chosen.entry(), me, place })
    }
}

/// As whom the platform knows a key; nothing where it cannot be reached.
async fn tried(chosen: &Chosen, credential: Credential, context: &Context<'_>) -> Result<Option<Me>, Failure> {
    let session = chosen.session_as(credential).await?;
    match session.client.me().await {
        Ok(me) => session.end().await.map(|()| Some(me)),
        Err(error) => {
            let failure = Failure::from(error);
            if failure.exit != Exit::Unreachable {
                return Err(failure);
            }
            context.output.warn(&format!("The key was not tried: {}", failure.message));
            Ok(None)
        }
    }
}
