use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor, Refused};
use clawpair_core::claim::ClaimSecret;
use clawpair_core::clock::Timestamp;
use clawpair_core::device::{Device, DeviceState};
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::key::RawKey;
use clawpair_core::pairing::{DECISION_MINUTES, InvalidTransition, MAX_TYPED_CODES, Pairing, PairingState, PairingStatus, Step};
use clawpair_core::store::{
    Claim, ClaimOutcome, Entry, Guess, NewPairing, Opening, Page, PairingCounts, PairingPosition, PairingQuery, Pairings,
    StoreError, TypedCodes,
};
use clawpair_core::tags::Tags;
use clawpair_core::token_family::TokenFamily;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{Fields, damaged, to_json};
use super::commit::Commit;
use super::{SqliteStore, activity, devices, pairing_list, requests, tokens, typing};

#[async_trait]
impl Pairings for SqliteStore {
    async fn open_pairing(&self, new: NewPairing) -> Result<Opening, StoreError> {
        self.writer.run(move |db| open(db, &new)).await
    }

    async fn typed_codes(&self, at: Timestamp) -> Result<TypedCodes, StoreError> {
        self.read(|db| typing::typed_codes(db, at))
    }

    async fn charge_guess(&self, locator: u16, at: Timestamp) -> Result<Option<Guess>, StoreError> {
        self.writer.run(move |db| typing::charge_guess(db, locator, at)).await
    }

    async fn forgive_guess(&self, id: PairingId, at: Timestamp) -> Result<Option<Pairing>, StoreError> {
        self.writer.run(move |db| typing::forgive_guess(db, id, at)).await
    }

    async fn record_wrong_guess(&self, id: PairingId, by: Actor, at: Timestamp) -> Result<Option<Pairing>, StoreError> {
        self.writer.run(move |db| typing::record_wrong_guess(db, id, by, at)).await
    }

    async fn claim(&self, shown: Claim) -> Result<ClaimOutcome, StoreError> {
        self.writer.run(move |db| claim(db, &shown)).await
    }

    async fn cancel_pairing(
        &self,
        id: PairingId,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Pairing, InvalidTransition>>, StoreError> {
        self.writer.run(move |db| cancel(db, id, by, at)).await
    }

    async fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn pairings(&self, query: &PairingQuery) -> Result<Page<Pairing, PairingPosition>, StoreError> {
        self.read(|db| pairing_list::list(db, query))
    }

    async fn pairing_counts(&self, at: Timestamp) -> Result<PairingCounts, StoreError> {
        self.read(|db| pairing_list::counts(db, at))
    }
}

/// Refused claims of one pairing that are worth an activity entry; a flood of them says nothing new.
const MAX_RECORDED_REFUSALS: i64 = 5;

/// What [`read`] reads, in its order.
macro_rules! pairing_columns {
    () => {
        "id, device_id, name, device_type, permissions, created_at, expires_at, ask_first, typed, wrong_guesses, cancelled_at, \
         completed_at, denied_at, approved_at, asked_at, claimed_by"
    };
}
pub(super) use pairing_columns;

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Pairing> {
    read_fields(&mut Fields::of(row))
}

pub(super) fn read_fields(row: &mut Fields<'_, '_>) -> rusqlite::Result<Pairing> {
    Ok(Pairing {
        id: PairingId::from_bytes(row.get()?),
        device_id: DeviceId::from_bytes(row.get()?),
        name: row.parsed()?,
        device_type: row.parsed()?,
        permissions: row.json()?,
        created_at: row.time()?,
        expires_at: row.time()?,
        ask_first: row.get()?,
        typed: row.get()?,
        wrong_guesses: row.get()?,
        state: read_state(row)?,
    })
}

fn read_state(row: &mut Fields<'_, '_>) -> rusqlite::Result<PairingState> {
    let (cancelled, completed, denied) = (row.time_or_none()?, row.time_or_none()?, row.time_or_none()?);
    let (approved, asked, by) = (row.time_or_none()?, row.time_or_none()?, row.get::<Option<RawKey>>()?);
    Ok(match (cancelled, completed, denied, approved, asked, by) {
        (Some(at), ..) => PairingState::Cancelled { at },
        (None, Some(at), _, _, _, Some(by)) => PairingState::Completed { by, at },
        (None, None, Some(at), _, _, Some(by)) => PairingState::Denied { by, at },
        (None, None, None, Some(at), _, Some(by)) => PairingState::Approved { by, at },
        (None, None, None, None, Some(since), Some(by)) => PairingState::Waiting { by, since },
        (None, None, None, None, None, None) => PairingState::Open,
        _ => return Err(damaged("claimed_by", InconsistentState)),
    })
}

/// Columns that no transition leaves like this.
#[derive(Debug, thiserror::Error)]
#[error("a pairing's columns contradict each other")]
struct InconsistentState;

pub(super) fn open(db: &Commit<'_>, new: &NewPairing) -> rusqlite::Result<Opening> {
    let record = match &new.entry {
        Entry::Off => None,
        Entry::Typed(record) => {
            let codes = typing::typed_codes(db, new.pairing.created_at)?;
            if codes.live >= MAX_TYPED_CODES {
                return Ok(Opening::BudgetSpent(codes));
            }
            if typing::locator_taken(db, new.locator, new.pairing.created_at)? {
                return Ok(Opening::LocatorTaken);
            }
            Some(record)
        }
    };
    let pairing = Pairing { typed: record.is_some(), ..new.pairing.clone() };
    db.prepare_cached(
        "INSERT INTO pairing (id, device_id, name, device_type, permissions, locator, code_hash, link_hash, created_at, expires_at,
                              ask_first, typed, opaque_record)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        pairing.id.as_bytes(),
        pairing.device_id.as_bytes(),
        pairing.name.as_str(),
        pairing.device_type.as_str(),
        to_json(&pairing.permissions)?,
        new.locator,
        new.code.as_bytes(),
        new.link.as_bytes(),
        pairing.created_at.as_millis(),
        pairing.expires_at.as_millis(),
        pairing.ask_first,
        pairing.typed,
        record,
    ])?;
    activity::append(db, pairing.created_at, new.by, Action::PairingOpened(pairing.id))?;
    Ok(Opening::Opened(pairing))
}

