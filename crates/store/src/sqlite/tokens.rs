use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::device::Device;
use clawpair_core::id::DeviceId;
use clawpair_core::store::{RefreshOutcome, StoreError, Tokens};
use clawpair_core::token_family::{FamilyState, NotRefreshed, TokenFamily};
use rusqlite::{Connection, OptionalExtension, params};

use super::columns::Fields;
use super::commit::Commit;
use super::devices::{self, device_columns};
use super::{SqliteStore, activity};

#[async_trait]
impl Tokens for SqliteStore {
    async fn bearer(&self, device: DeviceId) -> Result<Option<(Device, TokenFamily)>, StoreError> {
        self.read(|db| bearer(db, device))
    }

    async fn confirm_tokens(&self, device: DeviceId, generation: u32) -> Result<(), StoreError> {
        self.writer.run(move |db| confirm(db, device, generation)).await
    }

    async fn refresh_tokens(&self, device: DeviceId, generation: u32, at: Timestamp) -> Result<RefreshOutcome, StoreError> {
        self.writer.run(move |db| refresh(db, device, generation, at)).await
    }

    async fn revoke_tokens(&self, device: DeviceId, by: Actor, at: Timestamp) -> Result<bool, StoreError> {
        self.writer.run(move |db| revoke(db, device, at, by, Action::TokensRevoked(device))).await
    }
}

fn read(row: &mut Fields<'_, '_>) -> rusqlite::Result<TokenFamily> {
    Ok(TokenFamily {
        generation: row.get()?,
        confirmed: row.get()?,
        access_expires_at: row.time()?,
        previous_expires_at: row.time()?,
        refresh_expires_at: row.time()?,
        state: row.time_or_none()?.map_or(FamilyState::Active, |at| FamilyState::Revoked { at }),
    })
}

pub(super) fn insert(db: &Connection, device: DeviceId, family: &TokenFamily) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO token_family (device_id, generation, confirmed, access_expires_at, previous_expires_at, refresh_expires_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        device.as_bytes(),
        family.generation,
        family.confirmed,
        family.access_expires_at.as_millis(),
        family.previous_expires_at.as_millis(),
        family.refresh_expires_at.as_millis(),
    ])?;
    Ok(())
}

pub(super) fn bearer(db: &Connection, device: DeviceId) -> rusqlite::Result<Option<(Device, TokenFamily)>> {
    db.prepare_cached(concat!(
        "SELECT ",
        device_columns!(),
        ", generation, confirmed, access_expires_at, previous_expires_at, refresh_expires_at, token_family.revoked_at
         FROM device JOIN token_family ON token_family.device_id = device.id WHERE device.id = ?",
    ))?
    .query_row([device.as_bytes()], |row| {
        let mut row = Fields::of(row);
        Ok((devices::read_fields(&mut row)?, read(&mut row)?))
    })
    .optional()
}

fn confirm(db: &Connection, device: DeviceId, generation: u32) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE token_family SET confirmed = ?1
         WHERE device_id = ?2 AND generation = ?1 AND confirmed < ?1 AND revoked_at IS NULL",
    )?
    .execute(params![generation, device.as_bytes()])?;
    Ok(())
}

fn refresh(db: &Commit<'_>, id: DeviceId, generation: u32, at: Timestamp) -> rusqlite::Result<RefreshOutcome> {
    let Some((device, family)) = bearer(db, id)? else { return Ok(RefreshOutcome::Revoked) };
    if !device.is_active() {
        return Ok(RefreshOutcome::ShutOut(device));
    }
    match family.refresh(generation, at) {
        Ok(next) if replace(db, id, &family, &next)? => Ok(RefreshOutcome::Refreshed(next)),
        Ok(_) | Err(NotRefreshed::Revoked) => Ok(RefreshOutcome::Revoked),
        Err(NotRefreshed::Expired) => Ok(RefreshOutcome::Expired),
        Err(NotRefreshed::Reused) => {
            revoke(db, id, at, Actor::Platform, Action::RefreshTokenReused(id))?;
            Ok(RefreshOutcome::Reused)
        }
    }
}

/// Puts the next pair in the place of the one it was made from. Says whether that was still there.
pub(super) fn replace(db: &Connection, id: DeviceId, from: &TokenFamily, next: &TokenFamily) -> rusqlite::Result<bool> {
    let replaced = db
        .prepare_cached(
            "UPDATE token_family
             SET generation = ?, confirmed = ?, access_expires_at = ?, previous_expires_at = ?, refresh_expires_at = ?
             WHERE device_id = ? AND generation = ? AND confirmed = ? AND revoked_at IS NULL",
        )?
        .execute(params![
            next.generation,
            next.confirmed,
            next.access_expires_at.as_millis(),
            next.previous_expires_at.as_millis(),
            next.refresh_expires_at.as_millis(),
            id.as_bytes(),
            from.generation,
            from.confirmed,
        ])?;
    Ok(replaced > 0)
}

/// Ends all tokens of a device. Says whether they had not ended before.
pub(super) fn revoke(db: &Commit<'_>, device: DeviceId, at: Timestamp, by: Actor, action: Action) -> rusqlite::Result<bool> {
    let revoked = db
        .prepare_cached("UPDATE token_family SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL")?
        .execute(params![at.as_millis(), device.as_bytes()])?;
    if revoked > 0 {
        activity::append(db, at, by, action)?;
    }
    Ok(revoked > 0)
}
