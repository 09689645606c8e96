-- Groups of devices that were in a file that was set aside, until their platform lists them again.
CREATE TABLE group_kept (
    platform    INTEGER NOT NULL REFERENCES platform (number),
    device      TEXT NOT NULL,
    local_group TEXT NOT NULL,
    PRIMARY KEY (platform, device)
) STRICT, WITHOUT ROWID;
