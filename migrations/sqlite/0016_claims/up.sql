-- A claim says what it is about and who found it, and an objection has its time. SQLite changes no constraint of a table, so the
-- three tables are made anew. state: as before, and 13 waived. kind: 1 loss, 2 refund. source: 1 customer, 2 carrier, 3 elsewhere.
-- reference_ix: blind index of the finder's own reference, under the incident's key. appeal_until: until when who was refused may
-- object; none as long as nobody knows that they were told.
DROP TRIGGER incident_claim;

CREATE TABLE claim_anew (
    incident       BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    person         BLOB NOT NULL CHECK (length(person) = 16),
    line           BLOB NOT NULL CHECK (length(line) = 16),
    state          INTEGER NOT NULL CHECK (state BETWEEN 1 AND 13),
    outside_cohort INTEGER NOT NULL CHECK (outside_cohort IN (0, 1)),
    sealed         BLOB NOT NULL,
    made_at        INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    kind           INTEGER NOT NULL CHECK (kind IN (1, 2)),
    source         INTEGER NOT NULL CHECK (source IN (1, 2, 3)),
    reference_ix   BLOB CHECK (length(reference_ix) = 16),
    appeal_until   INTEGER,
    PRIMARY KEY (incident, id),
    CHECK ((source = 1) = (reference_ix IS NULL)),
    CHECK (source <> 3 OR kind = 2)
) STRICT;

INSERT INTO claim_anew
SELECT incident, id, person, line, state, outside_cohort, sealed, made_at, changed_at, 1, 1, NULL,
    CASE WHEN state IN (6, 7) THEN changed_at + 44 * 86400 * 1000000 END
FROM claim;

-- also_by: the second of two who found it together.
CREATE TABLE claim_event_anew (
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    claim      BLOB NOT NULL CHECK (length(claim) = 16),
    no         INTEGER NOT NULL,
    from_state INTEGER NOT NULL,
    to_state   INTEGER NOT NULL,
    by_staff   BLOB CHECK (length(by_staff) = 16),
    at         INTEGER NOT NULL,
    also_by    BLOB CHECK (length(also_by) = 16),
    PRIMARY KEY (incident, claim, no),
    FOREIGN KEY (incident, claim) REFERENCES claim_anew (incident, id),
    CHECK (also_by IS NULL OR also_by <> by_staff)
) STRICT, WITHOUT ROWID;

INSERT INTO claim_event_anew SELECT incident, claim, no, from_state, to_state, by_staff, at, NULL FROM claim_event;

DROP TRIGGER claim_event_no_delete;
DROP TABLE claim_event;
DROP TRIGGER claim_no_delete;
DROP TABLE claim;
ALTER TABLE claim_anew RENAME TO claim;
ALTER TABLE claim_event_anew RENAME TO claim_event;

CREATE INDEX claim_person ON claim (incident, person);

CREATE INDEX claim_state ON claim (incident, state);

CREATE UNIQUE INDEX claim_reference ON claim (incident, reference_ix) WHERE reference_ix IS NOT NULL;

CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at, kind, source, reference_ix ON claim
BEGIN
    SELECT RAISE(ABORT, 'claim rows are immutable');
END;

-- A claim that was handed in stays about its line.
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

-- Money that was given to the bank to pay. no: counted within a claim. pay_on: days since 1970-01-01. result: 1 paid, 2 failed; none
-- as long as the bank said nothing.
CREATE TABLE payment (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    incident    BLOB NOT NULL CHECK (length(incident) = 16),
    claim       BLOB NOT NULL CHECK (length(claim) = 16),
    no          INTEGER NOT NULL CHECK (no >= 1),
    pay_on      INTEGER NOT NULL,
    exported_at INTEGER NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    also_by     BLOB NOT NULL CHECK (length(also_by) = 16),
    result      INTEGER CHECK (result IN (1, 2)),
    settled_at  INTEGER,
    FOREIGN KEY (incident, claim) REFERENCES claim (incident, id),
    CHECK (by_staff <> also_by),
    CHECK ((result IS NULL) = (settled_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX payment_claim ON payment (incident, claim, no);

CREATE UNIQUE INDEX payment_open ON payment (incident, claim) WHERE result IS NULL;

CREATE UNIQUE INDEX payment_paid ON payment (incident, claim) WHERE result = 1;

CREATE INDEX payment_day ON payment (incident, pay_on);

CREATE TRIGGER payment_no_update BEFORE UPDATE OF id, incident, claim, no, pay_on, exported_at, by_staff, also_by ON payment
BEGIN
    SELECT RAISE(ABORT, 'payment rows are immutable');
END;

CREATE TRIGGER payment_settled BEFORE UPDATE ON payment
WHEN (OLD.result IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'payment rows are immutable');
END;

CREATE TRIGGER payment_no_delete BEFORE DELETE ON payment
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'payment rows are immutable');
END;

-- What somebody is told about a case or a claim, which about_id names; the kind says which of the two it is. The rest as before.
CREATE TABLE case_notice_anew (
    incident      BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    about_id      BLOB NOT NULL CHECK (length(about_id) = 16),
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
    PRIMARY KEY (incident, about_id, kind, channel, no)
) STRICT;

INSERT INTO case_notice_anew SELECT * FROM case_notice;

DROP TRIGGER case_notice_no_delete;
DROP TABLE case_notice;
ALTER TABLE case_notice_anew RENAME TO case_notice;

CREATE UNIQUE INDEX case_notice_once ON case_notice (incident, about_id, kind, channel, about, to_ix) WHERE NOT flagged;

CREATE INDEX case_notice_state ON case_notice (incident, state, made_at);

CREATE TRIGGER case_notice_no_update
BEFORE UPDATE OF incident, about_id, kind, channel, no, about, recipient, changed_since, flagged, to_ix, sealed, made_at
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

-- Whoever waits for money, or may still object, is not forgotten.
CREATE TRIGGER incident_claim BEFORE UPDATE OF state ON incident
WHEN NEW.state = 3 AND EXISTS (
    SELECT 1 FROM claim c WHERE c.incident = NEW.id AND (
        c.state IN (2, 3, 4, 5, 6, 8, 9, 11)
        OR (c.state = 7 AND (c.appeal_until IS NULL OR c.appeal_until > CAST(strftime('%s', 'now') AS INTEGER) * 1000000))
    )
)
BEGIN
    SELECT RAISE(ABORT, 'the incident has open claims');
END;
