//! What was asked for later stands in the place of what was asked for before.

use clawpair_core::Timestamp;
use rusqlite::Connection;

use crate::delivery::Delivery;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::intent::{Conflict, Intent};
use crate::journal::{self, Deed};
use crate::outbox::{Errand, errands};
use crate::sending::step;

/// Of a thing that is to be shut out, nothing goes out any more that was asked for before, waits, and may let it in; where that is for good,
/// nothing at all.
pub(crate) fn end_what_waits(db: &Connection, errand: &Errand, now: Timestamp) -> Result<(), MirrorError> {
    if !errand.intent.shuts_out() {
        return Ok(());
    }
    let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id < ? AND state IN (0, 1) AND state = 0";
    for earlier in errands(db, rest, of(errand))?.iter().filter(|earlier| errand.intent.ends(&earlier.intent)) {
        end_for(db, earlier, errand.id, now)?;
    }
    if errand.intent.revokes() {
        // Whoever asks anew has decided about what failed.
        let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id < ? AND revokes AND state = 4";
        for failed in errands(db, rest, of(errand))? {
            step(db, &failed, failed.delivery.clone().withdrawn(now, failed.attempts)?)?;
            hand_over(db, &failed, errand.id)?;
        }
    }
    Ok(())
}

/// Something that was asked for later stands in its place.
pub(crate) fn end_for(db: &Connection, errand: &Errand, later: i64, now: Timestamp) -> Result<Errand, MirrorError> {
    db.prepare_cached("UPDATE outbox SET overtaken_by = ? WHERE id = ?")?.execute([later, errand.id])?;
    step(db, errand, errand.delivery.clone().overtaken(now)?)
}

/// A revocation that failed is asked for anew: what it has ended, that has ended. It stays over where the device is gone or another, and
/// where only a backup knows of it: it may have been done since.
pub(crate) fn hand_over(db: &Connection, failed: &Errand, anew: i64) -> Result<(), MirrorError> {
    let Delivery::Failed { conflict, .. } = &failed.delivery else { return Ok(()) };
    if matches!(conflict, Conflict::NotAllowed { .. } | Conflict::Refused { .. } | Conflict::NotShown) {
        db.prepare_cached("UPDATE outbox SET overtaken_by = ? WHERE overtaken_by = ?")?.execute([anew, failed.id])?;
    }
    Ok(())
}

/// A revocation is taken back, or left undone after it was refused: what it has ended waits again.
pub(crate) fn bring_back_what_it_ended(db: &Connection, errand: &Errand, now: Timestamp) -> Result<(), MirrorError> {
    for earlier in resumed(db, errand)? {
        step(db, &earlier, earlier.delivery.clone().brought_back(now)?)?;
        let asked = Deed::by_person("asked", journal::subject(&earlier.place), Some(earlier.intent.to_string()));
        journal::append(db, now, &asked)?;
    }
    Ok(())
}

/// Of what a revocation has ended, all that waits again without it: not what lets somebody in, who may have been shut out for a reason since,
/// and not what something else stands in the place of.
fn resumed(db: &Connection, errand: &Errand) -> Result<Vec<Errand>, MirrorError> {
    let mut resumed = Vec::new();
    for earlier in ended_for(db, errand)?.into_iter().filter(|earlier| comes_back(errand, earlier)) {
        let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id > ? AND state NOT IN (5, 6, 8)";
        let others = errands(db, rest, of(&earlier))?;
        if !others.iter().any(|later| later.id != errand.id && later.intent.overtakes(&earlier.intent)) {
            resumed.push(earlier);
        }
    }
    Ok(resumed)
}

fn comes_back(errand: &Errand, earlier: &Errand) -> bool {
    let is_left = match &errand.delivery {
        Delivery::Failed { conflict, .. } => matches!(conflict, Conflict::NotAllowed { .. } | Conflict::Refused { .. }),
        _ => true,
    };
    is_left && errand.intent.revokes() && !matches!(earlier.intent, Intent::Enable)
}

impl Mirror {
    /// What was asked for before something that shuts somebody out, ended for it without having been done, as far as is known, and stays
    /// over also when that is taken back or left undone. The oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn overtaken_by(&self, errand: &Errand) -> Result<Vec<Errand>, MirrorError> {
        let mut ended = self.read(|db| ended_for(db, errand))?;
        ended.retain(|earlier| !comes_back(errand, earlier));
        Ok(ended)
    }

    /// What waits again and goes out by itself when a revocation is taken back, or left undone after it was refused. The oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn resumed_without(&self, errand: &Errand) -> Result<Vec<Errand>, MirrorError> {
        self.read(|db| resumed(db, errand))
    }
}

fn ended_for(db: &Connection, errand: &Errand) -> Result<Vec<Errand>, MirrorError> {
    let rest =
        "WHERE platform.id = ? AND subject = ? AND outbox.id < ?3 AND overtaken_by = ?3 AND state = 7 AND acknowledged_at IS NULL
                ORDER BY outbox.id";
    errands(db, rest, of(errand))
}

/// The latest by which somebody wants its subject shut out since, sent in time or not. What was on its way then must not go out again.
pub(crate) fn to_be_shut_out_by(db: &Connection, errand: &Errand) -> Result<Option<i64>, MirrorError> {
    let rest = "WHERE platform.id = ? AND subject = ? AND outbox.id > ? AND state NOT IN (6, 8) ORDER BY outbox.id DESC";
    Ok(errands(db, rest, of(errand))?.iter().find(|later| later.intent.ends(&errand.intent)).map(|later| later.id))
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
