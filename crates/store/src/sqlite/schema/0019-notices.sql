-- The mail that tells the address so far that another one counts.
ALTER TABLE address_change ADD COLUMN notice BLOB;
CREATE UNIQUE INDEX address_change_notice ON address_change (notice) WHERE notice IS NOT NULL;

CREATE TRIGGER notice_of_address_change AFTER DELETE ON address_change BEGIN
    DELETE FROM mail WHERE id = old.notice;
END;
