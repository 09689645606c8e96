//! Activity logs of platforms. Entries are numbered without a gap; which of them are known here without one is noted, so that nobody takes
//! what was never read for what never was.

use clawpair_api::ActivityEntry;
use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::apply::Applying;
use crate::batch::Thing;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::platform::{PlatformId, number_of};
use crate::things::{millis, to_json};
use crate::tombstone::name_revoker;
use crate::words;

impl Mirror {
    /// The number of the newest entry of a platform's activity that is known here.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn newest_activity(&self, platform: &PlatformId) -> Result<Option<i64>, MirrorError> {
        self.read(|db| newest(db, number_of(db, platform)?))
    }

    /// The oldest entry of a platform's activity from which on none is missing here: its number, and when it was.
    ///
    /// # Errors
    /// Likewise.
    pub fn oldest_activity(&self, platform: &PlatformId) -> Result<Option<(i64, Timestamp)>, MirrorError> {
        self.read(|db| {
            let sql = "SELECT activity.number, activity.at FROM platform JOIN activity
                       ON activity.platform = platform.number AND activity.number = platform.log_from WHERE platform.number = ?";
            let row = db.prepare_cached(sql)?.query_row([number_of(db, platform)?], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(row.optional()?.map(|(number, at)| (number, Timestamp::from_millis(at))))
        })
    }
}

fn newest(db: &Connection, platform: i64) -> Result<Option<i64>, MirrorError> {
    Ok(db.prepare_cached("SELECT max(number) FROM activity WHERE platform = ?")?.query_row([platform], |row| row.get(0))?)
}

/// Takes over the entries of a batch, and how many were new. `anew` if the batch has everything: the log that is known may be that of
/// another database then, or of this one before it was put back from a backup.
pub(crate) fn keep(to: &Applying<'_>, things: &[Thing], anew: bool) -> Result<usize, MirrorError> {
    let entries: Vec<&ActivityEntry> =
        things.iter().filter_map(|thing| if let Thing::Activity(entry) = thing { Some(&**entry) } else { None }).collect();
    if anew {
        let oldest = entries.iter().min_by_key(|entry| entry.number);
        forget_from(to, oldest.map_or(Ok(0), |oldest| other_from(to, oldest))?)?;
    }
    let known = newest(to.db, to.platform)?;
    let mut new = 0;
    for entry in &entries {
        new += usize::from(keep_one(to, entry)?);
    }
    if new > 0 {
        words::tidy_activity(to.db, new)?;
        note_oldest(to, known)?;
    }
    Ok(new)
}

/// Entries never change.
fn keep_one(to: &Applying<'_>, entry: &ActivityEntry) -> Result<bool, MirrorError> {
    let mut statement =
        to.db.prepare_cached("INSERT INTO activity (platform, number, at, record) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")?;
    let news = statement.execute(params![to.platform, entry.number, millis(&entry.at), to_json(entry)?])? > 0;
    if news {
        words::enter_activity(to.db, to.db.last_insert_rowid(), to.platform, entry)?;
        name_revoker(to, entry)?;
    }
    Ok(news)
}

/// The number from which on what is known may be another log's. Each entry's hash covers all before it: one that is the same vouches for those.
fn other_from(to: &Applying<'_>, oldest: &ActivityEntry) -> Result<i64, MirrorError> {
    let sql = "SELECT record ->> '$.hash' FROM activity WHERE platform = ? AND number = ?";
    let known: Option<String> =
        to.db.prepare_cached(sql)?.query_row(params![to.platform, oldest.number], |row| row.get(0)).optional()?;
    let is_same = known.is_some_and(|known| !known.is_empty() && known == oldest.hash);
    Ok(if is_same { oldest.number } else { 0 })
}

fn forget_from(to: &Applying<'_>, number: i64) -> Result<(), MirrorError> {
    let values = params![to.platform, number];
    to.db.prepare_cached("DELETE FROM activity WHERE platform = ? AND number >= ?")?.execute(values)?;
    to.db.prepare_cached("UPDATE platform SET log_from = NULL WHERE number = ? AND log_from >= ?")?.execute(values)?;
    Ok(())
}

/// Goes down from the newest entry to the first gap, past what was known to have none below `known`.
fn note_oldest(to: &Applying<'_>, known: Option<i64>) -> Result<(), MirrorError> {
    let Some(mut oldest) = newest(to.db, to.platform)? else { return Ok(()) };
    let from: Option<i64> =
        to.db.prepare_cached("SELECT log_from FROM platform WHERE number = ?")?.query_row([to.platform], |row| row.get(0))?;
    let mut before = to.db.prepare_cached("SELECT 1 FROM activity WHERE platform = ? AND number = ?")?;
    loop {
        if let (Some(from), Some(known)) = (from, known)
            && (from..=known).contains(&oldest)
        {
            oldest = from;
        }
        if !before.exists(params![to.platform, oldest - 1])? {
            break;
        }
        oldest -= 1;
    }
    to.db
        .prepare_cached("UPDATE platform SET log_from = ?2 WHERE number = ?1 AND log_from IS NOT ?2")?
        .execute(params![to.platform, oldest])?;
    Ok(())
}
