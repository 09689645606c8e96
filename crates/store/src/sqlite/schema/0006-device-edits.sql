ALTER TABLE device ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
-- Not null for a device that is shut out for a while; null again once it is enabled or revoked.
ALTER TABLE device ADD COLUMN disabled_at INTEGER;
-- Why it is disabled or revoked, if somebody said.
ALTER TABLE device ADD COLUMN state_reason TEXT;
-- Counts the changes people and rules made. Being heard is none.
ALTER TABLE device ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
