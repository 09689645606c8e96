-- What the hash of an entry covers: 1 for entries written before addresses were, 2 since.
ALTER TABLE activity ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
ALTER TABLE activity ADD COLUMN address TEXT;
ALTER TABLE activity ADD COLUMN details TEXT;

-- The last entry once more, so that a log cut off at its end is missed. One row.
CREATE TABLE activity_head (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    number   INTEGER NOT NULL,
    hash     BLOB NOT NULL
) STRICT;

INSERT INTO activity_head SELECT 1, number, hash FROM activity ORDER BY number DESC LIMIT 1;
INSERT OR IGNORE INTO activity_head VALUES (1, 0, zeroblob(32));
