-- A device's tokens are MACs over its id, a generation and its key, so none is here, nor a hash of one.
CREATE TABLE token_family (
    device_id           BLOB PRIMARY KEY,
    generation          INTEGER NOT NULL,
    confirmed           INTEGER NOT NULL,
    access_expires_at   INTEGER NOT NULL,
    previous_expires_at INTEGER NOT NULL,
    refresh_expires_at  INTEGER NOT NULL,
    revoked_at          INTEGER
) STRICT, WITHOUT ROWID;
