//! What was asked for later stands in the place of what was asked for before.

use clawpair_core::Timestamp;
use rusqlite::Connection;

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::outbox::{Errand, errands};
use crate::sending::step;

/// Of a thing that is to be shut out, nothing goes out any more that was asked for before and waits: it may let it in, and whatever else
/// it is, is of no use.
pub(crate) fn end_what_waits(db: &Connection, errand: &Errand, now: Timestamp) -> Result<(), MirrorError> {
    if !errand.intent.shuts_out() {
        return Ok(());
    }
    let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id < ? AND state IN (0, 1) AND state = 0";
    for earlier in errands(db, rest, of(errand))? {
        step(db, &earlier, earlier.delivery.clone().overtaken(now)?)?;
    }
    if errand.intent.revokes() {
        // Whoever asks anew has decided about what failed.
        let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id < ? AND revokes AND state = 4";
        for failed in errands(db, rest, of(errand))? {
            step(db, &failed, failed.delivery.clone().withdrawn(now, failed.attempts)?)?;
        }
    }
    Ok(())
}

impl Mirror {
    /// What was asked for before something that shuts somebody out, and ended for it without having been done, as far as is known; the
    /// oldest first. It stays over, also when that is taken back or refused.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn overtaken_by(&self, errand: &Errand) -> Result<Vec<Errand>, MirrorError> {
        if !errand.intent.shuts_out() {
            return Ok(Vec::new());
        }
        let rest =
            "WHERE platform.id = ? AND subject = ? AND outbox.id < ? AND state = 7 AND acknowledged_at IS NULL AND ended_at >= ?
                    ORDER BY outbox.id";
        let (platform, queued_at) = (errand.place.platform.as_str(), errand.queued_at.as_millis());
        self.read(|db| errands(db, rest, (platform, &errand.place.id, errand.id, queued_at)))
    }
}

/// Whether somebody wants its subject shut out since, sent in time or not. What was on its way then must not go out again.
pub(crate) fn is_to_be_shut_out(db: &Connection, errand: &Errand) -> Result<bool, MirrorError> {
    let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id > ? AND state NOT IN (6, 8)";
    Ok(errands(db, rest, of(errand))?.iter().any(|later| later.intent.shuts_out()))
}

/// The latest that stands in its place and was done, or may have been.
pub(crate) fn overtaker(db: &Connection, errand: &Errand) -> Result<Option<Errand>, MirrorError> {
    let rest =
        "WHERE platform.id = ? AND subject = ? AND outbox.id > ? AND (state IN (1, 2, 3) OR state IN (0, 7) AND attempts > 0)
                ORDER BY outbox.id DESC";
    Ok(errands(db, rest, of(errand))?.into_iter().find(|later| later.intent.overtakes(&errand.intent)))
}

fn of(errand: &Errand) -> impl rusqlite::Params + '_ {
    (errand.place.platform.as_str(), &errand.place.id, errand.id)
}
