//! What is still open of many things at once, and how much there is in all.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::device_row;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::outbox::{Errand, NOT_GONE, errands};
use crate::platform::{Place, PlatformId, number_of};
use crate::record::RequestRecord;

/// What a person should know of the outbox and of alarms at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Revocations that are not seen to be done, and whose device is not gone: of so many devices it has to be said that they are
    /// NOT yet revoked.
    pub not_yet_revoked: i64,
    /// Errands that wait, are on their way, or are acknowledged and not yet seen to be done.
    pub waiting: i64,
    /// Errands that failed and about which nobody has decided.
    pub conflicts: i64,
    /// Keys that came back and at which nobody has looked.
    pub alarms: i64,
}

impl Mirror {
    /// How much there is to know of the outbox and of alarms.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(&format!(
                "SELECT count(*) FILTER (WHERE revokes AND {NOT_GONE}), count(*) FILTER (WHERE state != 4), count(*) FILTER (WHERE state = 4),
                   (SELECT count(*) FROM alarm WHERE acknowledged_at IS NULL)
                 FROM outbox INDEXED BY outbox_shown WHERE state IN (0, 1, 2, 4)",
            ))?;
            Ok(statement.query_row([], |row| {
                Ok(OutboxCounts { not_yet_revoked: row.get(0)?, waiting: row.get(1)?, conflicts: row.get(2)?, alarms: row.get(3)? })
            })?)
        })
    }

    /// What is not over yet of each of these things of a platform, the oldest first. Things of which nothing was asked are left out.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn open_errands(&self, platform: &PlatformId, things: &[String]) -> Result<HashMap<String, Vec<Errand>>, MirrorError> {
        self.read(|db| {
            let platform = number_of(db, platform)?;
            let mut found = HashMap::new();
            for thing in things {
                let rest = "WHERE outbox.platform = ? AND subject = ? AND state IN (0, 1, 2, 4) ORDER BY outbox.id";
                let open = errands(db, rest, params![platform, thing])?;
                if !open.is_empty() {
                    found.insert(thing.clone(), open);
                }
            }
            Ok(found)
        })
    }

    /// A request, whether or not it is over.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn request(&self, place: &Place) -> Result<RequestRecord, MirrorError> {
        self.read(|db| request(db, number_of(db, &place.platform)?, &place.id)?.ok_or(MirrorError::NotFound("request")))
    }

    /// What a device or request is called, as far as that is known here.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn called(&self, place: &Place) -> Result<Option<String>, MirrorError> {
        self.read(|db| {
            let platform = number_of(db, &place.platform)?;
            match device_row::find(db, platform, &place.id)? {
                Some(row) => Ok(Some(row.record.device.name)),
                None => Ok(request(db, platform, &place.id)?.map(|record| record.request.name)),
            }
        })
    }
}

fn request(db: &Connection, platform: i64, id: &str) -> Result<Option<RequestRecord>, MirrorError> {
    let mut statement = db.prepare_cached("SELECT record FROM request WHERE platform = ? AND id = ?")?;
    let json: Option<String> = statement.query_row(params![platform, id], |row| row.get(0)).optional()?;
    Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
}
