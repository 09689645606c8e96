-- A platform that a person has removed stays as a name for its tombstones and for what was asked of it.
ALTER TABLE platform ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
