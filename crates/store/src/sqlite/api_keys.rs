use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::api_key::ApiKey;
use clawpair_core::clock::Timestamp;
use clawpair_core::id::ApiKeyId;
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{ApiKeys, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{json_or_none, parsed, time, time_or_none, to_json};
use super::{SqliteStore, activity};

#[async_trait]
impl ApiKeys for SqliteStore {
    async fn create_api_key(&self, key: ApiKey, secret: KeyedHash, by: Actor) -> Result<(), StoreError> {
        self.writer.run(move |db| create(db, &key, secret, by)).await
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.read(list)
    }

    async fn use_api_key(&self, prefix: &str, secret: KeyedHash, at: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        let Some(key) = self.read(|db| find(db, prefix, secret))? else { return Ok(None) };
        if key.revoked_at.is_some() || key.has_expired(at) || key.last_used_at.is_some_and(|last| at < last.plus_minutes(1)) {
            return Ok(Some(key));
        }
        self.writer.run(move |db| touch(db, key.id, at)).await
    }

    async fn revoke_api_key(&self, id: ApiKeyId, by: Actor, at: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        self.writer.run(move |db| revoke(db, id, by, at)).await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId::from_bytes(row.get("id")?),
        name: parsed(row, "name")?,
        prefix: row.get("prefix")?,
        role: parsed(row, "role")?,
        scopes: json_or_none(row, "scopes")?,
        created_at: time(row, "created_at")?,
        expires_at: time_or_none(row, "expires_at")?,
        last_used_at: time_or_none(row, "last_used_at")?,
        revoked_at: time_or_none(row, "revoked_at")?,
    })
}

pub(super) fn create(db: &Connection, key: &ApiKey, secret: KeyedHash, by: Actor) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO api_key (id, name, prefix, secret_hash, role, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        key.id.as_bytes(),
        key.name.as_str(),
        key.prefix,
        secret.as_bytes(),
        key.role.word(),
        key.scopes.as_ref().map(to_json).transpose()?,
        key.created_at.as_millis(),
        key.expires_at.map(Timestamp::as_millis),
    ])?;
    activity::append(db, key.created_at, by, Action::ApiKeyCreated(key.id))
}

pub(super) fn list(db: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    db.prepare_cached("SELECT * FROM api_key ORDER BY id DESC")?.query_map([], read)?.collect()
}

/// Prefixes are public and need not be unique; the secret decides, compared in constant time.
pub(super) fn find(db: &Connection, prefix: &str, secret: KeyedHash) -> rusqlite::Result<Option<ApiKey>> {
    let mut statement = db.prepare_cached("SELECT * FROM api_key WHERE prefix = ?")?;
    let mut rows = statement.query([prefix])?;
    while let Some(row) = rows.next()? {
        if KeyedHash::from_bytes(row.get("secret_hash")?) == secret {
            return read(row).map(Some);
        }
    }
    Ok(None)
}

pub(super) fn touch(db: &Connection, id: ApiKeyId, at: Timestamp) -> rusqlite::Result<Option<ApiKey>> {
    db.prepare_cached("UPDATE api_key SET last_used_at = ? WHERE id = ? RETURNING *")?
        .query_row(params![at.as_millis(), id.as_bytes()], read)
        .optional()
}

pub(super) fn revoke(db: &Connection, id: ApiKeyId, by: Actor, at: Timestamp) -> rusqlite::Result<Option<ApiKey>> {
    let revoked = db
        .prepare_cached("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING *")?
        .query_row(params![at.as_millis(), id.as_bytes()], read)
        .optional()?;
    if revoked.is_some() {
        activity::append(db, at, by, Action::ApiKeyRevoked(id))?;
        return Ok(revoked);
    }
    db.prepare_cached("SELECT * FROM api_key WHERE id = ?")?.query_row([id.as_bytes()], read).optional()
}
