CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    platform        INTEGER NOT NULL REFERENCES platform (number),
    subject         TEXT NOT NULL,
    -- The key's fingerprint and when the device had joined, as they were when this was asked for.
    device_key      TEXT NOT NULL,
    paired_at       INTEGER,
    intent          TEXT NOT NULL,
    revokes         INTEGER NOT NULL,
    revision        INTEGER,
    queued_at       INTEGER NOT NULL,
    expires_at      INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- 0 queued, 1 sent, 2 acknowledged, 3 verified, 4 failed, 5 expired, 6 withdrawn.
    state           INTEGER NOT NULL,
    due_at          INTEGER,
    sent_at         INTEGER,
    acknowledged_at INTEGER,
    -- The count of readings when it was acknowledged: only later ones can confirm it.
    tick            INTEGER,
    ended_at        INTEGER,
    conflict        TEXT
) STRICT;
-- What is still to be sent or may be on its way, in order. A query finds this index only if it names the very same condition.
CREATE INDEX outbox_to_send ON outbox (platform, subject, id) WHERE state IN (0, 1);
CREATE INDEX outbox_unverified ON outbox (platform, subject, id) WHERE state = 2;
CREATE INDEX outbox_not_revoked ON outbox (id) WHERE revokes AND state IN (0, 1, 2, 4);
CREATE INDEX outbox_shown ON outbox (id) WHERE state IN (0, 1, 2, 4);
CREATE INDEX outbox_of ON outbox (platform, subject, id);

-- Devices that are over. They stay, and so do their keys.
CREATE TABLE tombstone (
    number   INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL REFERENCES platform (number),
    device   TEXT NOT NULL,
    key      TEXT NOT NULL,
    name     TEXT NOT NULL,
    -- As devices stand: 2 revoked, 3 gone.
    standing INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT,
    why      TEXT
) STRICT;
CREATE INDEX tombstone_by_key ON tombstone (key);
CREATE INDEX tombstone_by_device ON tombstone (platform, device);

-- Who has revoked which device, as the platform's activity says.
CREATE TABLE revoker (
    platform INTEGER NOT NULL,
    device   TEXT NOT NULL,
    who      TEXT NOT NULL,
    PRIMARY KEY (platform, device)
) STRICT, WITHOUT ROWID;

-- Keys that came back.
CREATE TABLE alarm (
    number          INTEGER PRIMARY KEY,
    tombstone       INTEGER NOT NULL REFERENCES tombstone (number),
    platform        INTEGER NOT NULL REFERENCES platform (number),
    subject         TEXT NOT NULL,
    -- Whether it only asks to be let in.
    asks            INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    acknowledged_at INTEGER,
    UNIQUE (tombstone, platform, subject, asks)
) STRICT;
CREATE INDEX alarm_open ON alarm (number) WHERE acknowledged_at IS NULL;
