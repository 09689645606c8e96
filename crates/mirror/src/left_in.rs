//! Revocations that failed: somebody stays let in, until their device is seen to be over by other means.

use std::collections::HashMap;

use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::delivery::Delivery;
use crate::error::MirrorError;
use crate::intent::Conflict;
use crate::outbox::{Errand, NOT_GONE, errands};
use crate::record::Standing;
use crate::sending::step;

/// The revocations of a platform that failed, by the device that is let in for all that is known.
pub(crate) struct LeftIn(HashMap<String, Vec<Errand>>);

impl LeftIn {
    pub(crate) fn of(db: &Connection, platform: i64) -> Result<Self, MirrorError> {
        // What was ever asked of a platform is much more than what is not done.
        let rest = format!(
            "WHERE outbox.id IN (SELECT id FROM outbox INDEXED BY outbox_not_revoked
               WHERE revokes AND state IN (0, 1, 2, 4) AND state = 4 AND platform = ? AND {NOT_GONE})"
        );
        let mut found: HashMap<String, Vec<Errand>> = HashMap::new();
        for errand in errands(db, &rest, [platform])? {
            let device = match &errand.delivery {
                Delivery::Failed { conflict: Conflict::PairedAgain { id }, .. } => id,
                _ => &errand.place.id,
            };
            found.entry(device.clone()).or_default().push(errand);
        }
        Ok(Self(found))
    }

    /// A device is over, whoever did that: nobody has to be told any more that it is not.
    pub(crate) fn is_over(&mut self, db: &Connection, device: &str, at: Timestamp) -> Result<(), MirrorError> {
        self.0.remove(device).unwrap_or_default().iter().try_for_each(|errand| {
            step(db, errand, errand.delivery.clone().gone(at)?)?;
            Ok(())
        })
    }
}

/// Why something was not done, in words that say nothing of its device; of a revocation whose device is known to be over, that it is.
pub(crate) fn unless_over(db: &Connection, errand: &Errand, conflict: Conflict) -> Result<Conflict, MirrorError> {
    if !errand.intent.revokes() {
        return Ok(conflict);
    }
    let sql =
        "SELECT standing FROM device JOIN platform ON platform.number = device.platform WHERE platform.id = ? AND device.id = ?";
    let values = params![errand.place.platform.as_str(), errand.place.id];
    let standing: Option<i64> = db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    let is_over = standing.is_some_and(|standing| Standing::from_number(standing).is_over());
    Ok(if is_over { Conflict::Gone } else { conflict })
}
