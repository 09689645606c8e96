//! The mirror of one data folder, around the platforms of the app.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::Duration;

use clawpair_api::ErrorBody;
use clawpair_core::clock::{Clock as _, SystemClock, Timestamp};
use clawpair_core::rng::SystemRng;
use clawpair_core::text::Name;
use clawpair_mirror::{Mirror, MirrorError, PlatformId, Stranger};
use tokio::sync::{broadcast, oneshot};

use super::keeping::{broken, cannot_put_back};
use super::{following, outbox};
use crate::mirrored::{Mirrored, Opened, Upkeep, on_file, open_file};
use crate::outbox::Outbox;
use crate::platform::known::Known;
use crate::platform::registry::EMBEDDED;
use crate::platform::{Answer, Platform};
use crate::view::platform::PlatformKind;
use crate::view::{AppEvent, Refusal};

/// What the platform inside the app is called among others.
const EMBEDDED_NAME: &str = "This computer";
/// How long whoever still reads the file may take before it is not replaced. Calls over a network end sooner.
const PATIENCE: Duration = Duration::from_mins(1);

/// The mirror, if its file can be used.
pub(super) struct Mirroring {
    path: PathBuf,
    /// Who is told what changes in it, in a program with a window.
    events: Option<broadcast::Sender<AppEvent>>,
    held: RwLock<Held>,
    /// The platforms as they are without the mirror before them, by their ids.
    bare: Mutex<HashMap<String, Weak<dyn Platform>>>,
}

struct Held {
    outbox: Option<Arc<Outbox>>,
    problem: Option<ErrorBody>,
}

/// The platform inside the app is around the mirror as all others are: its own lists need no mirror, but looking through all platforms at
/// once does, and what is asked of it is written down.
pub(super) fn embedded() -> Known {
    let (id, name) = (EMBEDDED.to_owned(), EMBEDDED_NAME.to_owned());
    Known { id, kind: PlatformKind::Embedded, name, address: String::new(), pin: None, own_entry: None }
}

impl Mirroring {
    /// Opens the file. Whatever changes in it, by another program, too, is told as an event.
    pub(super) fn open(path: &Path, now: Timestamp, events: Option<broadcast::Sender<AppEvent>>) -> Self {
        let Opened { mirror, problem } = open_file(path, now);
        let held = RwLock::new(Held { outbox: None, problem: problem.clone() });
        let mirroring = Self { path: path.to_owned(), events, held, bare: Mutex::default() };
        mirroring.hold(mirror.map(|mirror| mirroring.kept(mirror)), problem);
        mirroring
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The outbox of a file that was opened just now.
    fn kept(&self, mirror: Mirror) -> Arc<Outbox> {
        let kept = Arc::new(Outbox::new(Arc::new(mirror), Arc::new(SystemClock), Arc::new(SystemRng)));
        if let Some(events) = &self.events {
            outbox::forward(&kept, events.clone());
            following::follow_others(&kept, events.clone());
        }
        kept
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, outbox: Option<Arc<Outbox>>, problem: Option<ErrorBody>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { outbox, problem };
    }

    /// What was asked for and is not over.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn outbox(&self) -> Answer<Arc<Outbox>> {
        let held = self.held();
        let no_file = || Refusal::new("storage_unavailable", "The file of devices cannot be used.", "Try again in a moment.");
        held.outbox.clone().ok_or_else(|| held.problem.clone().map_or_else(no_file, Into::into))
    }

    /// The platforms without the mirror before them, the one inside the app among them.
    pub(super) fn bare(&self, known: &[Known]) -> Vec<(Known, Arc<dyn Platform>)> {
        let bare = self.bare.lock().unwrap_or_else(PoisonError::into_inner);
        let all = std::iter::once(embedded()).chain(known.iter().cloned());
        all.filter_map(|known| bare.get(&known.id).and_then(Weak::upgrade).map(|platform| (known, platform))).collect()
    }

