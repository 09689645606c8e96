//! How many devices have which label, kept with every change.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::error::MirrorError;
use crate::label::Label;
use crate::record::Standing;

/// How many more there are since the transaction began.
#[derive(Default)]
pub(crate) struct Counts(HashMap<(Label, i64, Standing), i64>);

impl Counts {
    pub(crate) fn add(&mut self, labels: &[Label], platform: i64, standing: Standing, more: i64) {
        for label in labels {
            *self.0.entry((label.clone(), platform, standing)).or_default() += more;
        }
    }

    pub(crate) fn write(self, db: &Connection) -> Result<(), MirrorError> {
        let mut statement = db.prepare_cached(
            "INSERT INTO device_count (label, platform, standing, devices) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET devices = devices + excluded.devices",
        )?;
        for ((label, platform, standing), more) in self.0.into_iter().filter(|(_, more)| *more != 0) {
            statement.execute(params![label.as_str(), platform, standing.number(), more])?;
        }
        Ok(())
    }
}

/// How many devices have a label, of one platform or all and however they stand or so.
pub(crate) fn having(
    db: &Connection,
    label: &Label,
    platform: Option<i64>,
    standing: Option<Standing>,
) -> Result<i64, MirrorError> {
    let mut statement = db.prepare_cached(
        "SELECT coalesce(sum(devices), 0) FROM device_count
         WHERE label = ?1 AND (?2 IS NULL OR platform = ?2) AND (?3 IS NULL OR standing = ?3)",
    )?;
    Ok(statement.query_row(params![label.as_str(), platform, standing.map(Standing::number)], |row| row.get(0))?)
}
