//! What this person did on this computer and what became of it, each entry carrying the hash of the one before.

use clawpair_core::Timestamp;
use clawpair_core::activity::{Checkpoint, Entry, Fault, Format, GENESIS, Head, MAX_DETAILS, Verified, Verifier};
use clawpair_core::text::harmless;
use rusqlite::{Connection, Row, params};
use sha2::{Digest as _, Sha256};

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::platform::Place;
use crate::words;

/// Who a deed of a person's is by.
const PERSON: &str = "you";
/// Who a deed is by that followed from what a platform said.
const PLATFORM: &str = "platform";

/// Something that was done.
pub(crate) struct Deed {
    actor: &'static str,
    action: &'static str,
    subject: String,
    details: Option<String>,
}

impl Deed {
    pub(crate) const fn by_person(action: &'static str, subject: String, details: Option<String>) -> Self {
        Self { actor: PERSON, action, subject, details }
    }

    pub(crate) const fn by_platform(action: &'static str, subject: String, details: Option<String>) -> Self {
        Self { actor: PLATFORM, action, subject, details }
    }
}

/// How the journal names a thing.
pub(crate) fn subject(place: &Place) -> String {
    format!("{} {}", place.platform, place.id)
}

/// Where every journal begins: not where a platform's activity does, so that none can be passed off as the other.
pub(crate) fn start() -> Checkpoint {
    Checkpoint { first: 1, previous: Sha256::digest(b"clawpair journal 1").into() }
}

pub(crate) fn head(db: &Connection) -> Result<Head, MirrorError> {
    let sql = "SELECT journal_number, journal_hash FROM state";
    let (number, hash): (i64, Option<[u8; 32]>) = db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Head { number, hash: hash.unwrap_or_else(|| start().previous) })
}

/// Adds an entry, in the transaction of what it tells of.
pub(crate) fn append(db: &Connection, at: Timestamp, deed: &Deed) -> Result<(), MirrorError> {
    let head = head(db)?;
    let short = |text: &str| -> String { text.chars().take(MAX_DETAILS).map(harmless).collect() };
    let mut entry = Entry {
        number: head.number + 1,
        at,
        actor: deed.actor.into(),
        action: deed.action.into(),
        subject: short(&deed.subject),
        address: None,
        details: deed.details.as_deref().map(short),
        format: Format::Second,
        hash: GENESIS,
    };
    entry.hash = entry.hash_after(&head.hash).unwrap_or(GENESIS);
    db.prepare_cached("INSERT INTO journal (number, at, actor, action, subject, details, hash) VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![entry.number, at.as_millis(), entry.actor, entry.action, entry.subject, entry.details, entry.hash])?;
    db.prepare_cached("UPDATE state SET journal_number = ?, journal_hash = ?")?.execute(params![entry.number, entry.hash])?;
    words::enter_journal(db, &entry)
}

pub(crate) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: row.get(0)?,
        at: Timestamp::from_millis(row.get(1)?),
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        address: None,
        details: row.get(5)?,
        format: Format::Second,
        hash: row.get(6)?,
    })
}

pub(crate) const COLUMNS: &str = "number, at, actor, action, subject, details, hash";

impl Mirror {
    /// Whether the journal is as it was written.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn verify_journal(&self) -> Result<Result<Verified, Fault>, MirrorError> {
        self.read(verify)
    }
}

pub(crate) fn verify(db: &Connection) -> Result<Result<Verified, Fault>, MirrorError> {
    let mut verifier = Verifier::new(start(), head(db)?);
    let whole = each(db, |entry| Ok(verifier.check(entry)))?;
    Ok(whole.and_then(|()| verifier.finish()))
}

/// Every entry, oldest first, until one is a fault.
pub(crate) fn each(
    db: &Connection,
    mut one: impl FnMut(&Entry) -> Result<Result<(), Fault>, MirrorError>,
) -> Result<Result<(), Fault>, MirrorError> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM journal ORDER BY number"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Err(fault) = one(&entry(row)?)? {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(()))
}
