//! The journal page by page, with what the things in it are called.

use clawpair_core::activity::Entry;
use clawpair_core::search::Search;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, COLUMNS, entry};
use crate::of_platform::PageOf;
use crate::platform::ever_named;
use crate::search::{Look, Searched};
use crate::things::MAX_PAGE;
use crate::words;

/// Which entries of the journal to list: what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// By whom: `you` or `platform`.
    pub actor: Option<String>,
    /// What, as the journal's stable word.
    pub action: Option<String>,
    /// With words that begin so: of what was done, to what, on which platform, or of what there is to say besides.
    pub search: Option<Search>,
}

/// What something is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is called by programs.
    pub id: String,
    /// What people call it, as far as that is known here.
    pub name: Option<String>,
}

/// An entry of the journal, and what is known of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// As it was written.
    pub entry: Entry,
    /// The platform, if it is about one.
    pub platform: Option<Named>,
    /// The device, request or other thing there, if it is about one.
    pub thing: Option<Named>,
}

impl Mirror {
    /// What was done here, the latest first, before the entry with this number; at most `limit`, and never more than
    /// [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn journal(
        &self,
        filter: &JournalFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<PageOf<JournalEntry, i64>, MirrorError> {
        let limit = limit.clamp(1, MAX_PAGE);
        self.read(|db| {
            let mut entries: Vec<JournalEntry> = Vec::new();
            let mut next = None;
            // One more tells whether there are more.
            let mut keep = |entry: Entry, about: Subject| {
                if entries.len() == limit {
                    next = entries.last().map(|last| last.entry.number);
                    return Look::Enough;
                }
                entries.push(JournalEntry { entry, platform: about.platform, thing: about.thing });
                Look::Fits
            };
            let narrow = "(?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR action = ?3)";
            if let Some(search) = &filter.search {
                let search = Searched::new(search, &ever_named(db)?);
                let mut one = db.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE number = ?1 AND {narrow}"))?;
                search.walk(db, "journal_search", &[], before, |number| {
                    let mut rows = one.query(params![number, filter.actor, filter.action])?;
                    let Some(row) = rows.next()? else { return Ok(Look::Other) };
                    let entry = entry(row)?;
                    let about = subject(db, &entry.subject)?;
                    // No platform has the number 0.
                    if !search.finds(about.number.unwrap_or(0), &words::of_entry(&entry, &about)) {
                        return Ok(Look::Other);
                    }
                    Ok(keep(entry, about))
                })?;
                return Ok((entries, next));
            }
            let sql = format!("SELECT {COLUMNS} FROM journal WHERE number < ?1 AND {narrow} ORDER BY number DESC");
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![before.unwrap_or(i64::MAX), filter.actor, filter.action])?;
            while let Some(row) = rows.next()? {
                let entry = entry(row)?;
                let about = subject(db, &entry.subject)?;
                if matches!(keep(entry, about), Look::Enough) {
                    break;
                }
            }
            Ok((entries, next))
        })
    }
}

impl Mirror {
    /// How many entries the journal has.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn journal_length(&self) -> Result<i64, MirrorError> {
        self.read(|db| Ok(journal::head(db)?.number))
    }
}

/// What an entry is about, and the platform's number.
#[derive(Default)]
pub(crate) struct Subject {
    pub(crate) number: Option<i64>,
    pub(crate) platform: Option<Named>,
    pub(crate) thing: Option<Named>,
}

/// A subject is a platform's id, or that and the id of a thing there, or something else that has no name.
pub(crate) fn subject(db: &Connection, text: &str) -> Result<Subject, MirrorError> {
    let (id, thing) = text.split_once(' ').map_or((text, None), |(id, thing)| (id, Some(thing)));
    let sql = "SELECT number, name FROM platform WHERE id = ?";
    let platform = db.prepare_cached(sql)?.query_row([id], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
    let Some((number, name)) = platform else { return Ok(Subject::default()) };
    let platform = Some(Named { id: id.to_owned(), name: Some(name) });
    let thing = match thing {
        Some(id) => Some(Named { id: id.to_owned(), name: name_of(db, number, id)? }),
        None => None,
    };
    Ok(Subject { number: Some(number), platform, thing })
}

/// What a device, or who asks to be one, is called now or was called last.
fn name_of(db: &Connection, platform: i64, id: &str) -> Result<Option<String>, MirrorError> {
    for sql in [
        "SELECT record ->> '$.device.name' FROM device WHERE platform = ? AND id = ?",
        "SELECT name FROM tombstone WHERE platform = ? AND device = ? ORDER BY number DESC LIMIT 1",
        "SELECT record ->> '$.name' FROM request WHERE platform = ? AND id = ?",
    ] {
        let name: Option<Option<String>> = db.prepare_cached(sql)?.query_row(params![platform, id], |row| row.get(0)).optional()?;
        if let Some(name) = name.flatten() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
