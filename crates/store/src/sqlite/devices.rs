use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::device::{Device, DeviceState};
use clawpair_core::id::DeviceId;
use clawpair_core::key::DeviceKey;
use clawpair_core::store::{Devices, Page, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{json, page, parsed, time, time_or_none, to_json};
use super::{SqliteStore, activity};

#[async_trait]
impl Devices for SqliteStore {
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn devices(&self, after: Option<DeviceId>, limit: usize) -> Result<Page<Device, DeviceId>, StoreError> {
        self.read(|db| list(db, after, limit))
    }

    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError> {
        self.writer.run(move |db| touch(db, id, &address, at)).await
    }

    async fn revoke_device(&self, id: DeviceId, by: Actor, at: Timestamp) -> Result<Option<Device>, StoreError> {
        self.writer.run(move |db| revoke(db, id, by, at)).await
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId::from_bytes(row.get("id")?),
        name: parsed(row, "name")?,
        device_type: parsed(row, "device_type")?,
        permissions: json(row, "permissions")?,
        key: DeviceKey::stored(row.get("public_key")?),
        description: json(row, "description")?,
        state: time_or_none(row, "revoked_at")?.map_or(DeviceState::Active, |at| DeviceState::Revoked { at }),
        paired_at: time(row, "paired_at")?,
        last_seen_at: time(row, "last_seen_at")?,
        last_address: row.get("last_address")?,
    })
}

pub(super) fn insert(db: &Connection, device: &Device) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO device (id, name, device_type, permissions, public_key, description, paired_at, last_seen_at, last_address)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        device.id.as_bytes(),
        device.name.as_str(),
        device.device_type.as_str(),
        to_json(&device.permissions)?,
        device.key.as_bytes(),
        to_json(&device.description)?,
        device.paired_at.as_millis(),
        device.last_seen_at.as_millis(),
        device.last_address,
    ])?;
    Ok(())
}

pub(super) fn find(db: &Connection, id: DeviceId) -> rusqlite::Result<Option<Device>> {
    db.prepare_cached("SELECT * FROM device WHERE id = ?")?.query_row([id.as_bytes()], read).optional()
}

pub(super) fn list(db: &Connection, after: Option<DeviceId>, limit: usize) -> rusqlite::Result<Page<Device, DeviceId>> {
    let before = after.map_or([0xff; 16], |id| *id.as_bytes());
    let devices = db
        .prepare_cached("SELECT * FROM device WHERE id < ? ORDER BY id DESC LIMIT ?")?
        .query_map(params![before, i64::try_from(limit + 1).unwrap_or(i64::MAX)], read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(page(devices, limit, |device: &Device| device.id))
}

pub(super) fn touch(db: &Connection, id: DeviceId, address: &str, at: Timestamp) -> rusqlite::Result<Option<Device>> {
    db.prepare_cached(
        "UPDATE device SET last_seen_at = max(last_seen_at, ?), last_address = ? WHERE id = ? AND revoked_at IS NULL RETURNING *",
    )?
    .query_row(params![at.as_millis(), address, id.as_bytes()], read)
    .optional()
}

pub(super) fn revoke(db: &Connection, id: DeviceId, by: Actor, at: Timestamp) -> rusqlite::Result<Option<Device>> {
    let revoked = db
        .prepare_cached("UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING *")?
        .query_row(params![at.as_millis(), id.as_bytes()], read)
        .optional()?;
    if revoked.is_some() {
        activity::append(db, at, by, Action::DeviceRevoked(id))?;
        return Ok(revoked);
    }
    find(db, id)
}
