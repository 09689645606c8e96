//! What has changed since a person last looked.

use clawpair_core::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::device_row::DeviceRow;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, Deed};
use crate::platform::{Place, parsed};
use crate::things::bounded;

/// Up to so many changes of a kind are counted.
pub const MAX_COUNTED: i64 = 10_000;
/// Reviewed changes that are removed with one review, so that none takes long.
const REMOVED_AT_ONCE: i64 = 10_000;

/// What has happened to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// It was not there before, or was over.
    Added,
    /// It was revoked or is gone.
    Ended,
    /// It may do something else than before.
    Rights,
}

impl ReviewKind {
    const fn number(self) -> i64 {
        match self {
            Self::Added => 0,
            Self::Ended => 1,
            Self::Rights => 2,
        }
    }

    const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Added,
            1 => Self::Ended,
            _ => Self::Rights,
        }
    }
}

/// What a device could do before, and can do now, with what it lends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Before.
    pub before: Vec<String>,
    /// Now.
    pub now: Vec<String>,
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewChange {
    /// Counts them on this computer.
    pub number: i64,
    /// Which device.
    pub place: Place,
    /// What it was called then.
    pub name: String,
    /// What has happened.
    pub kind: ReviewKind,
    /// When it was noticed.
    pub at: Timestamp,
    /// What it may do.
    pub rights: Rights,
}

/// How much there is to look at: of each kind at most [`MAX_COUNTED`], which means so many or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewSummary {
    /// When a person last said that they had looked.
    pub reviewed_at: Option<Timestamp>,
    /// Devices that are new.
    pub added: i64,
    /// Devices that are over.
    pub ended: i64,
    /// Devices with other rights.
    pub rights: i64,
    /// The number of the last change that is counted, whatever its kind; whoever has seen these counts can mark all up to it.
    pub last: i64,
}

impl Mirror {
    /// How much has changed since the last review.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn review_summary(&self) -> Result<ReviewSummary, MirrorError> {
        self.read(|db| {
            let (reviewed, at): (i64, Option<i64>) =
                db.query_row("SELECT reviewed, reviewed_at FROM state", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut statement =
                db.prepare_cached("SELECT count(*) FROM (SELECT 1 FROM review WHERE kind = ?1 AND number > ?2 LIMIT ?3)")?;
            let mut count = |kind: ReviewKind| statement.query_row(params![kind.number(), reviewed, MAX_COUNTED], |row| row.get(0));
            let last = db.query_row("SELECT coalesce(max(number), 0) FROM review", [], |row| row.get(0))?;
            Ok(ReviewSummary {
                reviewed_at: at.map(Timestamp::from_millis),
                added: count(ReviewKind::Added)?,
                ended: count(ReviewKind::Ended)?,
                rights: count(ReviewKind::Rights)?,
                last,
            })
        })
    }

    /// What has changed since the last review, of one kind or all, in the order it was noticed, after the change with this number; at
    /// most `limit`, and never more than 200.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn review(&self, kind: Option<ReviewKind>, after: i64, limit: usize) -> Result<Vec<ReviewChange>, MirrorError> {
        self.read(|db| {
            let by_kind = if kind.is_some() { "kind = ?3 AND" } else { "?3 IS NULL AND" };
            let mut statement = db.prepare_cached(&format!(
                "SELECT review.number, platform.id, device, review.name, kind, at, rights
                 FROM review JOIN platform ON platform.number = review.platform
                 WHERE {by_kind} review.number > max(?1, (SELECT reviewed FROM state)) ORDER BY review.number LIMIT ?2"
            ))?;
            let mut rows = statement.query(params![after, bounded(limit), kind.map(ReviewKind::number)])?;
            let mut changes = Vec::new();
            while let Some(row) = rows.next()? {
                changes.push(ReviewChange {
                    number: row.get(0)?,
                    place: Place { platform: parsed(row, 1)?, id: row.get(2)? },
                    name: row.get(3)?,
                    kind: ReviewKind::from_number(row.get(4)?),
                    at: Timestamp::from_millis(row.get(5)?),
                    rights: serde_json::from_str(&row.get::<_, String>(6)?)?,
                });
            }
            Ok(changes)
        })
    }

    /// Notes that a person has looked at all changes up to the one with this number. What came later stays to be looked at.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn mark_reviewed(&self, up_to: i64, at: Timestamp) -> Result<(), MirrorError> {
        self.write(|db| {
            let last: i64 = db.query_row("SELECT coalesce(max(number), 0) FROM review", [], |row| row.get(0))?;
            let up_to = up_to.min(last);
            db.execute("UPDATE state SET reviewed = max(reviewed, ?1), reviewed_at = ?2", params![up_to, at.as_millis()])?;
            remove(db)?;
            journal::append(db, at, &Deed::by_person("reviewed", format!("up to {up_to}"), None))
        })
    }
}

fn remove(db: &Connection) -> Result<(), MirrorError> {
    // The last one stays: what comes after it gets a higher number.
    db.execute(
        "DELETE FROM review WHERE number IN
           (SELECT number FROM review WHERE number < (SELECT reviewed FROM state) ORDER BY number LIMIT ?)",
        [REMOVED_AT_ONCE],
    )?;
    Ok(())
}

/// Notes what a reviewer has to look at.
pub(crate) fn note(
    db: &Connection,
    platform: i64,
    at: Timestamp,
    before: Option<&DeviceRow>,
    after: &DeviceRow,
) -> Result<(), MirrorError> {
    let was = before.filter(|before| !before.standing.is_over());
    let rights = Rights { before: was.map(|was| was.record.rights()).unwrap_or_default(), now: after.record.rights() };
    let kind = match (was, after.standing.is_over()) {
        (None, false) => ReviewKind::Added,
        (Some(_), true) => ReviewKind::Ended,
        (Some(_), false) if rights.before != rights.now => ReviewKind::Rights,
        (Some(_), false) | (None, true) => return Ok(()),
    };
    let device = &after.record.device;
    db.prepare_cached("INSERT INTO review (platform, device, name, kind, at, rights) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![platform, device.id, device.name, kind.number(), at.as_millis(), serde_json::to_string(&rights)?])?;
    Ok(())
}
