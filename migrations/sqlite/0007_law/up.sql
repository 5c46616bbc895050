-- anchors: names, comma-separated; empty: every awareness anchor. revision: the one whose people it concerns.
ALTER TABLE knowledge_time ADD COLUMN anchors TEXT NOT NULL DEFAULT '';

ALTER TABLE knowledge_time ADD COLUMN revision INTEGER;

ALTER TABLE knowledge_time ADD COLUMN who TEXT NOT NULL DEFAULT '';

ALTER TABLE knowledge_time ADD COLUMN recorded_at INTEGER NOT NULL DEFAULT 0;

UPDATE knowledge_time SET recorded_at = (SELECT opened_at FROM incident i WHERE i.id = knowledge_time.incident);

DROP TRIGGER knowledge_time_no_update;

CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE ON knowledge_time
BEGIN
    SELECT RAISE(ABORT, 'knowledge_time rows are immutable');
END;

-- From which knowledge time the clocks of an anchor count: the newest row of an anchor and revision does. anchor: empty in rows
-- that an older schema brought: every awareness anchor of the knowledge time.
CREATE TABLE clock_selection (
    incident  BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no        INTEGER NOT NULL,
    anchor    TEXT NOT NULL,
    revision  INTEGER,
    knowledge INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    by_staff  BLOB NOT NULL CHECK (length(by_staff) = 16),
    at        INTEGER NOT NULL,
    PRIMARY KEY (incident, no),
    FOREIGN KEY (incident, knowledge) REFERENCES knowledge_time (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER clock_selection_no_update BEFORE UPDATE ON clock_selection
BEGIN
    SELECT RAISE(ABORT, 'clock_selection rows are immutable');
END;

CREATE TRIGGER clock_selection_no_delete BEFORE DELETE ON clock_selection
BEGIN
    SELECT RAISE(ABORT, 'clock_selection rows are immutable');
END;

INSERT INTO clock_selection (incident, no, anchor, revision, knowledge, reason, by_staff, at)
SELECT k.incident, 1, '', NULL, k.no, 'selected when the incident was opened', zeroblob(16), i.opened_at
FROM knowledge_time k JOIN incident i ON i.id = k.incident WHERE k.selected = 1;

ALTER TABLE knowledge_time DROP COLUMN selected;

-- A recorded reason why a rule is not kept for a while. until: none while the obstacle lasts.
CREATE TABLE clock_excuse (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no       INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    scope    TEXT NOT NULL,
    until    INTEGER,
    reason   TEXT NOT NULL,
    by_staff BLOB NOT NULL CHECK (length(by_staff) = 16),
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER clock_excuse_no_update BEFORE UPDATE ON clock_excuse
BEGIN
    SELECT RAISE(ABORT, 'clock_excuse rows are immutable');
END;

CREATE TRIGGER clock_excuse_no_delete BEFORE DELETE ON clock_excuse
BEGIN
    SELECT RAISE(ABORT, 'clock_excuse rows are immutable');
END;

-- What an agency, or somebody in urgent need, changes about a silence. kind: 1 extend, 2 lift.
CREATE TABLE block_decision (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no       INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    kind     INTEGER NOT NULL CHECK (kind IN (1, 2)),
    until    INTEGER,
    reason   TEXT NOT NULL,
    by_staff BLOB NOT NULL CHECK (length(by_staff) = 16),
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER block_decision_no_update BEFORE UPDATE ON block_decision
BEGIN
    SELECT RAISE(ABORT, 'block_decision rows are immutable');
END;

CREATE TRIGGER block_decision_no_delete BEFORE DELETE ON block_decision
BEGIN
    SELECT RAISE(ABORT, 'block_decision rows are immutable');
END;

-- What nobody can count: whether a trigger holds. The newest row of a trigger counts.
CREATE TABLE determination (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no          INTEGER NOT NULL,
    trigger     TEXT NOT NULL,
    holds       INTEGER NOT NULL CHECK (holds IN (0, 1)),
    at          INTEGER NOT NULL,
    who         TEXT NOT NULL,
    why         TEXT NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER determination_no_update BEFORE UPDATE ON determination
BEGIN
    SELECT RAISE(ABORT, 'determination rows are immutable');
END;

CREATE TRIGGER determination_no_delete BEFORE DELETE ON determination
BEGIN
    SELECT RAISE(ABORT, 'determination rows are immutable');
END;

-- Who agrees to what one person alone cannot decide. about: 1 selection, 2 excuse, 3 determination, 4 release of a hold,
-- 5 suppression, 6 block decision; no: the number of that row.
CREATE TABLE agreement (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    about    INTEGER NOT NULL,
    no       INTEGER NOT NULL,
    staff    BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    role     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, about, no, staff),
    CHECK (about IN (1, 2, 3, 4, 5, 6))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER agreement_no_update BEFORE UPDATE ON agreement
BEGIN
    SELECT RAISE(ABORT, 'agreement rows are immutable');
END;

CREATE TRIGGER agreement_no_delete BEFORE DELETE ON agreement
BEGIN
    SELECT RAISE(ABORT, 'agreement rows are immutable');
END;

-- Something done that a duty asks for. rule: the one rule it was done for; none: every rule of the duty.
CREATE TABLE legal_act (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no          INTEGER NOT NULL,
    duty        TEXT NOT NULL,
    rule        TEXT,
    scope       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    what        TEXT NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER legal_act_no_update BEFORE UPDATE ON legal_act
BEGIN
    SELECT RAISE(ABORT, 'legal_act rows are immutable');
END;

CREATE TRIGGER legal_act_no_delete BEFORE DELETE ON legal_act
BEGIN
    SELECT RAISE(ABORT, 'legal_act rows are immutable');
END;

-- An order to keep everything; released once, when two people of different roles agree.
CREATE TABLE hold (
    incident       BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no             INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    by_staff       BLOB NOT NULL CHECK (length(by_staff) = 16),
    held_from      INTEGER NOT NULL,
    released_at    INTEGER,
    released_by    BLOB CHECK (length(released_by) = 16),
    release_reason TEXT,
    PRIMARY KEY (incident, no),
    CHECK ((released_at IS NULL) = (released_by IS NULL)),
    CHECK ((released_at IS NULL) = (release_reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER hold_no_update BEFORE UPDATE OF incident, no, reason, by_staff, held_from ON hold
BEGIN
    SELECT RAISE(ABORT, 'hold rows are immutable');
END;

CREATE TRIGGER hold_release BEFORE UPDATE OF released_at, released_by, release_reason ON hold
WHEN OLD.released_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'hold rows are immutable');
END;

CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold
BEGIN
    SELECT RAISE(ABORT, 'hold rows are immutable');
END;

-- Whatever else is decided: what must be kept is not erased.
CREATE TRIGGER incident_hold BEFORE UPDATE OF state ON incident
WHEN NEW.state = 3 AND EXISTS (SELECT 1 FROM hold h WHERE h.incident = NEW.id AND h.released_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'the incident is under a preservation hold');
END;

-- ISO 3166, two capital letters; empty: the carrier's own.
ALTER TABLE subscriber ADD COLUMN country TEXT NOT NULL DEFAULT '' CHECK (length(country) IN (0, 2));

ALTER TABLE chunk ADD COLUMN country TEXT NOT NULL DEFAULT '' CHECK (length(country) IN (0, 2));
