//! `sync`: what the window does all the time, once and without it.

use clawpair_app::view::outbox::{AlarmView, ErrandView};
use clawpair_app::view::sync::SyncedPlatform;
use clawpair_app::{App, Reach};
use serde::Serialize;

use super::errands::{judged, listed};
use super::words::word;
use crate::desk::named;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::session::Context;

/// Send what waits and read every platform of the app, without its window
///
/// Sends what was asked for and waits, reads what the platforms have that were added in the app, and says what is seen to be done. With
/// --platform only that one. The window may be open meanwhile. It fails as long as a device that is to be revoked is NOT seen to be.
#[derive(clap::Args)]
pub(crate) struct Sync {}

/// What came of it.
#[derive(Serialize)]
pub(super) struct Synced {
    platforms: Vec<SyncedPlatform>,
    /// Keys of devices that were over, and that are there again.
    alarms: Vec<AlarmView>,
}

impl Sync {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let app = context.app(Reach::Platforms).await?;
        let which: Vec<String> = context.of_app(&app)?.into_iter().map(|view| view.id).collect();
        let synced = Synced::of(&app, &which).await?;
        app.leave().await;
        synced.show(context.output)?;
        judged(&synced.errands())?;
        synced.all_read()
    }
}

impl Synced {
    /// Sends and reads, of these platforms or all.
    pub(super) async fn of(app: &App, which: &[String]) -> Result<Self, Failure> {
        let platforms = app.sync(which).await?;
        Ok(Self { platforms, alarms: app.alarms().await? })
    }

    pub(super) fn errands(&self) -> impl Iterator<Item = &ErrandView> + Clone {
        self.platforms.iter().flat_map(|platform| &platform.errands)
    }

    pub(super) fn show(&self, output: Output) -> Result<(), Failure> {
        output.show(self, |synced| {
            let row = |platform: &SyncedPlatform| {
                let state = platform.stale.as_ref().map_or("read", |why| why.message.as_str());
                [named(&platform.name).to_owned(), word(platform.as_of.as_deref()), state.to_owned()]
            };
            let mut text = table(["platform", "as of", "state"], synced.platforms.iter().map(row));
            if synced.errands().next().is_some() {
                text = format!("{text}\n\n{}", listed(synced.errands()));
            }
            text
        })?;
        for alarm in &self.alarms {
            let how = if alarm.asks { "asks to be let in" } else { "is let in" };
            let (name, place) = (alarm.name.as_ref().unwrap_or(&alarm.subject), named(&alarm.platform_name));
            output
                .warn(&format!("The key {} of {}, which was thrown out, {how} at {place} as {name}.", alarm.key, alarm.ended_name));
        }
        Ok(())
    }

    /// A platform that could not be read is why there may be more.
    pub(super) fn all_read(self) -> Result<(), Failure> {
        let stale = self.platforms.into_iter().find_map(|platform| platform.stale.map(|why| (platform.name, why)));
        let Some((name, why)) = stale else { return Ok(()) };
        let failure = Failure::from(why);
        let exit = if failure.exit == Exit::Refused { Exit::Unreachable } else { failure.exit };
        Err(Failure { message: format!("{} was not read: {}", named(&name), failure.message), exit, ..failure })
    }
}
