//! Codes that may be typed: how many there are, and what wrong guesses cost.

use clawpair_core::activity::{Action, Actor, Refused};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::PairingId;
use clawpair_core::pairing::{MAX_WRONG_GUESSES, Pairing};
use clawpair_core::store::{Guess, TypedCodes};
use rusqlite::{Connection, OptionalExtension, params};

use super::activity;
use super::columns::time_or_none;
use super::commit::Commit;
use super::pairings::{find, pairing_columns, read};

/// Never more than [`MAX_TYPED_CODES`](clawpair_core::pairing::MAX_TYPED_CODES) rows of an index are looked at.
pub(super) fn typed_codes(db: &Connection, at: Timestamp) -> rusqlite::Result<TypedCodes> {
    db.prepare_cached(
        "SELECT count(*) AS live, min(expires_at) AS next_ends FROM pairing
         WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ? AND wrong_guesses < ?",
    )?
    .query_row(params![at.as_millis(), MAX_WRONG_GUESSES], |row| {
        Ok(TypedCodes { live: row.get("live")?, next_ends: time_or_none(row, "next_ends")? })
    })
}

pub(super) fn locator_taken(db: &Connection, locator: u16, at: Timestamp) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM pairing
         WHERE typed = 1 AND locator = ? AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ?)",
    )?
    .query_row(params![locator, at.as_millis()], |row| row.get(0))
}

/// Charges a wrong code to the open pairing whose code may be typed and has this locator.
pub(super) fn charge(db: &Commit<'_>, locator: u16, by: Actor, at: Timestamp) -> rusqlite::Result<Vec<Pairing>> {
    let charged: Vec<Pairing> = db
        .prepare_cached(concat!(
            "UPDATE pairing SET wrong_guesses = wrong_guesses + 1
                 WHERE typed = 1 AND locator = ? AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ?
                   AND wrong_guesses < ? RETURNING ",
            pairing_columns!()
        ))?
        .query_map(params![locator, at.as_millis(), MAX_WRONG_GUESSES], read)?
        .collect::<rusqlite::Result<_>>()?;
    for pairing in &charged {
        activity::append(db, at, by, Action::ClaimRefused(pairing.id, Refused::WrongCode))?;
    }
    Ok(charged)
}

pub(super) fn charge_guess(db: &Connection, locator: u16, at: Timestamp) -> rusqlite::Result<Option<Guess>> {
    db.prepare_cached(
        "UPDATE pairing SET wrong_guesses = wrong_guesses + 1
         WHERE typed = 1 AND locator = ? AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ? AND wrong_guesses < ?
           AND opaque_record IS NOT NULL
         RETURNING id, opaque_record",
    )?
    .query_row(params![locator, at.as_millis(), MAX_WRONG_GUESSES], |row| {
        Ok(Guess { pairing: PairingId::from_bytes(row.get("id")?), record: row.get("opaque_record")? })
    })
    .optional()
}

pub(super) fn forgive_guess(db: &Connection, id: PairingId, at: Timestamp) -> rusqlite::Result<Option<Pairing>> {
    db.prepare_cached(concat!(
        "UPDATE pairing SET wrong_guesses = wrong_guesses - 1
             WHERE id = ? AND wrong_guesses > 0 AND claimed_by IS NULL AND cancelled_at IS NULL AND expires_at > ? RETURNING ",
        pairing_columns!()
    ))?
    .query_row(params![id.as_bytes(), at.as_millis()], read)
    .optional()
}

pub(super) fn record_wrong_guess(db: &Commit<'_>, id: PairingId, by: Actor, at: Timestamp) -> rusqlite::Result<Option<Pairing>> {
    let pairing = find(db, id)?;
    if pairing.is_some() {
        activity::append(db, at, by, Action::ClaimRefused(id, Refused::WrongCode))?;
    }
    Ok(pairing)
}
