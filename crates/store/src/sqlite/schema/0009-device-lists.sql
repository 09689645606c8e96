-- Counts devices in the order they joined; the search index and the labels name them by it.
ALTER TABLE device ADD COLUMN number INTEGER;
-- The name in lower case.
ALTER TABLE device ADD COLUMN sort_name TEXT;
ALTER TABLE device ADD COLUMN standing INTEGER
    GENERATED ALWAYS AS (CASE WHEN revoked_at IS NOT NULL THEN 2 WHEN disabled_at IS NOT NULL THEN 1 ELSE 0 END) VIRTUAL;

-- Lists without other filters walk one of these per standing, from where the page before ended.
CREATE UNIQUE INDEX device_by_number ON device (number);
CREATE INDEX device_by_standing ON device (standing, number);
CREATE INDEX device_by_name ON device (standing, sort_name, number);
CREATE INDEX device_by_seen ON device (standing, last_seen_at, number);

-- What devices are filtered by exactly: t and a type, p and a permission, # and a tag.
CREATE TABLE device_label (
    label  TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (label, number)
) STRICT, WITHOUT ROWID;

-- How many devices stand how, so that nobody has to count them.
CREATE TABLE device_count (
    standing INTEGER PRIMARY KEY,
    devices  INTEGER NOT NULL
) STRICT;
INSERT INTO device_count VALUES (0, 0), (1, 0), (2, 0);

-- The first six characters of every part a device can be found by; what comes after them is compared in the row. So every look
-- into the index is at one list in the order devices joined, and a page of it costs the same however many match.
CREATE VIRTUAL TABLE device_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3 4 5'
);
