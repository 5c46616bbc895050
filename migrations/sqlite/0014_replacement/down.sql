DROP TRIGGER incident_replacement;
DROP TABLE outbox;
DROP TABLE sim_change;
DROP TABLE ticket;
DROP TABLE swap_step;
DROP TABLE swap;
DROP TABLE line_hold;
DROP TRIGGER proof_no_delete;
DROP TABLE proof;
DROP TRIGGER case_notice_no_delete;
DROP TABLE case_notice;
DROP TRIGGER case_event_no_delete;
DROP TABLE case_event;
-- The older version knows two states: asked for, and over.
CREATE TABLE replacement_case_before (
    bucket     INTEGER NOT NULL,
    incident   BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    line       BLOB NOT NULL CHECK (length(line) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    person     BLOB NOT NULL CHECK (length(person) = 16),
    state      INTEGER NOT NULL CHECK (state IN (1, 2)),
    applied_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, incident, line, id)
) STRICT, WITHOUT ROWID;
INSERT INTO replacement_case_before
SELECT bucket, incident, line, id, person, CASE WHEN open = 1 THEN 1 ELSE 2 END, applied_at, changed_at FROM replacement_case;
DROP TABLE replacement_case;
ALTER TABLE replacement_case_before RENAME TO replacement_case;
CREATE UNIQUE INDEX replacement_case_open ON replacement_case (incident, line) WHERE state = 1;
CREATE INDEX replacement_case_person ON replacement_case (incident, person);
CREATE TRIGGER replacement_case_no_update BEFORE UPDATE OF bucket, incident, line, id, person, applied_at ON replacement_case
BEGIN
    SELECT RAISE(ABORT, 'replacement_case rows are immutable');
END;
CREATE TRIGGER replacement_case_no_delete BEFORE DELETE ON replacement_case
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'replacement_case rows are immutable');
END;
DROP TABLE agency_hour;
DROP TABLE agency_day;
DROP TABLE stock_count;
DROP TABLE card;
DROP TABLE lot;
DROP TABLE agency;
