//! Finding out whether few devices can be wanted at all: then they are looked at one by one and ordered in memory.

use rusqlite::{Connection, Params, params};

use crate::counts;
use crate::error::MirrorError;
use crate::filter::Wanted;

/// So many devices are few. Looking at each takes a microsecond; walking past those that are not wanted takes a tenth of that, for
/// as many of all as there are for each that is.
pub(crate) const FEW: usize = 2_000;

/// The numbers of all devices that can be wanted, if they are few by one of the filter's parts.
pub(crate) fn few(db: &Connection, wanted: &Wanted) -> Result<Option<Vec<i64>>, MirrorError> {
    for label in &wanted.labels {
        if usize::try_from(counts::having(db, label, None, None)?).is_ok_and(|count| count <= FEW) {
            let sql = "SELECT number FROM device_label WHERE label = ? LIMIT ?";
            return at_most(db, sql, params![label.as_str(), limit()]);
        }
    }
    if let Some(before) = wanted.expires_before {
        let sql = "SELECT number FROM device INDEXED BY device_by_expiry WHERE expires_at < ? LIMIT ?";
        if let Some(numbers) = at_most(db, sql, params![before, limit()])? {
            return Ok(Some(numbers));
        }
    }
    if let Some(matching) = wanted.to_match(db)? {
        let sql = "SELECT rowid FROM device_search WHERE device_search MATCH ? ORDER BY rowid DESC LIMIT ?";
        if let Some(numbers) = at_most(db, sql, params![matching, limit()])? {
            return Ok(Some(numbers));
        }
    }
    match wanted.seen_before {
        Some(before) => seen_before(db, wanted, before),
        None => Ok(None),
    }
}

fn seen_before(db: &Connection, wanted: &Wanted, before: i64) -> Result<Option<Vec<i64>>, MirrorError> {
    let sql = "SELECT number FROM device INDEXED BY device_by_seen WHERE platform = ? AND standing = ? AND seen_at < ? LIMIT ?";
    let mut all = Vec::new();
    for platform in &wanted.platforms {
        for standing in &wanted.standings {
            match at_most(db, sql, params![platform, standing.number(), before, limit()])? {
                Some(numbers) => all.extend(numbers),
                None => return Ok(None),
            }
        }
    }
    Ok((all.len() <= FEW).then_some(all))
}

fn limit() -> i64 {
    i64::try_from(FEW).unwrap_or(i64::MAX) + 1
}

fn at_most(db: &Connection, sql: &str, values: impl Params) -> Result<Option<Vec<i64>>, MirrorError> {
    let mut statement = db.prepare_cached(sql)?;
    let numbers = statement.query_map(values, |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    Ok((numbers.len() <= FEW).then_some(numbers))
}
