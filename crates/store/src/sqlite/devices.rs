use async_trait::async_trait;
use clawpair_core::activity::Action;
use clawpair_core::clock::Timestamp;
use clawpair_core::device::{Device, DeviceChange, DeviceState, InvalidChange};
use clawpair_core::id::DeviceId;
use clawpair_core::key::DeviceKey;
use clawpair_core::store::{DeviceCounts, DeviceOrder, DeviceOutcome, DevicePosition, DeviceQuery, Devices, Page, StoreError};
use clawpair_core::text::Reason;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{Fields, to_json};
use super::commit::Commit;
use super::{SqliteStore, activity, device_index, device_list};

#[async_trait]
impl Devices for SqliteStore {
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn devices(&self, query: &DeviceQuery) -> Result<Page<Device, DevicePosition>, StoreError> {
        self.read(|db| device_list::list(db, query))
    }

    async fn device_counts(&self) -> Result<DeviceCounts, StoreError> {
        self.read(device_index::counts)
    }

    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError> {
        self.writer.run(move |db| touch(db, id, &address, at)).await
    }

    async fn change_device(&self, id: DeviceId, order: DeviceOrder) -> Result<DeviceOutcome, StoreError> {
        self.writer.run(move |db| change(db, id, &order)).await
    }

    async fn change_devices(&self, ids: Vec<DeviceId>, order: DeviceOrder) -> Result<Vec<DeviceOutcome>, StoreError> {
        self.writer.run(move |db| ids.iter().map(|id| change(db, *id, &order)).collect()).await
    }
}

/// What [`read`] reads, in its order.
macro_rules! device_columns {
    () => {
        "device.id, device.name, device.device_type, device.permissions, device.tags, device.public_key, device.description, \
         device.revoked_at, device.disabled_at, device.state_reason, device.revision, device.paired_at, device.last_seen_at, \
         device.last_address"
    };
}
pub(super) use device_columns;

fn read_state(row: &mut Fields<'_, '_>) -> rusqlite::Result<DeviceState> {
    let (revoked_at, disabled_at, reason) = (row.time_or_none()?, row.time_or_none()?, row.parsed_or_none()?);
    Ok(match (revoked_at, disabled_at) {
        (Some(at), _) => DeviceState::Revoked { at, reason },
        (None, Some(at)) => DeviceState::Disabled { at, reason },
        (None, None) => DeviceState::Active,
    })
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Device> {
    read_fields(&mut Fields::of(row))
}

pub(super) fn read_fields(row: &mut Fields<'_, '_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId::from_bytes(row.get()?),
        name: row.parsed()?,
        device_type: row.parsed()?,
        permissions: row.json()?,
        tags: row.json()?,
        key: DeviceKey::stored(row.get()?),
        description: row.json()?,
        state: read_state(row)?,
        revision: row.get()?,
        paired_at: row.time()?,
        last_seen_at: row.time()?,
        last_address: row.get()?,
    })
}

pub(super) fn insert(db: &Commit<'_>, device: &Device) -> rusqlite::Result<()> {
    let insert =
        "INSERT INTO device (id, name, device_type, permissions, tags, public_key, description, revision, paired_at, last_seen_at,
                                      last_address, sort_name, number)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM device)) RETURNING number";
    let row = params![
        device.id.as_bytes(),
        device.name.as_str(),
        device.device_type.as_str(),
        to_json(&device.permissions)?,
        to_json(&device.tags)?,
        device.key.as_bytes(),
        to_json(&device.description)?,
        device.revision,
        device.paired_at.as_millis(),
        device.last_seen_at.as_millis(),
        device.last_address,
        device_index::sort_name(device),
    ];
    let number = db.prepare_cached(insert)?.query_row(row, |row| row.get(0))?;
    device_index::enter(db, device, number)
}

pub(super) fn find(db: &Connection, id: DeviceId) -> rusqlite::Result<Option<Device>> {
    db.prepare_cached(concat!("SELECT ", device_columns!(), " FROM device WHERE id = ?"))?
        .query_row([id.as_bytes()], read)
        .optional()
}

