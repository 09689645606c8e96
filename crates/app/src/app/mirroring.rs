//! The mirror of one data folder, around the platforms of the app.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use clawpair_api::ErrorBody;
use clawpair_core::clock::{Clock as _, SystemClock, Timestamp};
use clawpair_core::rng::SystemRng;
use clawpair_core::text::Name;
use clawpair_mirror::{Mirror, MirrorError, PlatformId};

use crate::mirrored::{Mirrored, Opened, Upkeep, on_file, open_file};
use crate::outbox::Outbox;
use crate::platform::known::Known;
use crate::platform::registry::EMBEDDED;
use crate::platform::{Answer, Platform};
use crate::view::Refusal;
use crate::view::platform::PlatformKind;

/// What the platform inside the app is called among others.
const EMBEDDED_NAME: &str = "This computer";

/// The mirror, if its file can be used.
pub(super) struct Mirroring {
    outbox: Option<Arc<Outbox>>,
    problem: Option<ErrorBody>,
}

impl Mirroring {
    /// Opens the file alone.
    pub(super) fn of_file(path: &Path, now: Timestamp) -> Self {
        let Opened { mirror, problem } = open_file(path, now);
        let outbox = mirror.map(|mirror| Arc::new(Outbox::new(mirror, Arc::new(SystemClock), Arc::new(SystemRng))));
        Self { outbox, problem }
    }

    /// Opens the file. The platform inside the app is around it as all others are; its own lists need no mirror, but looking through all
    /// platforms at once does, and what is asked of it is written down.
    pub(super) fn open(path: &Path, now: Timestamp, embedded: Arc<dyn Platform>) -> (Self, Arc<dyn Platform>) {
        let Self { outbox, problem } = Self::of_file(path, now);
        let Some(kept) = &outbox else { return (Self { outbox, problem }, embedded) };
        match upkeep(kept, EMBEDDED, EMBEDDED_NAME, PlatformKind::Embedded, &embedded) {
            Ok(upkeep) => (Self { outbox, problem }, Arc::new(Mirrored::new(upkeep))),
            Err(error) => (Self { outbox: None, problem: Some(error.body()) }, embedded),
        }
    }

    /// What was asked for and is not over.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn outbox(&self) -> Answer<&Arc<Outbox>> {
        let no_file = || Refusal::new("storage_unavailable", "The file of devices cannot be used.", "Start Clawpair again.");
        self.outbox.as_ref().ok_or_else(|| self.problem.clone().map_or_else(no_file, Into::into))
    }

    /// What a person should know about the file.
    pub(super) fn problem(&self) -> Option<ErrorBody> {
        self.problem.clone()
    }

    /// Asks the mirror what no platform is asked for; without a usable file, why there is none.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
    ) -> Answer<T> {
        on_file(self.outbox()?.mirror(), ask).await
    }

    /// A platform with the mirror before it; as it is where that cannot be.
    pub(super) fn around(&self, known: &Known, platform: Arc<dyn Platform>) -> Arc<dyn Platform> {
        let Some(outbox) = &self.outbox else { return platform };
        match upkeep(outbox, &known.id, &known.name, known.kind, &platform) {
            Ok(upkeep) => Arc::new(Mirrored::new(upkeep)),
            Err(error) => {
                tracing::error!(%error, "a platform could not be entered into the mirror");
                platform
            }
        }
    }

    /// Forgets every platform but these and the one inside the app.
    pub(super) fn forget_all_but<'a>(&self, known: impl Iterator<Item = &'a str>) {
        let Some(outbox) = &self.outbox else { return };
        let mirror = outbox.mirror();
        let known: HashSet<&str> = known.chain([EMBEDDED]).collect();
        let forgotten = mirror.platforms().and_then(|platforms| {
            let mut strangers = platforms.iter().filter(|platform| !known.contains(platform.id.as_str()));
            strangers.try_for_each(|platform| mirror.forget_platform(&platform.id, SystemClock.now()))
        });
        if let Err(error) = forgotten {
            tracing::warn!(%error, "a platform that was removed could not be forgotten in the mirror");
        }
    }

    /// A platform is called otherwise from now on.
    pub(super) fn rename(&self, id: &str, name: &str) {
        let Some(outbox) = &self.outbox else { return };
        if let Err(error) = enter(outbox.mirror(), id, name) {
            tracing::warn!(%error, "a platform's name could not be entered into the mirror");
        }
    }
}

/// A platform that is called by an address too long for a name is found by its id.
fn enter(mirror: &Mirror, id: &str, name: &str) -> Result<PlatformId, MirrorError> {
    let words = |error: clawpair_core::text::TextError| MirrorError::Invalid(error.to_string());
    let platform: PlatformId = id.parse().map_err(words)?;
    let name: Name = name.parse().or_else(|_| id.parse()).map_err(words)?;
    mirror.enter_platform(&platform, &name)?;
    Ok(platform)
}

fn upkeep(
    outbox: &Arc<Outbox>,
    id: &str,
    name: &str,
    kind: PlatformKind,
    platform: &Arc<dyn Platform>,
) -> Result<Upkeep, MirrorError> {
    let id = enter(outbox.mirror(), id, name)?;
    Upkeep::begin(Arc::clone(outbox), id, kind, Arc::clone(platform))
}
