-- Rules that somebody has set; the others are as the program has them.
CREATE TABLE alert_rule (
    id         TEXT PRIMARY KEY,
    enabled    INTEGER NOT NULL,
    action     TEXT NOT NULL,
    parameters TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    id              BLOB PRIMARY KEY,
    rule            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    actor           TEXT,
    address         TEXT,
    sentence        TEXT NOT NULL,
    count           INTEGER NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    quarantined     BLOB,
    acknowledged_by TEXT,
    acknowledged_at INTEGER,
    note            TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_open ON alert (rule, subject, last_at) WHERE acknowledged_at IS NULL;
