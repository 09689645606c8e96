//! Codes and requests, as platforms have them.

use std::collections::HashSet;

use clawpair_api::{Pairing, PairingStatus, Request};
use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::apply::Applying;
use crate::error::MirrorError;
use crate::record::{MAX_RECORD_BYTES, RequestRecord, moment};
use crate::tombstone::{Return, recognise};
use crate::words;

/// Most things of a page.
pub const MAX_PAGE: usize = 200;

pub(crate) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(1)
}

const fn is_open(status: PairingStatus) -> bool {
    matches!(status, PairingStatus::Open | PairingStatus::Waiting | PairingStatus::Approved)
}

pub(crate) fn to_json(thing: &impl serde::Serialize) -> Result<String, MirrorError> {
    let json = serde_json::to_string(thing)?;
    if json.len() > MAX_RECORD_BYTES {
        return Err(MirrorError::Invalid(format!("One thing of a batch has more than {MAX_RECORD_BYTES} bytes.")));
    }
    Ok(json)
}

pub(crate) fn millis(text: &str) -> i64 {
    moment(text).map_or(0, Timestamp::as_millis)
}

/// Whether it is news. What is over stays over unless a later reading of everything, or a later look, has it again; what is not follows
/// the latest reading.
pub(crate) fn keep_pairing(to: &Applying<'_>, pairing: &Pairing) -> Result<bool, MirrorError> {
    let mut statement = to.db.prepare_cached(
        "INSERT INTO pairing (platform, id, created_at, open, tick, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET open = excluded.open, tick = excluded.tick, record = excluded.record
         WHERE (pairing.record != excluded.record OR pairing.open != excluded.open) AND ((pairing.open AND NOT excluded.open) OR
           (pairing.open >= excluded.open AND pairing.tick <= excluded.tick) OR (?7 AND pairing.tick < excluded.tick))",
    )?;
    let (open, json) = (is_open(pairing.status), to_json(pairing)?);
    let values = params![to.platform, pairing.id, millis(&pairing.created_at), open, to.tick, json, to.may_bring_back()];
    Ok(statement.execute(values)? > 0)
}

/// Likewise; nor has anybody decided about who asks again later under the same name.
pub(crate) fn keep_request(to: &Applying<'_>, record: &RequestRecord) -> Result<bool, MirrorError> {
    let mut statement = to.db.prepare_cached(
        "INSERT INTO request (platform, id, key, asked_at, open, tick, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET
           key = excluded.key, asked_at = excluded.asked_at, open = excluded.open, tick = excluded.tick, record = excluded.record
         WHERE (request.record != excluded.record OR request.open != excluded.open) AND ((request.open AND NOT excluded.open) OR
           ((request.open >= excluded.open OR request.asked_at < excluded.asked_at) AND request.tick <= excluded.tick) OR
           (?8 AND request.tick < excluded.tick))",
    )?;
    let request = &record.request;
    let (asked_at, open, json) = (millis(&request.asked_at), is_open(request.status), to_json(record)?);
    let values = params![to.platform, request.id, request.key_fingerprint, asked_at, open, to.tick, json, to.may_bring_back()];
    let was_open = open_request(to.db, to.platform, &request.id)?.is_some();
    let news = statement.execute(values)? > 0;
    if news {
        words::follow_name(to.db, to.platform, &request.id)?;
    }
    if news && open {
        recognise(to, &request.key_fingerprint, &request.id, Return::Asks { anew: !was_open })?;
    }
    Ok(news)
}

/// A request that was not over when it was last read.
pub(crate) fn open_request(db: &Connection, platform: i64, id: &str) -> Result<Option<Request>, MirrorError> {
    let mut statement = db.prepare_cached("SELECT record FROM request WHERE platform = ? AND id = ? AND open")?;
    let json: Option<String> = statement.query_row(params![platform, id], |row| row.get(0)).optional()?;
    Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
}

/// Codes and requests that a platform no longer has are not open any more. How many those are.
pub(crate) fn close_others(to: &Applying<'_>, has: &HashSet<String>) -> Result<usize, MirrorError> {
    let mut closed = 0;
    for table in ["pairing", "request"] {
        let mut statement = to.db.prepare_cached(&format!("SELECT id FROM {table} WHERE open AND platform = ?1 AND tick < ?2"))?;
        let open = statement.query_map(params![to.platform, to.tick], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let mut close = to.db.prepare_cached(&format!("UPDATE {table} SET open = 0, tick = ? WHERE platform = ? AND id = ?"))?;
        for id in open.iter().filter(|id| !has.contains(*id)) {
            closed += close.execute(params![to.tick, to.platform, id])?;
        }
    }
    Ok(closed)
}
