-- How many days things are kept after they are over; for ever where null. No row as long as nobody has set it. One row.
CREATE TABLE retention (
    only_one      INTEGER PRIMARY KEY CHECK (only_one = 1),
    revision      INTEGER NOT NULL,
    activity_days INTEGER,
    pairing_days  INTEGER,
    alert_days    INTEGER,
    sign_in_days  INTEGER
) STRICT;
