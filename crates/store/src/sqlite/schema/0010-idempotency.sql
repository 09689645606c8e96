-- Requests that were done under an idempotency key. Key and request are keyed hashes; the salt leads to the answer's secret only
-- together with the key of those hashes.
CREATE TABLE idempotency (
    key_hash    BLOB PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    salt        BLOB NOT NULL,
    made        BLOB NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);
