DROP TRIGGER incident_claim;
DROP TRIGGER payment_no_delete;
DROP TABLE payment;

-- The older version knows no claim that was waived; money that came off the bill was paid.
CREATE TABLE claim_before (
    incident       BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    person         BLOB NOT NULL CHECK (length(person) = 16),
    line           BLOB NOT NULL CHECK (length(line) = 16),
    state          INTEGER NOT NULL CHECK (state BETWEEN 1 AND 12),
    outside_cohort INTEGER NOT NULL CHECK (outside_cohort IN (0, 1)),
    sealed         BLOB NOT NULL,
    made_at        INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    PRIMARY KEY (incident, id)
) STRICT;

INSERT INTO claim_before
SELECT incident, id, person, line, CASE state WHEN 13 THEN 10 ELSE state END, outside_cohort, sealed, made_at, changed_at FROM claim;

CREATE TABLE claim_event_before (
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    claim      BLOB NOT NULL CHECK (length(claim) = 16),
    no         INTEGER NOT NULL,
    from_state INTEGER NOT NULL,
    to_state   INTEGER NOT NULL,
    by_staff   BLOB CHECK (length(by_staff) = 16),
    at         INTEGER NOT NULL,
    PRIMARY KEY (incident, claim, no),
    FOREIGN KEY (incident, claim) REFERENCES claim_before (incident, id)
) STRICT, WITHOUT ROWID;

INSERT INTO claim_event_before
SELECT incident, claim, no, from_state, CASE to_state WHEN 13 THEN 10 ELSE to_state END, by_staff, at FROM claim_event;

DROP TRIGGER claim_event_no_delete;
DROP TABLE claim_event;
DROP TRIGGER claim_no_delete;
DROP TABLE claim;
ALTER TABLE claim_before RENAME TO claim;
ALTER TABLE claim_event_before RENAME TO claim_event;

CREATE INDEX claim_person ON claim (incident, person);

CREATE INDEX claim_state ON claim (incident, state);

CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at ON claim
BEGIN
    SELECT RAISE(ABORT, 'claim rows are immutable');
END;

CREATE TRIGGER claim_line BEFORE UPDATE OF line ON claim
WHEN OLD.state <> 1 AND NEW.line <> OLD.line
BEGIN
    SELECT RAISE(ABORT, 'claim rows are immutable');
END;

CREATE TRIGGER claim_no_delete BEFORE DELETE ON claim
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'claim rows are immutable');
END;

CREATE TRIGGER claim_event_no_update BEFORE UPDATE ON claim_event
BEGIN
    SELECT RAISE(ABORT, 'claim_event rows are immutable');
END;

CREATE TRIGGER claim_event_no_delete BEFORE DELETE ON claim_event
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'claim_event rows are immutable');
END;

-- Nor does it tell of anything but cases.
CREATE TABLE case_notice_before (
    incident      BLOB NOT NULL CHECK (length(incident) = 16),
    case_id       BLOB NOT NULL CHECK (length(case_id) = 16),
    kind          INTEGER NOT NULL,
    channel       INTEGER NOT NULL,
    no            INTEGER NOT NULL CHECK (no >= 1),
    about         INTEGER NOT NULL,
    recipient     INTEGER NOT NULL CHECK (recipient IN (1, 2, 3)),
    changed_since INTEGER NOT NULL CHECK (changed_since IN (0, 1)),
    flagged       INTEGER NOT NULL CHECK (flagged IN (0, 1)),
    state         INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
    to_ix         BLOB NOT NULL CHECK (length(to_ix) = 16),
    sealed        BLOB NOT NULL,
    made_at       INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (incident, case_id, kind, channel, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id)
) STRICT;

INSERT INTO case_notice_before
SELECT * FROM case_notice
WHERE EXISTS (SELECT 1 FROM replacement_case c WHERE c.incident = case_notice.incident AND c.id = case_notice.about_id);

DROP TRIGGER case_notice_no_delete;
DROP TABLE case_notice;
ALTER TABLE case_notice_before RENAME TO case_notice;

CREATE UNIQUE INDEX case_notice_once ON case_notice (incident, case_id, kind, channel, about, to_ix) WHERE NOT flagged;

CREATE INDEX case_notice_state ON case_notice (incident, state, made_at);

CREATE TRIGGER case_notice_no_update
BEFORE UPDATE OF incident, case_id, kind, channel, no, about, recipient, changed_since, flagged, to_ix, sealed, made_at
ON case_notice
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

CREATE TRIGGER case_notice_settled BEFORE UPDATE OF state ON case_notice
WHEN (OLD.state > 2)
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

CREATE TRIGGER case_notice_no_delete BEFORE DELETE ON case_notice
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

CREATE TRIGGER incident_claim BEFORE UPDATE OF state ON incident
WHEN NEW.state = 3 AND EXISTS (SELECT 1 FROM claim c WHERE c.incident = NEW.id AND c.state IN (2, 3, 4, 5, 6, 8, 9, 11))
BEGIN
    SELECT RAISE(ABORT, 'the incident has open claims');
END;
