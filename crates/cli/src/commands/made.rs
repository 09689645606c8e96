//! Which codes this program made. Neither code nor link is kept: asked again by the same caller, under the same name and with the same
//! form, the platform answers the same for 24 hours, and a code lives no longer. Asked by another it would make a new code.

use std::fs::File;
use std::path::{Path, PathBuf};

use clawpair_api::{CreatePairingCode, PairingCodeCreated};
use clawpair_client::Client;
use clawpair_core::clock::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::private;
use crate::session::Context;

/// Most that are remembered; those made first are forgotten.
const MOST: usize = 1_000;

/// Who makes codes, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Maker {
    platform: String,
    /// As whom the platform sees this program. Nothing in what former versions have kept.
    #[serde(default)]
    caller: String,
}

impl Maker {
    /// Whoever asks now.
    pub(super) async fn of(client: &Client, context: &Context<'_>) -> Result<Self, Failure> {
        Ok(Self { platform: context.chosen()?.entry(), caller: client.me().await?.id })
    }
}

/// A code that was made here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Made {
    #[serde(flatten)]
    maker: Maker,
    pairing_id: String,
    /// The call's idempotency key.
    name: Uuid,
    form: CreatePairingCode,
    expires_at: String,
}

impl Made {
    pub(super) fn new(maker: Maker, name: Uuid, form: CreatePairingCode, created: &PairingCodeCreated) -> Self {
        Self { maker, pairing_id: created.pairing_id.clone(), name, form, expires_at: created.expires_at.clone() }
    }

    /// Remembers it, and forgets those that are over. Two programs that do so wait for each other.
    pub(super) fn keep(self, folders: &Folders, clock: &dyn Clock) -> Result<(), Failure> {
        let path = path(folders);
        let _lock = locked(&path)?;
        let mut all = read(&path)?;
        all.retain(|made| !made.is_over(clock));
        all.push(self);
        let excess = all.len().saturating_sub(MOST);
        let text = serde_json::to_vec(&all[excess..]).map_err(|error| Failure::file(&path, error))?;
        private::replace(&path, &text)
    }

    fn is_over(&self, clock: &dyn Clock) -> bool {
        self.expires_at.parse::<Timestamp>().map_or(true, |end| end <= clock.now())
    }

    /// One that was made here, by whoever asks now, and is not over.
    pub(super) fn find(folders: &Folders, clock: &dyn Clock, maker: &Maker, id: &str) -> Result<Self, Failure> {
        let is_it = |made: &Self| made.pairing_id == id && made.maker.platform == maker.platform && !made.is_over(clock);
        let Some(found) = read(&path(folders))?.into_iter().find(is_it) else {
            let message = "Only who made a code can show it again, as long as it lives, and this one was not made here.";
            return Err(Failure::new(Exit::NotFound, "not_made_here", message).hint("Cancel it and make a new one."));
        };
        if found.maker == *maker { Ok(found) } else { Err(made_by_another()) }
    }

    /// The answer from when it was made.
    pub(super) async fn again(&self, client: &Client) -> Result<PairingCodeCreated, Failure> {
        Ok(client.named(&self.name.to_string())?.create_pairing_code(&self.form).await?)
    }
}

fn made_by_another() -> Failure {
    let message = "The code was made with another key or account, and only that can show it again.";
    Failure::new(Exit::Forbidden, "made_by_another", message).hint("Use the key that made it, or make a new code.")
}

fn path(folders: &Folders) -> PathBuf {
    folders.state.join("made-codes.json")
}

/// Held until it is dropped. It is a file of its own, because the other is replaced.
fn locked(path: &Path) -> Result<File, Failure> {
    let lock = path.with_extension("lock");
    if let Some(folder) = path.parent() {
        private::make(folder)?;
    }
    let opened = private::options().create(true).truncate(false).open(&lock);
    opened.and_then(|file| file.lock().map(|()| file)).map_err(|error| Failure::file(&lock, error))
}

fn read(path: &Path) -> Result<Vec<Made>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Failure::file(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::file(path, error)),
    }
}
