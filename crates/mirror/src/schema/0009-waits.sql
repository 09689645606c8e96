-- When the wait that ends at due_at began: a clock that was set back to before it ends it, too. What waits now goes out at once.
ALTER TABLE outbox ADD COLUMN put_off_at INTEGER;
UPDATE outbox SET due_at = 0 WHERE state = 0;

-- Keys that were reported lost and that an approval from here may let in, though no list shows it yet. Who joins with one is revoked.
CREATE TABLE lost (
    platform        INTEGER NOT NULL REFERENCES platform (number),
    key             TEXT NOT NULL,
    -- Who joins later was let in by something else.
    until           INTEGER NOT NULL,
    -- Names the revocation.
    idempotency_key TEXT NOT NULL,
    reason          TEXT,
    PRIMARY KEY (platform, key)
) STRICT;
-- What was asked for of a key that is reported lost.
CREATE INDEX outbox_by_key ON outbox (device_key);