    /// Closes the file, lets something else be put in its place, and goes on with that. Nobody may have the mirror before a platform.
    ///
    /// # Errors
    /// When somebody does not let the file go, or nothing could be put there; the file that was there is in use again then.
    pub(super) async fn replace<T: Send + 'static>(
        &self,
        put: impl FnOnce(&Path) -> Result<(Mirror, T), MirrorError> + Send + 'static,
    ) -> Answer<T> {
        self.close().await?;
        let path = self.path.clone();
        let placed = tokio::task::spawn_blocking(move || match put(&path) {
            Ok((mirror, put)) => (Ok(mirror), Ok(put)),
            Err(why) => (Mirror::open(&path), Err(why)),
        });
        let (opened, placed) = placed.await.map_err(|error| broken(&error))?;
        match opened {
            Ok(mirror) => self.hold(Some(self.kept(mirror)), None),
            Err(error) => {
                tracing::error!(%error, "the mirror cannot be opened again");
                self.hold(None, Some(error.body()));
            }
        }
        placed.map_err(|error| cannot_put_back(&error))
    }

    async fn close(&self) -> Answer<()> {
        let (outbox, problem) = {
            let held = self.held();
            (held.outbox.clone(), held.problem.clone())
        };
        let Some(outbox) = outbox else { return Ok(()) };
        let (tell, closed) = oneshot::channel();
        outbox.mirror().when_closed(move || {
            // Who waited no longer has given up.
            let _ = tell.send(());
        });
        let handle = Arc::downgrade(&outbox);
        self.hold(None, None);
        drop(outbox);
        if tokio::time::timeout(PATIENCE, closed).await.is_ok() {
            return Ok(());
        }
        // Whoever has it still needs it, so it is there, or has let it go just now.
        let outbox = match handle.upgrade() {
            Some(outbox) => Some(outbox),
            None => Mirror::open(&self.path).ok().map(|mirror| self.kept(mirror)),
        };
        self.hold(outbox, problem);
        Err(Refusal::new("storage_unavailable", "The file of devices is in use. Nothing was changed.", "Try again in a minute."))
    }

    /// What a person should know about the file.
    pub(super) fn problem(&self) -> Option<ErrorBody> {
        self.held().problem.clone()
    }

    /// Asks the mirror what no platform is asked for; without a usable file, why there is none.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
    ) -> Answer<T> {
        let mirror = Arc::clone(self.outbox()?.mirror());
        on_file(&mirror, ask).await
    }

    /// A platform with the mirror before it; as it is where that cannot be.
    pub(super) fn around(&self, known: &Known, platform: Arc<dyn Platform>) -> Arc<dyn Platform> {
        let mut bare = self.bare.lock().unwrap_or_else(PoisonError::into_inner);
        bare.retain(|_, platform| platform.strong_count() > 0);
        bare.insert(known.id.clone(), Arc::downgrade(&platform));
        drop(bare);
        let Ok(outbox) = self.outbox() else { return platform };
        match upkeep(&outbox, &known.id, &known.name, known.kind, &platform) {
            Ok(upkeep) => Arc::new(Mirrored::new(upkeep)),
            Err(error) => {
                tracing::error!(%error, "a platform could not be entered into the mirror");
                platform
            }
        }
    }

    /// The platforms that are kept in the file and neither among these nor inside the app.
    pub(super) fn strangers(&self, known: &[Known]) -> Result<Vec<Stranger>, MirrorError> {
        let Ok(outbox) = self.outbox() else { return Ok(Vec::new()) };
        let is_known = |id: &PlatformId| id.as_str() == EMBEDDED || known.iter().any(|known| known.id == id.as_str());
        outbox.mirror().strangers(is_known)
    }

    /// Forgets platforms that no person has removed.
    pub(super) fn forget_strangers<'a>(&self, mut strangers: impl Iterator<Item = &'a Stranger>) -> Result<(), MirrorError> {
        let Ok(outbox) = self.outbox() else { return Ok(()) };
        let forgotten = strangers.try_for_each(|stranger| outbox.mirror().forget_stranger(&stranger.id, SystemClock.now()));
        outbox.tell_if_other();
        forgotten
    }

    /// A platform is called otherwise from now on.
    pub(super) fn rename(&self, id: &str, name: &str) {
        let Ok(outbox) = self.outbox() else { return };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_changes_is_told_once_however_often_the_file_could_not_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let events = broadcast::Sender::new(64);
        let mirroring = Mirroring::open(&folder.path().join("mirror.db"), SystemClock.now(), Some(events.clone()));
        let in_use = mirroring.outbox().unwrap();
        for _ in 0..3 {
            let refused = mirroring.replace(|_| -> Result<(Mirror, ()), _> { Err(MirrorError::DiskFull) }).await.unwrap_err();
            assert!(refused.message.contains("is in use"), "{refused}");
        }
        let mut heard = events.subscribe();
        mirroring.outbox().unwrap().tell();
        drop(in_use);
        let told = async { while !matches!(heard.recv().await, Ok(AppEvent::Outbox { .. })) {} };
        told.await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(heard.is_empty(), "{:?}", heard.try_recv());
    }
}
