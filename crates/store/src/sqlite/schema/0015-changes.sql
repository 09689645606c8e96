-- Cursors of another epoch mean nothing here: a restored database begins a new one.
CREATE TABLE change_epoch (
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO change_epoch VALUES (abs(random() / 2));

-- The last change of every thing, so that whoever knows a cursor finds what is different since, each thing once. Rows only move
-- to the end. Triggers write it, so that no statement can forget to.
CREATE TABLE change (
    kind   TEXT NOT NULL,
    id     BLOB NOT NULL,
    cursor INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

INSERT INTO change SELECT 'pairing', id, row_number() OVER (ORDER BY id) FROM pairing;
INSERT INTO change SELECT 'device', id, (SELECT count(*) FROM pairing) + row_number() OVER (ORDER BY id) FROM device;

CREATE TRIGGER device_made AFTER INSERT ON device BEGIN
    INSERT INTO change VALUES ('device', new.id, (SELECT coalesce(max(cursor), 0) + 1 FROM change))
    ON CONFLICT (kind, id) DO UPDATE SET cursor = excluded.cursor;
END;
CREATE TRIGGER device_changed AFTER UPDATE OF
    name, device_type, permissions, tags, public_key, disabled_at, revoked_at, revision, last_seen_at, last_address ON device
BEGIN
    INSERT INTO change VALUES ('device', new.id, (SELECT coalesce(max(cursor), 0) + 1 FROM change))
    ON CONFLICT (kind, id) DO UPDATE SET cursor = excluded.cursor;
END;
CREATE TRIGGER pairing_made AFTER INSERT ON pairing BEGIN
    INSERT INTO change VALUES ('pairing', new.id, (SELECT coalesce(max(cursor), 0) + 1 FROM change))
    ON CONFLICT (kind, id) DO UPDATE SET cursor = excluded.cursor;
END;
CREATE TRIGGER pairing_changed AFTER UPDATE OF
    completed_at, cancelled_at, claimed_by, wrong_guesses, asked_at, other_keys, approved_at, denied_at ON pairing
BEGIN
    INSERT INTO change VALUES ('pairing', new.id, (SELECT coalesce(max(cursor), 0) + 1 FROM change))
    ON CONFLICT (kind, id) DO UPDATE SET cursor = excluded.cursor;
END;
