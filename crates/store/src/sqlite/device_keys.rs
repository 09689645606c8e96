use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::device::Device;
use clawpair_core::id::DeviceId;
use clawpair_core::key::DeviceKey;
use clawpair_core::key_change::{FormerKey, VerifiedKeyChange};
use clawpair_core::pairing::REPEAT_MINUTES;
use clawpair_core::store::{DeviceKeys, KeyChangeOutcome, StoreError};
use clawpair_core::token_family::{FamilyState, TokenFamily};
use rusqlite::{Connection, OptionalExtension, params};

use super::columns::time;
use super::commit::Commit;
use super::{SqliteStore, activity, device_index, tokens};

#[async_trait]
impl DeviceKeys for SqliteStore {
    async fn change_key(
        &self,
        device: DeviceId,
        change: VerifiedKeyChange,
        by: Actor,
        at: Timestamp,
    ) -> Result<KeyChangeOutcome, StoreError> {
        self.writer.run(move |db| change_key(db, device, &change, by, at)).await
    }

    async fn former_key(&self, device: DeviceId, key: DeviceKey) -> Result<Option<FormerKey>, StoreError> {
        self.read(|db| find(db, device, &key))
    }
}

fn find(db: &Connection, device: DeviceId, key: &DeviceKey) -> rusqlite::Result<Option<FormerKey>> {
    db.prepare_cached("SELECT replaced_at, generation FROM former_device_key WHERE device_id = ? AND public_key = ?")?
        .query_row(params![device.as_bytes(), key.as_bytes()], |row| {
            Ok(FormerKey { replaced_at: time(row, "replaced_at")?, generation: row.get("generation")? })
        })
        .optional()
}

fn change_key(
    db: &Commit<'_>,
    id: DeviceId,
    change: &VerifiedKeyChange,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<KeyChangeOutcome> {
    let Some((device, family)) = tokens::bearer(db, id)? else { return Ok(KeyChangeOutcome::NotItsKey) };
    if !device.is_active() {
        return Ok(KeyChangeOutcome::ShutOut(device));
    }
    if family.state != FamilyState::Active {
        return Ok(KeyChangeOutcome::TokensRevoked);
    }
    if device.key != change.old {
        return repeat(db, device, family, change, at);
    }
    if change.new == change.old || find(db, id, &change.new)?.is_some() {
        return Ok(KeyChangeOutcome::UsedBefore);
    }
    let Some(next) = family.rekey(at) else { return Ok(KeyChangeOutcome::TokensRevoked) };
    let changed = db
        .prepare_cached(
            "UPDATE device SET public_key = ?, revision = revision + 1
             WHERE id = ? AND public_key = ? AND revoked_at IS NULL AND disabled_at IS NULL",
        )?
        .execute(params![change.new.as_bytes(), id.as_bytes(), change.old.as_bytes()])?;
    if changed == 0 || !tokens::replace(db, id, &family, &next)? {
        // Decided on an older row; nothing of it may stay.
        return Err(rusqlite::Error::StatementChangedRows(changed));
    }
    db.prepare_cached("INSERT INTO former_device_key (device_id, public_key, replaced_at, generation) VALUES (?, ?, ?, ?)")?
        .execute(params![id.as_bytes(), change.old.as_bytes(), at.as_millis(), next.generation])?;
    activity::append(db, at, by, Action::DeviceKeyChanged(id))?;
    let changed = Device { key: change.new, revision: device.revision + 1, ..device.clone() };
    device_index::follow(db, &device, &changed)?;
    Ok(KeyChangeOutcome::Changed { device: changed, tokens: next, repeated: false })
}

/// The change that was made is answered again for a while, until the device has refreshed the tokens it brought.
fn repeat(
    db: &Connection,
    device: Device,
    family: TokenFamily,
    change: &VerifiedKeyChange,
    at: Timestamp,
) -> rusqlite::Result<KeyChangeOutcome> {
    let former = find(db, device.id, &change.old)?.filter(|former| {
        device.key == change.new && family.generation == former.generation && at < former.replaced_at.plus_minutes(REPEAT_MINUTES)
    });
    Ok(match former {
        Some(_) => KeyChangeOutcome::Changed { device, tokens: family, repeated: true },
        None => KeyChangeOutcome::NotItsKey,
    })
}
