//! `configure`: with which API key this program comes from now on.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use clawpair_core::secret::Secret;

use super::login::{say_where, taken, warn};
use super::words::of;
use crate::credentials::{Kept, given};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::session::{Chosen, Context, stranger};

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

impl Configure {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let chosen = context.chosen()?;
        let text = match self.api_key {
            Some(text) if text.reveal() != "-" => {
                if matches!(given(text.reveal()), Ok(Kept::ApiKey { .. })) {
                    warn("the API key", context.output);
                }
                text
            }
            _ => input::secret("the API key")?,
        };
        let kept = given(text.reveal())?;
        let credential = kept.credential(context.surroundings)?;
        if let Chosen::Server(known) = &chosen {
            match stranger(known)?.with(credential).me().await {
                Ok(me) => {
                    let name = me.name.unwrap_or(me.id);
                    context.output.note(&format!("{} knows this key as {name}, {}.", known.address, of(&me.role)));
                }
                Err(error) => {
                    let failure = Failure::from(error);
                    if failure.exit != Exit::Unreachable {
                        return Err(failure);
                    }
                    context.output.warn(&format!("The key was not tried: {}", failure.message));
                }
            }
        }
        say_where(&context.credentials().set(&chosen.entry(), &kept)?, context.output);
        Ok(())
    }
}
