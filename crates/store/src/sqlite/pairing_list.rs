//! Pages of pairings. SQL decides where the walk begins and in which order it goes; whether a pairing passes is decided by
//! [`PairingFilter::passes`] alone. Codes are made far more often than they are listed, so no index is kept for lists: by when they
//! were made, they lie in order; by name or expiry, SQLite keeps the least of one pass over the table.

use clawpair_core::clock::Timestamp;
use clawpair_core::id::PairingId;
use clawpair_core::pairing::{DECISION_MINUTES, MAX_MINUTES, Pairing, PairingStatus};
use clawpair_core::store::{Page, PairingCounts, PairingFilter, PairingPosition, PairingQuery, PairingSort, PairingSortKey};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::pairings::find;

/// Pairings one page looks at: what is rare is found in several short reads.
const MAX_LOOKED_AT: usize = 5_000;
/// Minutes that ids may lag behind the times they stand for.
const SLACK_MINUTES: u32 = 60;

/// Below every pairing that has not ended at this moment: none lives longer, decision and all.
fn floor(at: Timestamp) -> PairingId {
    PairingId::floor(at.plus_seconds(-60 * i64::from(MAX_MINUTES + 2 * DECISION_MINUTES + SLACK_MINUTES)))
}

/// What leads to the rows that can pass without meeting most of the others.
fn narrow(filter: &PairingFilter, at: Timestamp) -> (Vec<&'static str>, Vec<Value>) {
    use PairingStatus::{Approved, Denied, Open, Waiting};
    let (mut conditions, mut values) = (Vec::new(), Vec::new());
    if filter.only(&[Open, Waiting, Approved]) {
        conditions.push("id >= ?");
        values.push(Value::from(floor(at).as_bytes().to_vec()));
    }
    if filter.only(&[Open]) {
        conditions.push("claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ?");
        values.push(Value::from(at.as_millis()));
    } else if filter.only(&[Waiting, Approved, Denied]) {
        conditions.push("asked_at IS NOT NULL");
    }
    (conditions, values)
}

/// The query of a walk with its values.
fn walk(query: &PairingQuery) -> (String, Vec<Value>) {
    let PairingSort { key, descending } = query.sort;
    let (then, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let column = match key {
        PairingSortKey::Created => None,
        PairingSortKey::Expires => Some("expires_at"),
        PairingSortKey::Name => Some("name COLLATE NOCASE"),
    };
    let (conditions, mut values) = narrow(&query.filter, query.at);
    let mut conditions: Vec<String> = conditions.into_iter().map(str::to_owned).collect();
    if let Some(device_type) = &query.filter.device_type {
        conditions.push("device_type = ?".into());
        values.push(Value::from(device_type.as_str().to_owned()));
    }
    if let Some(after) = &query.after {
        conditions.push(column.map_or_else(|| format!("id {then} ?"), |column| format!("({column}, id) {then} (?, ?)")));
        values.extend(last(after));
    }
    let order = column.map_or_else(String::new, |column| format!("{column} {direction}, "));
    let conditions = if conditions.is_empty() { "TRUE".into() } else { conditions.join(" AND ") };
    (format!("SELECT id FROM pairing WHERE {conditions} ORDER BY {order}id {direction} LIMIT {MAX_LOOKED_AT}"), values)
}

/// The place that a page begins after, as its columns.
fn last(after: &PairingPosition) -> Vec<Value> {
    let id = |id: &PairingId| Value::from(id.as_bytes().to_vec());
    match after {
        PairingPosition::Created(last) => vec![id(last)],
        PairingPosition::Expires(at, last) => vec![Value::from(at.as_millis()), id(last)],
        PairingPosition::Name(name, last) => vec![Value::from(name.clone()), id(last)],
    }
}

pub(super) fn list(db: &Connection, query: &PairingQuery) -> rusqlite::Result<Page<Pairing, PairingPosition>> {
    let (sql, values) = walk(query);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let (mut items, mut looked_at): (Vec<Pairing>, usize) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let id = PairingId::from_bytes(row.get(0)?);
        // The statement that walks holds the moment of the database it began at, so the row is there.
        let pairing = find(db, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        looked_at += 1;
        let passes = query.filter.passes(&pairing, query.at);
        if passes && items.len() == query.limit {
            let next = items.last().map(|last| PairingPosition::of(last, query.sort.key));
            return Ok(Page { items, next });
        }
        if looked_at == MAX_LOOKED_AT {
            let next = Some(PairingPosition::of(&pairing, query.sort.key));
            items.extend(passes.then_some(pairing));
            return Ok(Page { items, next });
        }
        items.extend(passes.then_some(pairing));
    }
    Ok(Page { items, next: None })
}

pub(super) fn counts(db: &Connection, at: Timestamp) -> rusqlite::Result<PairingCounts> {
    let floor = floor(at);
    let open = db
        .prepare_cached(
            "SELECT count(*) FROM pairing WHERE id >= ? AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ?",
        )?
        .query_row(params![floor.as_bytes(), at.as_millis()], |row| row.get::<_, u32>(0))?;
    let decided_after = at.plus_seconds(-60 * i64::from(DECISION_MINUTES)).as_millis();
    let (waiting, approved) = db
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE approved_at IS NULL AND asked_at > ?2), count(*) FILTER (WHERE approved_at > ?2)
             FROM pairing
             WHERE id >= ?1 AND asked_at IS NOT NULL AND completed_at IS NULL AND denied_at IS NULL AND cancelled_at IS NULL",
        )?
        .query_row(params![floor.as_bytes(), decided_after], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)))?;
    Ok(PairingCounts { open: open.into(), waiting: waiting.into(), approved: approved.into() })
}

#[cfg(test)]
#[path = "pairing_list_tests.rs"]
mod tests;
