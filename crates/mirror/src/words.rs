//! The words that tombstones, entries of the journal and entries of activity are found by, each in an index of its kind.

use clawpair_api::ActivityEntry;
use clawpair_core::activity::Entry;
use clawpair_core::search::{Search, parts};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::error::MirrorError;
use crate::journal;
use crate::journal_list::{self, Subject};
use crate::platform::ever_named;
use crate::search::{Searched, platform_word};
use crate::tombstone::{self, EndedBy};

/// The tombstones' index: its rows are called as theirs.
pub(crate) const TOMBSTONES: &str = "tombstone_search";
/// Likewise the journal's.
pub(crate) const JOURNAL: &str = "journal_search";
/// Likewise that of activity, by the order in which entries became known here.
pub(crate) const ACTIVITY: &str = "activity_search";

/// How an index is asked.
pub(crate) fn to_match(db: &Connection, search: &Search) -> Result<String, MirrorError> {
    Ok(Searched::new(search, &ever_named(db)?).to_match_whole())
}

/// Enters the words of a row, or what they are now.
fn enter<'a>(
    db: &Connection,
    index: &str,
    row: i64,
    platform: Option<i64>,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<(), MirrorError> {
    let mut words: Vec<String> = texts.into_iter().flat_map(parts).chain(platform.map(platform_word)).collect();
    words.sort();
    words.dedup();
    let sql = format!("INSERT OR REPLACE INTO {index} (rowid, words) VALUES (?, ?)");
    db.prepare_cached(&sql)?.execute(params![row, words.join(" ")])?;
    Ok(())
}

/// Of all tombstones of a device: who has ended it may have become known.
pub(crate) fn enter_tombstones(db: &Connection, platform: i64, device: &str) -> Result<(), MirrorError> {
    let sql = format!("SELECT {} FROM {} WHERE tombstone.platform = ? AND device = ?", tombstone::COLUMNS, tombstone::TABLES);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![platform, device])?;
    while let Some(row) = rows.next()? {
        let found = tombstone::tombstone(row)?;
        let who = match &found.who {
            Some(EndedBy::Other { actor }) => [actor.name.as_deref(), actor.id.as_deref()],
            Some(EndedBy::You) | None => [None, None],
        };
        let texts = [found.name.as_str(), &found.key, &found.place.id].into_iter();
        let texts = texts.chain(who.into_iter().flatten()).chain(found.why.as_deref());
        enter(db, TOMBSTONES, found.number, Some(platform), texts)?;
    }
    Ok(())
}

/// With what the thing it is about is called now.
pub(crate) fn enter_journal(db: &Connection, entry: &Entry) -> Result<(), MirrorError> {
    let Subject { number, thing, .. } = journal_list::subject(db, &entry.subject)?;
    let name = thing.and_then(|thing| thing.name);
    let texts = [Some(entry.action.as_str()), Some(&entry.subject), entry.details.as_deref(), name.as_deref()];
    enter(db, JOURNAL, entry.number, number, texts.into_iter().flatten())
}

/// A device is called something else now, and what was done to it is found by that.
pub(crate) fn follow_name(db: &Connection, platform: i64, device: &str) -> Result<(), MirrorError> {
    let sql = format!(
        "SELECT {} FROM journal WHERE subject = (SELECT id FROM platform WHERE number = ?) || ' ' || ?",
        journal::COLUMNS
    );
    let mut statement = db.prepare_cached(&sql)?;
    let entries = statement.query_map(params![platform, device], journal::entry)?.collect::<Result<Vec<_>, _>>()?;
    entries.iter().try_for_each(|entry| enter_journal(db, entry))
}

pub(crate) fn enter_activity(db: &Connection, known: i64, platform: i64, entry: &ActivityEntry) -> Result<(), MirrorError> {
    let who = [&entry.actor.name, &entry.actor.id, &entry.address, &entry.details].into_iter().flatten().map(String::as_str);
    let to = entry.subjects.iter().flat_map(|subject| [Some(subject.id.as_str()), subject.name.as_deref()]).flatten();
    enter(db, ACTIVITY, known, Some(platform), std::iter::once(entry.action.as_str()).chain(who).chain(to))
}

/// Enters the words of what an older program has written, once.
pub(crate) fn catch_up(db: &mut Connection) -> Result<(), MirrorError> {
    let behind = "SELECT 1 FROM state WHERE NOT words_entered";
    if !db.prepare(behind)?.exists([])? {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    enter_all(&transaction)?;
    transaction.execute("UPDATE state SET words_entered = 1", [])?;
    Ok(transaction.commit()?)
}

/// Enters the words of all there is.
pub(crate) fn enter_all(db: &Connection) -> Result<(), MirrorError> {
    let mut statement = db.prepare("SELECT DISTINCT platform, device FROM tombstone")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        enter_tombstones(db, row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
    }
    journal::each(db, |entry| enter_journal(db, entry).map(Ok))?.ok();
    let mut statement = db.prepare("SELECT known, platform, record FROM activity")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let entry = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        enter_activity(db, row.get(0)?, row.get(1)?, &entry)?;
    }
    Ok(())
}
