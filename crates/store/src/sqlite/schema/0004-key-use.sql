-- Who made the key, as the activity log writes it.
ALTER TABLE api_key ADD COLUMN made_by TEXT NOT NULL DEFAULT 'owner';
ALTER TABLE api_key ADD COLUMN rotated_at INTEGER;
ALTER TABLE api_key ADD COLUMN last_address TEXT;
ALTER TABLE api_key ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

CREATE INDEX api_key_made_by ON api_key (made_by);

-- Secrets a key had before it was rotated; kept so that a late user hears what happened.
CREATE TABLE api_key_former (
    prefix      TEXT NOT NULL,
    secret_hash BLOB NOT NULL PRIMARY KEY,
    api_key     BLOB NOT NULL REFERENCES api_key (id),
    until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_former_prefix ON api_key_former (prefix);

-- How often a key was used on a day (days since 1970-01-01, UTC).
CREATE TABLE api_key_day (
    api_key BLOB NOT NULL REFERENCES api_key (id),
    day     INTEGER NOT NULL,
    uses    INTEGER NOT NULL,
    PRIMARY KEY (api_key, day)
) STRICT, WITHOUT ROWID;
