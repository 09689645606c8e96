-- Keys that were a device's, so that one which comes back is known for what it is. generation is that of the first tokens
-- of the key after it.
CREATE TABLE former_device_key (
    device_id   BLOB NOT NULL,
    public_key  BLOB NOT NULL,
    replaced_at INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    PRIMARY KEY (device_id, public_key)
) STRICT, WITHOUT ROWID;
