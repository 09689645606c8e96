-- Counting whose credentials end looks at no device.
DROP INDEX device_by_expiry;
CREATE INDEX device_by_expiry ON device (expires_at, number, platform, standing) WHERE expires_at IS NOT NULL;
