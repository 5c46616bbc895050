ALTER TABLE sim_change RENAME TO sim_change_new;
DROP TRIGGER sim_change_rises;
DROP TRIGGER sim_change_no_delete;

CREATE TABLE sim_change (
    number_ix       BLOB NOT NULL PRIMARY KEY CHECK (length(number_ix) = 16),
    at              INTEGER,
    monitored_since INTEGER,
    CHECK (at IS NOT NULL OR monitored_since IS NOT NULL)
) STRICT;

INSERT INTO sim_change SELECT number_ix, at, NULL FROM sim_change_new;
DROP TABLE sim_change_new;

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at OR (NEW.at IS NULL AND OLD.at IS NOT NULL))
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;

CREATE TRIGGER sim_change_no_delete BEFORE DELETE ON sim_change
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;
