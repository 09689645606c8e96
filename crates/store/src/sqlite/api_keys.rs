use clawpair_core::activity::{Action, Actor};
use clawpair_core::api_key::ApiKey;
use clawpair_core::clock::Timestamp;
use clawpair_core::id::ApiKeyId;
use clawpair_core::secret::KeyedHash;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::activity;
use super::columns::{parsed, time, time_or_none};

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId::from_bytes(row.get("id")?),
        name: parsed(row, "name")?,
        prefix: row.get("prefix")?,
        created_at: time(row, "created_at")?,
        last_used_at: time_or_none(row, "last_used_at")?,
        revoked_at: time_or_none(row, "revoked_at")?,
    })
}

pub(super) fn create(db: &Connection, key: &ApiKey, secret: KeyedHash, by: Actor) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO api_key (id, name, prefix, secret_hash, created_at) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![key.id.as_bytes(), key.name.as_str(), key.prefix, secret.as_bytes(), key.created_at.as_millis()])?;
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
