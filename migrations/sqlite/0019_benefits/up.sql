-- What people chose of what their carrier offers those whose data leaked: one of a group for a line. exported_at: when it was handed
-- over to whoever grants it; from then on it stays.
CREATE TABLE benefit (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    line        BLOB NOT NULL CHECK (length(line) = 16),
    grp         TEXT NOT NULL CHECK (length(grp) BETWEEN 1 AND 40),
    code        TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    person      BLOB NOT NULL CHECK (length(person) = 16),
    chosen_at   INTEGER NOT NULL,
    exported_at INTEGER,
    PRIMARY KEY (incident, line, grp)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER benefit_no_update BEFORE UPDATE OF incident, line, grp ON benefit
BEGIN
    SELECT RAISE(ABORT, 'benefit rows are immutable');
END;

CREATE TRIGGER benefit_exported BEFORE UPDATE ON benefit
WHEN (OLD.exported_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'benefit rows are immutable');
END;

-- It goes with its incident alone.
CREATE TRIGGER benefit_no_delete BEFORE DELETE ON benefit
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'benefit rows are immutable');
END;
