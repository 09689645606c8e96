ALTER TABLE state ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN reviewed_at INTEGER;
-- The journal's last entry, so that one cut off at its end is missed.
ALTER TABLE state ADD COLUMN journal_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN journal_hash BLOB;

-- What a reviewer has to look at, in the order it was noticed.
CREATE TABLE review (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    platform INTEGER NOT NULL REFERENCES platform (number),
    device   TEXT NOT NULL,
    name     TEXT NOT NULL,
    -- 0 added, 1 over, 2 other rights.
    kind     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    rights   TEXT NOT NULL
) STRICT;
CREATE INDEX review_by_kind ON review (kind, number);

CREATE TABLE journal (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT,
    hash    BLOB NOT NULL
) STRICT;
