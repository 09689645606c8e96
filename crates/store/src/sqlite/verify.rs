//! Checking an activity log from outside the program that writes it.

use std::path::Path;

use clawpair_core::activity::{Action, Checkpoint, Entry, Fault, Format, Head, Verified, Verifier};
use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use super::SqliteStore;
use crate::migrate::unavailable;

/// Checks the whole activity log of a database that may be in use. Reads only, one entry at a time.
///
/// # Errors
/// When the file cannot be read as a platform's database. A log that is not whole is no error but the answer.
pub fn verify_activity(path: &Path) -> Result<Result<Verified, Fault>, StoreError> {
    let mut db = SqliteStore::reader(path)?;
    // One transaction sees one state, however much is written meanwhile.
    let snapshot = db.transaction().map_err(unavailable)?;
    verify(&snapshot).map_err(unavailable)
}

fn verify(db: &Connection) -> rusqlite::Result<Result<Verified, Fault>> {
    let head = db
        .query_row("SELECT number, hash FROM activity_head", [], |row| {
            Ok(Head { number: row.get(0)?, hash: hash(row.get_ref(1)?) })
        })
        .optional()?
        .unwrap_or(Head::EMPTY);
    let mut verifier = Verifier::new(checkpoint(db)?, head);
    let mut statement = db.prepare("SELECT * FROM activity ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Err(fault) = verifier.check(&read(row)?) {
            return Ok(Err(fault));
        }
    }
    Ok(verifier.finish())
}

/// Where the kept part begins. The entry that says so is itself in the chain that is checked.
fn checkpoint(db: &Connection) -> rusqlite::Result<Checkpoint> {
    let details: Option<Option<String>> = db
        .query_row(
            "SELECT details FROM activity WHERE action = ? ORDER BY number DESC LIMIT 1",
            [Action::ActivityPruned(Checkpoint::GENESIS).word()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(details.flatten().as_deref().and_then(Checkpoint::from_details).unwrap_or(Checkpoint::GENESIS))
}

/// Reads whatever somebody may have put into a row: what is no text or no hash cannot have the right hash.
fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let text = |column| Ok::<_, rusqlite::Error>(lossy(row.get_ref(column)?).unwrap_or_default());
    Ok(Entry {
        number: row.get("number")?,
        at: Timestamp::from_millis(row.get("at")?),
        actor: text("actor")?,
        action: text("action")?,
        subject: text("subject")?,
        address: lossy(row.get_ref("address")?),
        details: lossy(row.get_ref("details")?),
        format: Format::from_number(row.get("format")?),
        hash: hash(row.get_ref("hash")?),
    })
}

fn lossy(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn hash(value: ValueRef<'_>) -> [u8; 32] {
    value.as_blob().ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}
