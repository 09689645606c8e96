CREATE TABLE member (
    id             BLOB PRIMARY KEY,
    name           TEXT NOT NULL,
    -- The name in lower case, by which people sign in.
    name_key       TEXT NOT NULL,
    email          TEXT,
    role           TEXT NOT NULL,
    -- argon2id as a PHC string.
    password       TEXT NOT NULL,
    -- The sealed secret of the second factor, and the last time step a code was taken of.
    totp           BLOB,
    totp_step      INTEGER NOT NULL DEFAULT 0,
    joined_at      INTEGER NOT NULL,
    signed_in_at   INTEGER,
    disabled_at    INTEGER,
    removed_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX member_name ON member (name_key) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX member_email ON member (email) WHERE removed_at IS NULL;

CREATE TABLE invitation (
    id           BLOB PRIMARY KEY,
    token_hash   BLOB NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    email        TEXT,
    role         TEXT NOT NULL,
    invited_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    member       BLOB,
    withdrawn_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    member  BLOB NOT NULL REFERENCES member (id),
    hash    BLOB NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (member, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id         BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    member     BLOB NOT NULL REFERENCES member (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_member ON session (member) WHERE ended_at IS NULL;