pub(super) fn find(db: &Connection, id: PairingId) -> rusqlite::Result<Option<Pairing>> {
    db.prepare_cached(concat!("SELECT ", pairing_columns!(), " FROM pairing WHERE id = ?"))?
        .query_row([id.as_bytes()], read)
        .optional()
}

pub(super) fn cancel(
    db: &Commit<'_>,
    id: PairingId,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<Option<Result<Pairing, InvalidTransition>>> {
    let Some(pairing) = find(db, id)? else { return Ok(None) };
    let cancelled = match pairing.cancel(at) {
        Ok(cancelled) => cancelled,
        Err(reason) => return Ok(Some(Err(reason))),
    };
    let changed = db
        .prepare_cached(
            "UPDATE pairing SET cancelled_at = ?1
             WHERE id = ?2 AND completed_at IS NULL AND denied_at IS NULL AND cancelled_at IS NULL
               AND (expires_at > ?1 OR claimed_by IS NOT NULL)",
        )?
        .execute(params![at.as_millis(), id.as_bytes()])?;
    if changed == 0 {
        return Ok(Some(Err(InvalidTransition::Used)));
    }
    activity::append(db, at, by, Action::PairingCancelled(id))?;
    Ok(Some(Ok(cancelled)))
}

pub(super) fn claim(db: &Commit<'_>, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let (query, place, code) = match &claim.claim.secret {
        ClaimSecret::Link(link) => (
            concat!("SELECT ", pairing_columns!(), " FROM pairing WHERE created_at & 32767 = ? AND link_hash = ?"),
            link.place(),
            None,
        ),
        ClaimSecret::Code(code) => (
            concat!("SELECT ", pairing_columns!(), " FROM pairing WHERE locator = ? AND code_hash = ?"),
            code.locator().number(),
            Some(code),
        ),
    };
    let found = db.prepare_cached(query)?.query_row(params![place, claim.secret.as_bytes()], read).optional()?;
    let Some(pairing) = found else {
        let charged = match code {
            Some(code) => typing::charge(db, code.locator().number(), device_of(claim), claim.at)?,
            None => Vec::new(),
        };
        return Ok(ClaimOutcome::Unknown { charged });
    };
    match pairing.clone().claim(&claim.claim.secret, *claim.claim.key.as_bytes(), claim.at) {
        Ok(Step::Join(completed)) => complete(db, pairing, completed, claim),
        Ok(Step::Ask(waiting)) => ask(db, pairing, &waiting, claim),
        Ok(Step::Wait(waiting)) => wait(db, waiting.id),
        Ok(Step::Repeat(completed)) => repeat(db, completed, claim),
        Err(reason) => refuse(db, pairing, reason, claim),
    }
}

