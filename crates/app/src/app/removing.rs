//! Removing a platform: nothing of it stays on this computer, wherever that is interrupted.

use std::time::Duration;

use clawpair_mirror::Act;

use super::{Answer, App, storage};
use crate::platform::Platform;
use crate::platform::known::{Known, KnownPlatforms};
use crate::platform::openclaw::Kept;
use crate::view::Refusal;
use crate::view::platform::PlatformKind;

/// How long a platform that is removed may take to remove this app from itself.
const FAREWELL: Duration = Duration::from_secs(10);

impl App {
    /// Forgets a platform, its secrets and what was read of it. Where it can be reached, this app is removed from it first; the answer
    /// says what could not be removed there.
    ///
    /// # Errors
    /// When there is no such platform, or something of it cannot be forgotten: it stays in the list then, and may be removed again.
    pub async fn remove_platform(&self, id: &str) -> Answer<Option<Refusal>> {
        let _changing = self.0.changing_platforms.lock().await;
        let (platform, known) = (self.added(id)?, self.known(id)?);
        let left = match self.same_as(&known, platform.as_ref())? {
            // Taking leave there would throw that one out, too.
            Some(other) => Some(stays_as(&known, &other)),
            None => self.take_leave(&known, platform.as_ref()).await,
        };
        if let Err(why) = self.forget(&known, platform.as_ref()).await {
            // The one that was to be forgotten keeps nothing any more.
            self.0.platforms.replace(id, self.open(&known).await);
            return Err(why);
        }
        self.0.platforms.remove(id);
        Ok(left)
    }

    /// Removes this app from a platform; what to tell if it is still there.
    async fn take_leave(&self, known: &Known, platform: &dyn Platform) -> Option<Refusal> {
        let farewell = tokio::time::timeout(FAREWELL, platform.take_leave()).await;
        let left = farewell.unwrap_or_else(|_| Err(Refusal::unsupported("It did not answer in time.")));
        // A server has no entry for this app but the API key, which a person made and may use elsewhere.
        if known.kind != PlatformKind::Openclaw {
            return None;
        }
        let why = left.err();
        self.note_platform(Act::TakeLeave, &known.id, None, why.as_ref()).await;
        why.map(|why| {
            let what = format!("{} is forgotten here, but this app is still among its devices: {}", known.address, why.message);
            Refusal::new("still_paired", what, "Remove the device “Clawpair” on the gateway's computer (openclaw devices list).")
        })
    }

    /// That it is known comes last: whatever is interrupted is found at the next start and can be removed again.
    async fn forget(&self, known: &Known, platform: &dyn Platform) -> Answer<()> {
        platform.forget().await?;
        // One that could not be opened has secrets all the same.
        Kept::new(self.0.secrets.clone(), &known.id).forget().await?;
        self.kept_key(&known.id).forget().await?;
        self.0.settings.remove_platform(&known.id).map_err(|error| storage(&error))
    }
}

/// What to tell where this app stays among a gateway's devices, because it is known by another address.
fn stays_as(known: &Known, other: &Known) -> Refusal {
    let what = format!(
        "{} is forgotten here. “{}” ({}) is the same gateway, so this app is still among its devices.",
        known.address, other.name, other.address
    );
    Refusal::new("still_paired", what, format!("Remove “{}” as well, if this app should leave that gateway.", other.name))
}
