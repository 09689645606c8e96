//! Which codes this program made. Neither code nor link is kept: asked again by the same caller, under the same name and with the same
//! form, the platform answers the same for 24 hours, and a code lives no longer.

use std::path::PathBuf;

use clawpair_api::{CreatePairingCode, PairingCodeCreated};
use clawpair_client::Client;
use clawpair_core::clock::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::private;

/// Most that are remembered; those made first are forgotten.
const MOST: usize = 1_000;

/// A code that was made here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Made {
    platform: String,
    pairing_id: String,
    /// The call's idempotency key.
    name: Uuid,
    form: CreatePairingCode,
    expires_at: String,
}

impl Made {
    pub(super) fn new(platform: String, name: Uuid, form: CreatePairingCode, created: &PairingCodeCreated) -> Self {
        Self { platform, pairing_id: created.pairing_id.clone(), name, form, expires_at: created.expires_at.clone() }
    }

    /// Remembers it, and forgets those that are over.
    pub(super) fn keep(self, folders: &Folders, clock: &dyn Clock) -> Result<(), Failure> {
        let mut all = read(folders)?;
        all.retain(|made| !made.is_over(clock));
        all.push(self);
        let excess = all.len().saturating_sub(MOST);
        let path = path(folders);
        let text = serde_json::to_vec(&all[excess..]).map_err(|error| Failure::file(&path, error))?;
        private::replace(&path, &text)
    }

    fn is_over(&self, clock: &dyn Clock) -> bool {
        self.expires_at.parse::<Timestamp>().map_or(true, |end| end <= clock.now())
    }

    /// One that was made here and is not over.
    pub(super) fn find(folders: &Folders, clock: &dyn Clock, platform: &str, id: &str) -> Result<Self, Failure> {
        let found =
            read(folders)?.into_iter().find(|made| made.pairing_id == id && made.platform == platform && !made.is_over(clock));
        found.ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                "not_made_here",
                "Only who made a code can show it again, as long as it lives, and this one was not made here.",
            )
            .hint("Cancel it and make a new one.")
        })
    }

    /// The answer from when it was made.
    pub(super) async fn again(&self, client: &Client) -> Result<PairingCodeCreated, Failure> {
        let created = client.create_pairing_code_as(self.name, &self.form).await?;
        if created.pairing_id == self.pairing_id {
            return Ok(created);
        }
        // Made by another caller: the platform took it for something new.
        client.cancel_pairing(&created.pairing_id).await?;
        let message = "The code was made with another key or account, and only that can show it again.";
        Err(Failure::new(Exit::Forbidden, "made_by_another", message).hint("Use the key that made it, or make a new code."))
    }
}

fn path(folders: &Folders) -> PathBuf {
    folders.state.join("made-codes.json")
}

fn read(folders: &Folders) -> Result<Vec<Made>, Failure> {
    let path = path(folders);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Failure::file(&path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::file(&path, error)),
    }
}
