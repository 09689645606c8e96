-- The first six characters of each word of what is looked for besides devices, and longer words whole, as with those from now on.
CREATE VIRTUAL TABLE tombstone_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3 4 5'
);
-- Whoever removes a row removes its words.
CREATE TRIGGER tombstone_removed AFTER DELETE ON tombstone BEGIN
    DELETE FROM tombstone_search WHERE rowid = old.number;
END;

CREATE VIRTUAL TABLE journal_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3 4 5'
);
-- An entry is found by what its device is called, which may change.
CREATE INDEX journal_by_subject ON journal (subject);

-- Counted in the order in which entries became known here, which is how a search through all platforms goes.
ALTER TABLE activity RENAME TO activity_before;
CREATE TABLE activity (
    known    INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL REFERENCES platform (number),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    record   TEXT NOT NULL,
    UNIQUE (platform, number)
) STRICT;
INSERT INTO activity (platform, number, at, record)
    SELECT platform, number, at, record FROM activity_before ORDER BY at, platform, number;
DROP TABLE activity_before;
CREATE VIRTUAL TABLE activity_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3 4 5'
);
-- Its pieces are merged by who adds to it.
INSERT INTO activity_search (activity_search, rank) VALUES ('automerge', 0);
CREATE TRIGGER activity_removed AFTER DELETE ON activity BEGIN
    DELETE FROM activity_search WHERE rowid = old.known;
END;

-- Whether the words of what was there before are in.
ALTER TABLE state ADD COLUMN words_entered INTEGER NOT NULL DEFAULT 0;
