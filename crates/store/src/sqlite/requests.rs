use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::PairingId;
use clawpair_core::key::DeviceKey;
use clawpair_core::pairing::{DECISION_MINUTES, MAX_MINUTES};
use clawpair_core::request::{Asking, Decided, Decision, InvalidDecision, MAX_OTHER_KEYS, Request};
use clawpair_core::store::{Page, RequestFilter, Requests, StoreError};
use clawpair_core::text::Reason;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{Fields, page, to_json};
use super::commit::Commit;
use super::pairings::{self, pairing_columns};
use super::{SqliteStore, activity};

#[async_trait]
impl Requests for SqliteStore {
    async fn request(&self, id: PairingId) -> Result<Option<Request>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn requests(
        &self,
        filter: RequestFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Request, PairingId>, StoreError> {
        self.read(|db| list(db, filter, after, limit))
    }

    async fn decide_request(
        &self,
        id: PairingId,
        decision: Decision,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Decided, InvalidDecision>>, StoreError> {
        self.writer.run(move |db| decide(db, id, &decision, by, at)).await
    }
}

/// Length of a key in `other_keys`.
const KEY: usize = 32;

/// What [`read`] reads, in its order.
macro_rules! request_columns {
    () => {
        concat!(pairing_columns!(), ", claimed_by, asking_description, asking_address, asked_at, other_keys, denial_reason")
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
    let mut row = Fields::of(row);
    let pairing = pairings::read_fields(&mut row)?;
    let asking = Asking {
        key: DeviceKey::stored(row.get()?),
        description: row.json()?,
        address: row.get()?,
        at: row.time()?,
        other_keys: row.get::<Vec<u8>>()?.len() / KEY,
    };
    Ok(Request { pairing, asking, reason: row.parsed_or_none()? })
}

pub(super) fn find(db: &Connection, id: PairingId) -> rusqlite::Result<Option<Request>> {
    db.prepare_cached(concat!("SELECT ", request_columns!(), " FROM pairing WHERE id = ? AND asked_at IS NOT NULL"))?
        .query_row([id.as_bytes()], read)
        .optional()
}

fn list(
    db: &Connection,
    filter: RequestFilter,
    after: Option<PairingId>,
    limit: usize,
) -> rusqlite::Result<Page<Request, PairingId>> {
    let before = after.map_or([0xff; 16], |id| *id.as_bytes());
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let found = match filter {
        RequestFilter::All => db
            .prepare_cached(concat!(
                "SELECT ",
                request_columns!(),
                " FROM pairing WHERE id < ? AND asked_at IS NOT NULL ORDER BY id DESC LIMIT ?"
            ))?
            .query_map(params![before, rows], read)?
            .collect::<rusqlite::Result<_>>()?,
        // A code made earlier was too old to be claimed, so requests that ended long ago are never walked through.
        RequestFilter::WaitingAt(now) => {
            let oldest = decidable_since(now).plus_seconds(-60 * (i64::from(MAX_MINUTES) + 60));
            db.prepare_cached(concat!(
                "SELECT ",
                request_columns!(),
                " FROM pairing WHERE id < ? AND id >= ? AND asked_at > ? AND approved_at IS NULL AND denied_at IS NULL
                        AND completed_at IS NULL AND cancelled_at IS NULL ORDER BY id DESC LIMIT ?",
            ))?
            .query_map(params![before, PairingId::floor(oldest).as_bytes(), decidable_since(now).as_millis(), rows], read)?
            .collect::<rusqlite::Result<_>>()?
        }
    };
    Ok(page(found, limit, |request: &Request| request.pairing.id))
}

/// What was asked at this moment or before has waited too long at `now`.
fn decidable_since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-60 * i64::from(DECISION_MINUTES))
}

pub(super) fn decide(
    db: &Commit<'_>,
    id: PairingId,
    decision: &Decision,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<Option<Result<Decided, InvalidDecision>>> {
    let Some(request) = find(db, id)? else { return Ok(None) };
    let request = match request.decide(decision, at) {
        Ok(Decided::Now(request)) => request,
        other => return Ok(Some(other)),
    };
    if !record(db, &request, decision, at)? {
        return Ok(Some(Err(InvalidDecision::Changed)));
    }
    let (action, reason) = match decision {
        Decision::Approve(_) => (Action::RequestApproved(id), None),
        Decision::Deny(reason) => (Action::RequestDenied(id), reason.as_ref()),
    };
    activity::append_saying(db, at, by, action, reason.map(Reason::as_str))?;
    Ok(Some(Ok(Decided::Now(request))))
}

/// Writes a decision down if the request still is what was decided about.
pub(super) fn record(db: &Connection, request: &Request, decision: &Decision, at: Timestamp) -> rusqlite::Result<bool> {
    let id = request.pairing.id;
    let since = decidable_since(at).as_millis();
    let changed = match decision {
        Decision::Approve(seen) => db
            .prepare_cached(
                "UPDATE pairing SET approved_at = ?1
                 WHERE id = ?2 AND claimed_by = ?3 AND permissions = ?4 AND asked_at > ?5 AND approved_at IS NULL
                   AND denied_at IS NULL AND completed_at IS NULL AND cancelled_at IS NULL",
            )?
            .execute(params![at.as_millis(), id.as_bytes(), seen.key, to_json(&seen.permissions)?, since])?,
        Decision::Deny(reason) => db
            .prepare_cached(
                "UPDATE pairing SET denied_at = ?1, denial_reason = ?2
                 WHERE id = ?3 AND asked_at > ?4 AND approved_at IS NULL
                   AND denied_at IS NULL AND completed_at IS NULL AND cancelled_at IS NULL",
            )?
            .execute(params![at.as_millis(), reason.as_ref().map(Reason::as_str), id.as_bytes(), since])?,
    };
    Ok(changed == 1)
}

/// Notes that another key has shown a secret of a pairing that waits for a decision. `None` when it was noted before.
pub(super) fn note_other_key(db: &Connection, id: PairingId, key: &DeviceKey) -> rusqlite::Result<Option<Request>> {
    let mut keys: Vec<u8> =
        db.prepare_cached("SELECT other_keys FROM pairing WHERE id = ?")?.query_row([id.as_bytes()], |row| row.get(0))?;
    if keys.len() >= MAX_OTHER_KEYS * KEY || keys.chunks_exact(KEY).any(|known| known == key.as_bytes()) {
        return Ok(None);
    }
    keys.extend_from_slice(key.as_bytes());
    db.prepare_cached("UPDATE pairing SET other_keys = ? WHERE id = ?")?.execute(params![keys, id.as_bytes()])?;
    find(db, id)
}
