-- Whether a person decides once a device has claimed the pairing.
ALTER TABLE pairing ADD COLUMN ask_first INTEGER NOT NULL DEFAULT 0;
-- What was said by the key in claimed_by, where a person is asked.
ALTER TABLE pairing ADD COLUMN asked_at INTEGER;
ALTER TABLE pairing ADD COLUMN asking_description TEXT;
ALTER TABLE pairing ADD COLUMN asking_address TEXT;
-- Other keys that have shown a secret meanwhile, 32 bytes each; at most eight.
ALTER TABLE pairing ADD COLUMN other_keys BLOB NOT NULL DEFAULT x'';
ALTER TABLE pairing ADD COLUMN approved_at INTEGER;
ALTER TABLE pairing ADD COLUMN denied_at INTEGER;
ALTER TABLE pairing ADD COLUMN denial_reason TEXT;

CREATE INDEX pairing_asked ON pairing (id) WHERE asked_at IS NOT NULL;
-- Open means: nobody has claimed it, and nobody has taken it back.
DROP INDEX pairing_unended;
DROP INDEX pairing_unended_by_id;
CREATE INDEX pairing_open ON pairing (locator, expires_at) WHERE claimed_by IS NULL AND cancelled_at IS NULL;
CREATE INDEX pairing_open_by_id ON pairing (id) WHERE claimed_by IS NULL AND cancelled_at IS NULL;
