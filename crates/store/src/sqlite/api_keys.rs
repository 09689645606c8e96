use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::api_key::{ApiKey, KeyUsage, KeyUses, PresentedKey};
use clawpair_core::clock::Timestamp;
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{ApiKeys, Reach, Rotation, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{Fields, to_json};
use super::commit::Commit;
use super::{SqliteStore, activity, key_use};

#[async_trait]
impl ApiKeys for SqliteStore {
    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash) -> Result<(), StoreError> {
        self.writer.run(move |db| create(db, &key, secret)).await
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.read(list)
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.read(|db| one(db, id))
    }

    async fn api_key_by_secret(&self, prefix: &str, secret: KeyedHash) -> Result<Option<PresentedKey>, StoreError> {
        self.read(|db| find(db, prefix, secret))
    }

    async fn record_api_key_uses(&self, uses: Vec<KeyUses>) -> Result<(), StoreError> {
        self.writer.run(move |db| uses.iter().try_for_each(|uses| key_use::record(db, uses))).await
    }

    async fn api_key_usage(&self, id: ApiKeyId, since: Day) -> Result<KeyUsage, StoreError> {
        self.read(|db| key_use::usage(db, id, since))
    }

    async fn rotate_api_key(&self, rotation: Rotation) -> Result<Option<ApiKey>, StoreError> {
        self.writer.run(move |db| rotate(db, &rotation)).await
    }

    async fn revoke_api_key(&self, id: ApiKeyId, reach: Reach, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        self.writer.run(move |db| revoke(db, id, reach, by, at)).await
    }
}

/// What [`read`] reads, in its order.
macro_rules! api_key_columns {
    () => {
        "api_key.id, api_key.name, api_key.prefix, api_key.role, api_key.scopes, api_key.made_by, api_key.created_at, \
         api_key.expires_at, api_key.rotated_at, api_key.last_used_at, api_key.revoked_at"
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    read_fields(&mut Fields::of(row))
}

fn read_fields(row: &mut Fields<'_, '_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId::from_bytes(row.get()?),
        name: row.parsed()?,
        prefix: row.get()?,
        role: row.parsed()?,
        scopes: row.json_or_none()?,
        made_by: row.parsed()?,
        created_at: row.time()?,
        expires_at: row.time_or_none()?,
        rotated_at: row.time_or_none()?,
        last_used_at: row.time_or_none()?,
        revoked_at: row.time_or_none()?,
    })
}

pub(super) fn create(db: &Commit<'_>, key: &ApiKey, secret: KeyedHash) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO api_key (id, name, prefix, secret_hash, role, scopes, made_by, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        key.id.as_bytes(),
        key.name.as_str(),
        key.prefix,
        secret.as_bytes(),
        key.role.word(),
        key.scopes.as_ref().map(to_json).transpose()?,
        key.made_by.to_string(),
        key.created_at.as_millis(),
        key.expires_at.map(Timestamp::as_millis),
    ])?;
    activity::append(db, key.created_at, key.made_by, Action::ApiKeyCreated(key.id))
}

fn list(db: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    db.prepare_cached(concat!("SELECT ", api_key_columns!(), " FROM api_key ORDER BY id DESC"))?.query_map([], read)?.collect()
}

pub(super) fn one(db: &Connection, id: ApiKeyId) -> rusqlite::Result<Option<ApiKey>> {
    db.prepare_cached(concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE id = ?"))?
        .query_row([id.as_bytes()], read)
        .optional()
}

/// Prefixes are public and need not be unique; the secret decides, compared in constant time.
fn find(db: &Connection, prefix: &str, secret: KeyedHash) -> rusqlite::Result<Option<PresentedKey>> {
    let mut statement = db.prepare_cached(concat!("SELECT secret_hash, ", api_key_columns!(), " FROM api_key WHERE prefix = ?"))?;
    let mut rows = statement.query([prefix])?;
    while let Some(row) = rows.next()? {
        let mut row = Fields::of(row);
        if KeyedHash::from_bytes(row.get()?) == secret {
            return Ok(Some(PresentedKey { key: read_fields(&mut row)?, replaced_from: None }));
        }
    }
    find_former(db, prefix, secret)
}

fn find_former(db: &Connection, prefix: &str, secret: KeyedHash) -> rusqlite::Result<Option<PresentedKey>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT former.secret_hash, former.until, ",
        api_key_columns!(),
        " FROM api_key_former AS former JOIN api_key ON api_key.id = former.api_key WHERE former.prefix = ?",
    ))?;
    let mut rows = statement.query([prefix])?;
    while let Some(row) = rows.next()? {
        let mut row = Fields::of(row);
        if KeyedHash::from_bytes(row.get()?) == secret {
            let until = row.time()?;
            return Ok(Some(PresentedKey { key: read_fields(&mut row)?, replaced_from: Some(until) }));
        }
    }
    Ok(None)
}

pub(super) fn rotate(db: &Commit<'_>, rotation: &Rotation) -> rusqlite::Result<Option<ApiKey>> {
    let Rotation { id, at, former_until: until, .. } = rotation;
    db.prepare_cached(
        "INSERT INTO api_key_former (prefix, secret_hash, api_key, until)
         SELECT prefix, secret_hash, id, ?2 FROM api_key
         WHERE id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)",
    )?
    .execute(params![id.as_bytes(), until.as_millis(), at.as_millis()])?;
    let rotated = db
        .prepare_cached(concat!(
            "UPDATE api_key SET prefix = ?2, secret_hash = ?3, rotated_at = ?4
                 WHERE id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?4) RETURNING ",
            api_key_columns!()
        ))?
        .query_row(params![id.as_bytes(), rotation.prefix, rotation.secret.as_bytes(), at.as_millis()], read)
        .optional()?;
    if rotated.is_some() {
        // A second rotation may be a hurry because of a leak, so it never lengthens what the first allowed.
        db.prepare_cached("UPDATE api_key_former SET until = min(until, ?2) WHERE api_key = ?1")?
            .execute(params![id.as_bytes(), until.as_millis()])?;
        activity::append(db, *at, rotation.by, Action::ApiKeyRotated(*id))?;
    }
    Ok(rotated)
}

fn revoke(db: &Commit<'_>, id: ApiKeyId, reach: Reach, by: Actor, at: Timestamp) -> rusqlite::Result<Option<ApiKey>> {
    let ids = match reach {
        Reach::Alone => vec![id],
        Reach::WithDescendants => family(db, id)?,
    };
    for id in ids {
        let changed = db
            .prepare_cached("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")?
            .execute(params![at.as_millis(), id.as_bytes()])?;
        if changed > 0 {
            activity::append(db, at, by, Action::ApiKeyRevoked(id))?;
        }
    }
    one(db, id)
}

/// A key and whatever came of it.
fn family(db: &Connection, id: ApiKeyId) -> rusqlite::Result<Vec<ApiKeyId>> {
    let mut family = vec![id];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        let children: Vec<[u8; 16]> = db
            .prepare_cached("SELECT id FROM api_key WHERE made_by = ?")?
            .query_map([parent.to_string()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        family.extend(children.into_iter().map(ApiKeyId::from_bytes));
        next += 1;
    }
    Ok(family)
}
