-- Keys made before roles existed could do what a Device Manager can.
ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'device_manager';
-- The scopes of that role that the key is narrowed to, as a JSON list; all of them where null.
ALTER TABLE api_key ADD COLUMN scopes TEXT;
ALTER TABLE api_key ADD COLUMN expires_at INTEGER;