pub(super) fn touch(db: &Commit<'_>, id: DeviceId, address: &str, at: Timestamp) -> rusqlite::Result<Option<Device>> {
    let Some(before) = find(db, id)? else { return Ok(None) };
    let heard = db
        .prepare_cached(concat!(
            "UPDATE device SET last_seen_at = max(last_seen_at, ?), last_address = ?
                 WHERE id = ? AND revoked_at IS NULL AND disabled_at IS NULL RETURNING ",
            device_columns!()
        ))?
        .query_row(params![at.as_millis(), address, id.as_bytes()], read)
        .optional()?;
    // Devices rarely move, and only then is there anything to find them by anew.
    if let Some(after) = heard.as_ref().filter(|after| after.last_address != before.last_address) {
        device_index::follow(db, &before, after)?;
    }
    Ok(heard)
}

/// Makes a change, guarded once more by the revision it was decided on.
pub(super) fn change(db: &Commit<'_>, id: DeviceId, order: &DeviceOrder) -> rusqlite::Result<DeviceOutcome> {
    let Some(device) = find(db, id)? else { return Ok(DeviceOutcome::Unknown) };
    if order.expected.is_some_and(|expected| expected != device.revision) {
        return Ok(DeviceOutcome::Refused(InvalidChange::ChangedMeanwhile));
    }
    let decided_on = device.revision;
    let changed = match device.clone().changed(&order.change, order.at) {
        Ok(changed) => changed,
        Err(reason) => return Ok(DeviceOutcome::Refused(reason)),
    };
    if changed.revision == decided_on {
        return Ok(DeviceOutcome::Unchanged(changed));
    }
    if !update(db, &changed, decided_on)? {
        return Ok(DeviceOutcome::Refused(InvalidChange::ChangedMeanwhile));
    }
    device_index::follow(db, &device, &changed)?;
    let reason = match &order.change {
        DeviceChange::Disable { reason } | DeviceChange::Revoke { reason } => reason.as_ref(),
        _ => None,
    };
    activity::append_saying(db, order.at, order.by, action(id, &order.change), reason.map(Reason::as_str))?;
    Ok(DeviceOutcome::Changed(changed))
}

fn update(db: &Connection, device: &Device, decided_on: u32) -> rusqlite::Result<bool> {
    let (disabled_at, revoked_at, reason) = match &device.state {
        DeviceState::Active => (None, None, None),
        DeviceState::Disabled { at, reason } => (Some(at.as_millis()), None, reason.as_ref()),
        DeviceState::Revoked { at, reason } => (None, Some(at.as_millis()), reason.as_ref()),
    };
    let updated = db
        .prepare_cached(
            "UPDATE device SET name = ?, device_type = ?, permissions = ?, tags = ?, disabled_at = ?, revoked_at = ?,
                    state_reason = ?, revision = ?
             WHERE id = ? AND revision = ? AND revoked_at IS NULL",
        )?
        .execute(params![
            device.name.as_str(),
            device.device_type.as_str(),
            to_json(&device.permissions)?,
            to_json(&device.tags)?,
            disabled_at,
            revoked_at,
            reason.map(Reason::as_str),
            device.revision,
            device.id.as_bytes(),
            decided_on,
        ])?;
    Ok(updated > 0)
}

const fn action(id: DeviceId, change: &DeviceChange) -> Action {
    match change {
        DeviceChange::Edit { .. } | DeviceChange::AddTags(_) | DeviceChange::RemoveTags(_) => Action::DeviceEdited(id),
        DeviceChange::Grant(_) => Action::DevicePermissionsChanged(id),
        DeviceChange::Disable { .. } => Action::DeviceDisabled(id),
        DeviceChange::Enable => Action::DeviceEnabled(id),
        DeviceChange::Revoke { .. } => Action::DeviceRevoked(id),
    }
}
