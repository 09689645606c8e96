-- Whether mail is known to reach a member at their address: since when, and by which proof.
ALTER TABLE member ADD COLUMN email_verified_at INTEGER;
ALTER TABLE member ADD COLUMN email_verified_by TEXT;

-- The token that is mailed, where one is; the other is shown to whoever invites.
ALTER TABLE invitation ADD COLUMN mailed_hash BLOB;
CREATE UNIQUE INDEX invitation_mailed ON invitation (mailed_hash) WHERE mailed_hash IS NOT NULL;

-- Members' wishes for another address. Of each member's, the latest counts.
CREATE TABLE address_change (
    id           BLOB PRIMARY KEY,
    token_hash   BLOB NOT NULL UNIQUE,
    member       BLOB NOT NULL REFERENCES member (id),
    email        TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    replaced_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX address_change_member ON address_change (member, id);

-- Mails, each named by what it is about. It holds no token: that follows from the id and the platform's key.
CREATE TABLE mail (
    id        BLOB PRIMARY KEY,
    about     TEXT NOT NULL,
    recipient TEXT NOT NULL,
    asked_by  TEXT NOT NULL,
    asked_at  INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    -- When it is tried; null once it was sent or given up.
    next_at   INTEGER,
    sent_at   INTEGER,
    fault     TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_due ON mail (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX mail_recipient ON mail (recipient, asked_at);
CREATE INDEX mail_asker ON mail (asked_by, asked_at);

-- A mail goes with what it is about.
CREATE TRIGGER mail_of_invitation AFTER DELETE ON invitation BEGIN
    DELETE FROM mail WHERE id = old.id;
END;
CREATE TRIGGER mail_of_address_change AFTER DELETE ON address_change BEGIN
    DELETE FROM mail WHERE id = old.id;
END;
