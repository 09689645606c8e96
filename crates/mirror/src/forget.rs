//! A platform that is kept on this computer no more.

use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::counts::Counts;
use crate::device_row;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, Deed};
use crate::outbox::errands;
use crate::platform::{PlatformId, number_of};
use crate::sending::step;

/// Devices that are removed in one transaction, so that nothing else waits long.
const AT_ONCE: i64 = 1_000;

impl Mirror {
    /// Removes what is known of a platform, and abandons what was asked of it and is not over, seen to be done or not: nobody will send it
    /// or look. Tombstones with their keys, what was asked for and the journal stay. One that is forgotten stays so.
    ///
    /// # Errors
    /// When there never was such a platform, or it cannot be kept; calling again goes on where this has ended.
    pub fn forget_platform(&self, id: &PlatformId, now: Timestamp) -> Result<(), MirrorError> {
        self.forget(id, now, &Deed::by_person("platform_forgotten", id.to_string(), None))
    }

    pub(crate) fn forget(&self, id: &PlatformId, now: Timestamp, deed: &Deed) -> Result<(), MirrorError> {
        if self.read(|db| is_forgotten(db, id))? {
            return Ok(());
        }
        while self.write(|db| remove_devices(db, number_of(db, id)?))? {}
        self.write(|db| {
            let number = number_of(db, id)?;
            for errand in errands(db, "WHERE outbox.platform = ? AND state IN (0, 1, 2, 4)", [number])? {
                let delivery = errand.delivery.clone().abandoned(now)?;
                step(db, &errand, delivery)?;
            }
            for table in ["pairing", "request", "activity", "revoker", "review", "group_kept", "lost"] {
                db.execute(&format!("DELETE FROM {table} WHERE platform = ?"), [number])?;
            }
            db.execute("DELETE FROM alarm WHERE platform = ?", [number])?;
            db.execute(
                "UPDATE platform SET forgotten = 1, cursor = NULL, as_of = NULL, stale_at = NULL, stale = NULL, ahead_millis = NULL,
                   log_from = NULL, capabilities = NULL WHERE number = ?",
                [number],
            )?;
            journal::append(db, now, deed)
        })
    }
}

fn is_forgotten(db: &Connection, id: &PlatformId) -> Result<bool, MirrorError> {
    let forgotten = db.prepare_cached("SELECT forgotten FROM platform WHERE id = ?")?.query_row([id.as_str()], |row| row.get(0));
    forgotten.optional()?.ok_or(MirrorError::NotFound("platform"))
}

/// Whether there may be more.
fn remove_devices(db: &Connection, platform: i64) -> Result<bool, MirrorError> {
    let sql = "SELECT id FROM device WHERE platform = ? LIMIT ?";
    let ids =
        db.prepare_cached(sql)?.query_map(params![platform, AT_ONCE], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut counts = Counts::default();
    for id in &ids {
        if let Some(row) = device_row::find(db, platform, id)? {
            device_row::remove(db, &mut counts, platform, &row)?;
        }
    }
    counts.write(db)?;
    Ok(!ids.is_empty())
}
