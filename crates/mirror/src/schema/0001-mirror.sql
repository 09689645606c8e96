CREATE TABLE state (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    -- How often the file was opened; readings are numbered within an opening.
    openings INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0);

CREATE TABLE platform (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    -- Where the next incremental reading begins.
    cursor     TEXT,
    -- When the last reading that was applied began.
    as_of      INTEGER,
    -- The last reading of everything it has; whatever was read before says nothing any more.
    whole_tick INTEGER NOT NULL DEFAULT 0,
    -- Why it could not be read since, as the window shows refusals.
    stale_at   INTEGER,
    stale      TEXT
) STRICT;

CREATE TABLE device (
    -- Counts devices in the order they became known here; labels and search name them by it.
    number      INTEGER PRIMARY KEY,
    platform    INTEGER NOT NULL REFERENCES platform (number),
    id          TEXT NOT NULL,
    -- The key's fingerprint.
    key         TEXT NOT NULL,
    -- 0 active, 1 disabled, 2 revoked, 3 gone.
    standing    INTEGER NOT NULL,
    -- One bit for each of its labels, several labels sharing one.
    signature   INTEGER NOT NULL,
    sort_name   TEXT NOT NULL,
    paired_at   INTEGER NOT NULL,
    -- 0 if never.
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER,
    revision    INTEGER NOT NULL,
    -- The reading it was last in.
    tick        INTEGER NOT NULL,
    local_group TEXT,
    -- All words it is found by.
    words       TEXT NOT NULL,
    record      TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX device_by_id ON device (platform, id);
CREATE INDEX device_by_key ON device (key);
-- Lists walk one of these for each platform and standing, and read nothing else of devices that are not shown.
CREATE INDEX device_by_name ON device (platform, standing, sort_name, number, signature, seen_at);
CREATE INDEX device_by_paired ON device (platform, standing, paired_at, number, signature, seen_at);
CREATE INDEX device_by_seen ON device (platform, standing, seen_at, number, signature);
CREATE INDEX device_by_expiry ON device (expires_at, number) WHERE expires_at IS NOT NULL;

-- What devices are filtered by exactly.
CREATE TABLE device_label (
    label  TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (label, number)
) STRICT, WITHOUT ROWID;

-- How many devices have a label, so that nobody has to count them; all have the empty one.
CREATE TABLE device_count (
    label    TEXT NOT NULL,
    platform INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    devices  INTEGER NOT NULL,
    PRIMARY KEY (label, platform, standing)
) STRICT, WITHOUT ROWID;

-- The first six characters of each word, so that every look is at one list; what comes after them is compared in the row.
CREATE VIRTUAL TABLE device_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3 4 5'
);

CREATE TABLE pairing (
    platform   INTEGER NOT NULL REFERENCES platform (number),
    id         TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Whether it was not over when it was last read.
    open       INTEGER NOT NULL,
    tick       INTEGER NOT NULL,
    record     TEXT NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT;
CREATE INDEX pairing_open ON pairing (created_at, platform, id) WHERE open;

CREATE TABLE request (
    platform INTEGER NOT NULL REFERENCES platform (number),
    id       TEXT NOT NULL,
    key      TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    open     INTEGER NOT NULL,
    tick     INTEGER NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT;
CREATE INDEX request_open ON request (asked_at, platform, id) WHERE open;
CREATE INDEX request_by_key ON request (key);

CREATE TABLE activity (
    platform INTEGER NOT NULL REFERENCES platform (number),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (platform, number)
) STRICT;
CREATE INDEX activity_by_time ON activity (at, platform, number);
