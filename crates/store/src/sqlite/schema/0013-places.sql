-- Codes and links are looked up by their place first, so that those made together lie together: hashes alone are scattered, and
-- every code touched two pages of its own in every commit.
CREATE TABLE pairing_placed (
    id                 BLOB PRIMARY KEY,
    device_id          BLOB NOT NULL UNIQUE,
    name               TEXT NOT NULL,
    device_type        TEXT NOT NULL,
    permissions        TEXT NOT NULL,
    locator            INTEGER NOT NULL,
    code_hash          BLOB NOT NULL,
    link_hash          BLOB NOT NULL,
    created_at         INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    completed_at       INTEGER,
    cancelled_at       INTEGER,
    claimed_by         BLOB,
    wrong_guesses      INTEGER NOT NULL DEFAULT 0,
    refusals           INTEGER NOT NULL DEFAULT 0,
    ask_first          INTEGER NOT NULL,
    asked_at           INTEGER,
    asking_description TEXT,
    asking_address     TEXT,
    other_keys         BLOB NOT NULL DEFAULT x'',
    approved_at        INTEGER,
    denied_at          INTEGER,
    denial_reason      TEXT,
    typed              INTEGER NOT NULL,
    opaque_record      BLOB
) STRICT, WITHOUT ROWID;

INSERT INTO pairing_placed
SELECT id, device_id, name, device_type, permissions, locator, code_hash, link_hash, created_at, expires_at, completed_at,
       cancelled_at, claimed_by, wrong_guesses, refusals, ask_first, asked_at, asking_description, asking_address, other_keys,
       approved_at, denied_at, denial_reason, typed, opaque_record
FROM pairing;
DROP TABLE pairing;
ALTER TABLE pairing_placed RENAME TO pairing;

CREATE UNIQUE INDEX pairing_code ON pairing (locator, code_hash);
-- A link's first 15 bits are those of the millisecond it was made in.
CREATE UNIQUE INDEX pairing_link ON pairing (created_at & 32767, link_hash);
CREATE INDEX pairing_asked ON pairing (id) WHERE asked_at IS NOT NULL;
CREATE INDEX pairing_open_by_id ON pairing (id) WHERE claimed_by IS NULL AND cancelled_at IS NULL;
CREATE INDEX pairing_typed ON pairing (locator, expires_at) WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL;
CREATE INDEX pairing_typed_by_end ON pairing (expires_at) WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL;
