//! `devices lost`: one key, revoked wherever it is known.

use clawpair_app::view::outbox::ErrandView;
use clawpair_app::{App, Reach};

use super::devices::sure;
use super::errands::judged;
use super::sync::Synced;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
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
        let app = context.app(Reach::Platforms).await?;
        let keys = app.keys_of(&self.device).await?;
        let keys = if keys.is_empty() {
            // It may have joined since the platforms were read.
            Synced::of(&app, &[]).await?;
            app.keys_of(&self.device).await?
        } else {
            keys
        };
        if keys.is_empty() {
            return Err(Failure::new(Exit::NotFound, "not_found", "No platform of the app knows such a key or device.")
                .hint("clawpair sync reads the platforms; clawpair review --search finds devices by name."));
        }
        if !self.yes {
            let question = format!(
                "Revoke every device with the key {}? They never come back; they would have to pair again.",
                keys.join(", ")
            );
            sure(input::confirmed(&question))?;
        }
        let asked = self.ask(&app, &keys).await?;
        if asked.is_empty() {
            app.leave().await;
            let message = "No platform lets this key in, and none has a request of it.";
            return Err(Failure::new(Exit::Conflict, "already_revoked", message));
        }
        let mut synced = Synced::of(&app, &[]).await?;
        if Self::is_let_in_elsewhere(&app, &keys, &asked).await? {
            // What was only just read knows the key as well.
            self.ask(&app, &keys).await?;
            synced = Synced::of(&app, &[]).await?;
        }
        app.leave().await;
        synced.show(context.output)?;
        judged(&synced.errands())
    }

    async fn is_let_in_elsewhere(app: &App, keys: &[String], asked: &[ErrandView]) -> Result<bool, Failure> {
        for key in keys {
            let let_in = app.let_in_with(key).await?;
            if let_in.iter().any(|(platform, device)| !asked.iter().any(|one| one.platform == *platform && one.subject == *device))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All that is asked for of these keys.
    async fn ask(&self, app: &App, keys: &[String]) -> Result<Vec<ErrandView>, Failure> {
        let mut asked = Vec::new();
        for key in keys {
            match app.revoke_everywhere(key.clone(), self.reason.as_deref()).await {
                Ok(errands) => asked.extend(errands),
                Err(why) if why.code == "not_found" => {}
                Err(why) => return Err(why.into()),
            }
        }
        Ok(asked)
    }
}
