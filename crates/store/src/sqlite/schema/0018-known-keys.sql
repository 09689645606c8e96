-- Idempotency keys are found in memory (known_keys.rs), so their table only grows at its end.
CREATE TABLE idempotency_by_number (
    number      INTEGER PRIMARY KEY,
    key_hash    BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    salt        BLOB NOT NULL,
    made        BLOB NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

INSERT INTO idempotency_by_number (key_hash, fingerprint, salt, made, at)
SELECT key_hash, fingerprint, salt, made, at FROM idempotency ORDER BY at;
DROP TABLE idempotency;
ALTER TABLE idempotency_by_number RENAME TO idempotency;

-- It has all that counting the codes that may be typed looks at, so that nothing else is read for it.
DROP INDEX pairing_typed_by_end;
CREATE INDEX pairing_typed_by_end ON pairing (expires_at, wrong_guesses, typed, claimed_by, cancelled_at)
    WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL;
