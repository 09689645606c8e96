-- Whether people may type the code, wrong guesses being charged to its locator; no two live ones share a locator.
ALTER TABLE pairing ADD COLUMN typed INTEGER NOT NULL DEFAULT 1;
-- The OPAQUE record of the code's secret part, for devices that do not know this platform's key.
ALTER TABLE pairing ADD COLUMN opaque_record BLOB;

DROP INDEX pairing_open;
CREATE INDEX pairing_typed ON pairing (locator, expires_at) WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL;
CREATE INDEX pairing_typed_by_end ON pairing (expires_at) WHERE typed = 1 AND claimed_by IS NULL AND cancelled_at IS NULL;
