//! The words that tombstones, entries of the journal and entries of activity are found by. As with devices, their beginnings are in an
//! index, and longer ones whole, and what an index finds is compared with the thing itself.

use clawpair_api::ActivityEntry;
use clawpair_core::activity::Entry;
use clawpair_core::search::parts;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::device_row;
use crate::error::MirrorError;
use crate::journal;
use crate::journal_list::{self, Subject};
use crate::search::{entered, platform_word};
use crate::tombstone::{self, EndedBy, Tombstone};

fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().flat_map(parts).collect::<Vec<_>>().join(" ")
}

pub(crate) fn of_tombstone(found: &Tombstone) -> String {
    let who = match &found.who {
        Some(EndedBy::Other { actor }) => [actor.name.as_deref(), actor.id.as_deref()],
        Some(EndedBy::You) => [Some("you"), None],
        None => [None, None],
    };
    let texts = [found.name.as_str(), &found.key, &found.place.id].into_iter();
    joined(texts.chain(who.into_iter().flatten()).chain(found.why.as_deref()))
}

/// With what the thing it is about is called now.
pub(crate) fn of_entry(entry: &Entry, about: &Subject) -> String {
    let name = about.thing.as_ref().and_then(|thing| thing.name.as_deref());
    joined([Some(entry.action.as_str()), Some(&entry.subject), entry.details.as_deref(), name].into_iter().flatten())
}

pub(crate) fn of_activity(entry: &ActivityEntry) -> String {
    let who = [&entry.actor.name, &entry.actor.id, &entry.address, &entry.details].into_iter().flatten().map(String::as_str);
    let to = entry.subjects.iter().flat_map(|subject| [Some(subject.id.as_str()), subject.name.as_deref()]).flatten();
    joined(std::iter::once(entry.action.as_str()).chain(who).chain(to))
}

/// Enters the words of a row, or what they are now.
fn enter(db: &Connection, index: &str, row: i64, platform: Option<i64>, words: &str) -> Result<(), MirrorError> {
    let mut terms = entered(words.split(' '));
    terms.extend(platform.map(platform_word));
    let sql = format!("INSERT OR REPLACE INTO {index} (rowid, parts) VALUES (?, ?)");
    db.prepare_cached(&sql)?.execute(params![row, terms.join(" ")])?;
    Ok(())
}

/// Of all tombstones of a device: who has ended it may have become known.
pub(crate) fn enter_tombstones(db: &Connection, platform: i64, device: &str) -> Result<(), MirrorError> {
    let sql = format!("SELECT {} FROM {} WHERE tombstone.platform = ? AND device = ?", tombstone::COLUMNS, tombstone::TABLES);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![platform, device])?;
    while let Some(row) = rows.next()? {
        let found = tombstone::tombstone(row)?;
        enter(db, "tombstone_search", found.number, Some(platform), &of_tombstone(&found))?;
    }
    Ok(())
}

pub(crate) fn enter_journal(db: &Connection, entry: &Entry) -> Result<(), MirrorError> {
    let about = journal_list::subject(db, &entry.subject)?;
    enter(db, "journal_search", entry.number, about.number, &of_entry(entry, &about))
}

/// A device or request is known now, or is called something else, and what was done to it is found by that.
pub(crate) fn follow_name(db: &Connection, platform: i64, device: &str) -> Result<(), MirrorError> {
    let sql =
        format!("SELECT {} FROM journal WHERE subject = (SELECT id FROM platform WHERE number = ?) || ' ' || ?", journal::COLUMNS);
    let mut statement = db.prepare_cached(&sql)?;
    let entries = statement.query_map(params![platform, device], journal::entry)?.collect::<Result<Vec<_>, _>>()?;
    entries.iter().try_for_each(|entry| enter_journal(db, entry))
}

pub(crate) fn enter_activity(db: &Connection, known: i64, platform: i64, entry: &ActivityEntry) -> Result<(), MirrorError> {
    enter(db, "activity_search", known, Some(platform), &of_activity(entry))
}

/// Merges some of the pieces that the index of activity is in, after entries were added: as much each time, where it would by itself merge
/// much after many.
pub(crate) fn tidy_activity(db: &Connection, added: usize) -> Result<(), MirrorError> {
    let pages = i64::try_from(added / 8 + 4).unwrap_or(i64::MAX);
    db.prepare_cached("INSERT INTO activity_search (activity_search, rank) VALUES ('merge', ?)")?.execute([pages])?;
    Ok(())
}

/// Enters the words of what an older program has written, once. On a full disk it is not found by them yet.
pub(crate) fn catch_up(db: &mut Connection) -> Result<(), MirrorError> {
    let is_behind = |db: &Connection| db.prepare("SELECT 1 FROM state WHERE NOT words_entered")?.exists([]);
    if !is_behind(db)? {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another program may have done it since.
    if !is_behind(&transaction)? {
        return Ok(());
    }
    let entered = device_row::enter_all(&transaction).and_then(|()| enter_all(&transaction)).and_then(|()| {
        transaction.execute("UPDATE state SET words_entered = 1", [])?;
        Ok(transaction.commit()?)
    });
    match entered {
        Err(MirrorError::DiskFull) => Ok(()),
        entered => entered,
    }
}

/// Enters the words of all there is.
pub(crate) fn enter_all(db: &Connection) -> Result<(), MirrorError> {
    let mut statement = db.prepare("SELECT DISTINCT platform, device FROM tombstone")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        enter_tombstones(db, row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
    }
    // Of a journal that is not whole, too: the list shows it.
    let mut statement = db.prepare(&format!("SELECT {} FROM journal", journal::COLUMNS))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        enter_journal(db, &journal::entry(row)?)?;
    }
    let mut statement = db.prepare("SELECT known, platform, record FROM activity")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Ok(entry) = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?) else { continue };
        enter_activity(db, row.get(0)?, row.get(1)?, &entry)?;
    }
    Ok(())
}
