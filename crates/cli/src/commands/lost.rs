//! `devices lost`: one key, revoked wherever it is known.

use clawpair_app::{App, Reach};

use super::devices::sure;
use super::errands::judged;
use super::sync::Synced;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::session::Context;

/// A device is lost: throw its key out of every platform that knows it
///
/// Asks every platform of the app that knows the key to revoke its devices and to deny its requests. That is on file before anything is
/// sent, so what cannot be reached now is sent later; clawpair sync says what is seen to be done.
#[derive(clap::Args)]
pub(super) struct Lost {
    /// The key's fingerprint, such as 7F3K-9QWZ-4JN2, or the id of a device that has it
    #[arg(value_name = "KEY OR DEVICE ID")]
    device: String,
    /// Why, for those who ask later
    #[arg(long)]
    reason: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Lost {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        context.of_all("A lost device is thrown out of")?;
        let app = context.app(Reach::Platforms).await?;
        let done = self.throw_out(&app, context.output).await;
        app.leave().await;
        done
    }

    async fn throw_out(&self, app: &App, output: Output) -> Result<(), Failure> {
        let mut keys = app.keys_of(&self.device).await?;
        if keys.is_empty() {
            // It may have joined since the platforms were read.
            let synced = Synced::of(app, &[]).await?;
            keys = app.keys_of(&self.device).await?;
            if keys.is_empty() {
                synced.all_read()?;
                return Err(Failure::new(Exit::NotFound, "not_found", "No platform of the app knows such a key or device.")
                    .hint("Compare it with what you were told; clawpair review --search finds devices by name."));
            }
        }
        if !self.yes {
            let question = format!(
                "Revoke every device with the key {}? They never come back; they would have to pair again.",
                keys.join(", ")
            );
            sure(input::confirmed(&question))?;
        }
        let known = places(app, &keys).await?;
        // On file before anything is sent.
        self.ask(app, &keys).await?;
        let mut synced = Synced::of(app, &[]).await?;
        // What was only just read may know the key as well.
        let since = places(app, &keys).await?;
        if since.iter().any(|place| !known.contains(place)) {
            self.ask(app, &keys).await?;
            synced = Synced::of(app, &[]).await?;
        }
        synced.show(output)?;
        judged(&synced.errands().filter(|errand| keys.contains(&errand.key)))?;
        synced.all_read()?;
        if known.is_empty() && since.is_empty() {
            output.note("No platform lets this key in, and none has a request of it.");
        }
        Ok(())
    }

    /// Asks whoever lets these keys in to revoke them.
    async fn ask(&self, app: &App, keys: &[String]) -> Result<(), Failure> {
        for key in keys {
            match app.revoke_everywhere(key.clone(), self.reason.as_deref()).await {
                Err(why) if why.code != "not_found" => return Err(why.into()),
                // Nobody lets it in, or has been asked.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Where these keys are let in or ask to be, as far as is known: platform, and device or request.
async fn places(app: &App, keys: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut places = Vec::new();
    for key in keys {
        places.extend(app.key_places(key.clone()).await?.into_iter().map(|place| (place.platform, place.subject)));
    }
    Ok(places)
}