fn repeat(db: &Commit<'_>, pairing: Pairing, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    match tokens::bearer(db, pairing.device_id)? {
        Some((device, _)) if !device.is_active() => Ok(ClaimOutcome::ShutOut(device)),
        Some((device, tokens)) if tokens.is_first() => Ok(ClaimOutcome::Paired { pairing, device, tokens, repeated: true }),
        // A device that has refreshed has had its answer; the first pair is history.
        _ => refuse(db, pairing, InvalidTransition::Used, claim),
    }
}

fn wait(db: &Connection, id: PairingId) -> rusqlite::Result<ClaimOutcome> {
    let request = requests::find(db, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(ClaimOutcome::Waiting { request, first: false })
}

fn ask(db: &Commit<'_>, before: Pairing, waiting: &Pairing, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let asked = db
        .prepare_cached(
            "UPDATE pairing SET claimed_by = ?2, asked_at = ?1, asking_description = ?3, asking_address = ?4
             WHERE id = ?5 AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ?1",
        )?
        .execute(params![
            claim.at.as_millis(),
            claim.claim.key.as_bytes(),
            to_json(&claim.claim.description)?,
            claim.address,
            waiting.id.as_bytes(),
        ])?;
    if asked == 0 {
        return refuse(db, before, InvalidTransition::Used, claim);
    }
    activity::append(db, claim.at, device_of(claim), Action::RequestMade(waiting.id))?;
    let request = requests::find(db, waiting.id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(ClaimOutcome::Waiting { request, first: true })
}

fn complete(db: &Commit<'_>, before: Pairing, completed: Pairing, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let approved_after = claim.at.plus_seconds(-60 * i64::from(DECISION_MINUTES));
    let won = db
        .prepare_cached(
            "UPDATE pairing SET completed_at = ?1, claimed_by = ?2
             WHERE id = ?3 AND completed_at IS NULL AND denied_at IS NULL AND cancelled_at IS NULL
               AND CASE ask_first
                   WHEN 0 THEN claimed_by IS NULL AND expires_at > ?1
                   ELSE claimed_by = ?2 AND approved_at > ?4 END",
        )?
        .execute(params![claim.at.as_millis(), claim.claim.key.as_bytes(), completed.id.as_bytes(), approved_after.as_millis()])?;
    if won == 0 {
        return refuse(db, before, InvalidTransition::Used, claim);
    }
    let device = Device {
        id: completed.device_id,
        name: completed.name.clone(),
        device_type: completed.device_type.clone(),
        permissions: completed.permissions.clone(),
        tags: Tags::default(),
        key: claim.claim.key,
        description: claim.claim.description.clone(),
        state: DeviceState::Active,
        revision: 1,
        paired_at: claim.at,
        last_seen_at: claim.at,
        last_address: claim.address.clone(),
    };
    devices::insert(db, &device)?;
    let tokens = TokenFamily::begin(claim.at);
    tokens::insert(db, device.id, &tokens)?;
    activity::append(db, claim.at, device_of(claim), Action::PairingCompleted(completed.id, device.id))?;
    Ok(ClaimOutcome::Paired { pairing: completed, device, tokens, repeated: false })
}

fn refuse(db: &Commit<'_>, pairing: Pairing, reason: InvalidTransition, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let recorded = db
        .prepare_cached("UPDATE pairing SET refusals = refusals + 1 WHERE id = ? AND refusals < ?")?
        .execute(params![pairing.id.as_bytes(), MAX_RECORDED_REFUSALS])?;
    if recorded > 0 {
        activity::append(db, claim.at, device_of(claim), Action::ClaimRefused(pairing.id, Refused::Over(reason)))?;
    }
    let seen_by = if pairing.status(claim.at) == PairingStatus::Waiting {
        requests::note_other_key(db, pairing.id, &claim.claim.key)?
    } else {
        None
    };
    Ok(ClaimOutcome::Refused { pairing, reason, seen_by })
}

/// Whoever claims, at the address it claims from.
fn device_of(claim: &Claim) -> Actor {
    Actor::Device(claim.address.parse().ok())
}

#[cfg(test)]
#[path = "pairings_tests.rs"]
mod tests;
