-- Times are milliseconds since 1970 (UTC). Ids are the 16 bytes of a UUIDv7. Hashes are keyed; their key is not here.
CREATE TABLE device (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    device_type  TEXT NOT NULL,
    permissions  TEXT NOT NULL,
    public_key   BLOB NOT NULL,
    description  TEXT NOT NULL,
    paired_at    INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    last_address TEXT NOT NULL,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE pairing (
    id            BLOB PRIMARY KEY,
    device_id     BLOB NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    device_type   TEXT NOT NULL,
    permissions   TEXT NOT NULL,
    locator       INTEGER NOT NULL,
    code_hash     BLOB NOT NULL UNIQUE,
    link_hash     BLOB NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    completed_at  INTEGER,
    cancelled_at  INTEGER,
    claimed_by    BLOB,
    wrong_guesses INTEGER NOT NULL DEFAULT 0,
    refusals      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX pairing_unended ON pairing (locator, expires_at) WHERE completed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX pairing_unended_by_id ON pairing (id) WHERE completed_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE api_key (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    secret_hash  BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_prefix ON api_key (prefix);

-- Append-only; each entry's hash covers the one before it.
CREATE TABLE activity (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    hash    BLOB NOT NULL
) STRICT;
