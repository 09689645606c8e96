//! Platforms that are kept here though the app does not know them any more: another of its files was put back from a backup.

use clawpair_core::Timestamp;
use clawpair_core::text::Name;
use rusqlite::{Connection, OptionalExtension as _};

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::Deed;
use crate::outbox::NOT_GONE;
use crate::platform::{PlatformId, named};

/// A platform that is not among those the app knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Which.
    pub id: PlatformId,
    /// What a person called it.
    pub name: Name,
    /// Of so many devices of it has to be said that they are NOT yet revoked.
    pub not_yet_revoked: i64,
    /// Where it was when a person added it, as the journal has it.
    pub address: Option<String>,
}

impl Mirror {
    /// The platforms that are kept here and not `known`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn strangers(&self, known: impl Fn(&PlatformId) -> bool) -> Result<Vec<Stranger>, MirrorError> {
        self.read(|db| {
            let strangers = named(db)?.into_iter().filter(|(_, id, _)| !known(id));
            let shown = strangers.map(|(number, id, name)| {
                let name = name.parse().map_err(|error: clawpair_core::text::TextError| MirrorError::Damaged(error.to_string()))?;
                Ok(Stranger { name, not_yet_revoked: not_yet_revoked(db, number)?, address: address(db, &id)?, id })
            });
            shown.collect()
        })
    }

    /// Forgets a platform as a person's removal does, where no person has removed it.
    ///
    /// # Errors
    /// Likewise.
    pub fn forget_stranger(&self, id: &PlatformId, now: Timestamp) -> Result<(), MirrorError> {
        self.forget(id, now, &Deed::by_platform("platform_unknown", id.to_string(), None))
    }
}

fn not_yet_revoked(db: &Connection, platform: i64) -> Result<i64, MirrorError> {
    let sql = format!(
        "SELECT count(*) FROM outbox INDEXED BY outbox_not_revoked
         WHERE revokes AND state IN (0, 1, 2, 4) AND {NOT_GONE} AND platform = ?"
    );
    Ok(db.prepare_cached(&sql)?.query_row([platform], |row| row.get(0))?)
}

fn address(db: &Connection, id: &PlatformId) -> Result<Option<String>, MirrorError> {
    let sql = "SELECT details FROM journal WHERE action = 'add_platform' AND subject = ? ORDER BY number DESC LIMIT 1";
    let found: Option<Option<String>> = db.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0)).optional()?;
    Ok(found.flatten())
}
