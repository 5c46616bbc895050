-- A row says when a number last got another card. Since when changes are watched is said once, by the carrier, not by each number.
ALTER TABLE sim_change RENAME TO sim_change_old;
DROP TRIGGER sim_change_rises;
DROP TRIGGER sim_change_no_delete;

CREATE TABLE sim_change (
    number_ix BLOB NOT NULL PRIMARY KEY CHECK (length(number_ix) = 16),
    at        INTEGER NOT NULL
) STRICT;

INSERT INTO sim_change SELECT number_ix, at FROM sim_change_old WHERE at IS NOT NULL;
DROP TABLE sim_change_old;

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at)
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;

CREATE TRIGGER sim_change_no_delete BEFORE DELETE ON sim_change
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;
