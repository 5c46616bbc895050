-- How often staff did something. who: a person, a terminal, or an agency, whose orders say how busy it is. span: 1 an hour, 2 a local
-- day. from_at: when that began.
CREATE TABLE staff_count (
    who     BLOB NOT NULL CHECK (length(who) = 16),
    what    INTEGER NOT NULL CHECK (what BETWEEN 1 AND 6),
    span    INTEGER NOT NULL CHECK (span IN (1, 2)),
    from_at INTEGER NOT NULL,
    spent   INTEGER NOT NULL CHECK (spent >= 1),
    PRIMARY KEY (who, what, span, from_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_count_from ON staff_count (from_at, what, span);

CREATE TRIGGER staff_count_rises BEFORE UPDATE ON staff_count
WHEN (NEW.who <> OLD.who OR NEW.what <> OLD.what OR NEW.span <> OLD.span OR NEW.from_at <> OLD.from_at OR NEW.spent < OLD.spent)
BEGIN
    SELECT RAISE(ABORT, 'staff_count rows are immutable');
END;

-- How busy the agencies were in the day before an hour, in thousandths of a normal day. Written by whoever is first in that hour.
CREATE TABLE staff_load (
    from_at     INTEGER NOT NULL PRIMARY KEY,
    thousandths INTEGER NOT NULL CHECK (thousandths BETWEEN 1000 AND 2000)
) STRICT;

CREATE TRIGGER staff_load_no_update BEFORE UPDATE ON staff_load
BEGIN
    SELECT RAISE(ABORT, 'staff_load rows are immutable');
END;

-- Whom somebody looked up. subject: keyed hash under the key of that quarter. swapped_at: when a swap of theirs was completed.
CREATE TABLE staff_subject (
    staff      BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    subject    BLOB NOT NULL CHECK (length(subject) = 16),
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL CHECK (last_at >= first_at),
    swapped_at INTEGER,
    PRIMARY KEY (staff, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_subject_open ON staff_subject (staff, last_at) WHERE swapped_at IS NULL;

CREATE INDEX staff_subject_last ON staff_subject (last_at);

CREATE INDEX staff_subject_of ON staff_subject (subject);

CREATE TRIGGER staff_subject_rises BEFORE UPDATE ON staff_subject
WHEN (
    NEW.staff <> OLD.staff OR NEW.subject <> OLD.subject OR NEW.first_at <> OLD.first_at OR NEW.last_at < OLD.last_at
    OR (OLD.swapped_at IS NOT NULL AND NEW.swapped_at IS NOT OLD.swapped_at)
)
BEGIN
    SELECT RAISE(ABORT, 'staff_subject rows are immutable');
END;

-- Numbers and codes that nobody has a reason to name. key: keyed hash under the service key. kind: 1 a number, 2 a case's code.
CREATE TABLE honey (
    key      BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    kind     INTEGER NOT NULL CHECK (kind IN (1, 2)),
    added_at INTEGER NOT NULL,
    added_by BLOB NOT NULL CHECK (length(added_by) = 16) REFERENCES staff (id)
) STRICT;

CREATE TRIGGER honey_no_update BEFORE UPDATE ON honey
BEGIN
    SELECT RAISE(ABORT, 'honey rows are immutable');
END;

CREATE TRIGGER honey_no_delete BEFORE DELETE ON honey
BEGIN
    SELECT RAISE(ABORT, 'honey rows are immutable');
END;

-- Somebody should look what one of the staff does. kind: 1 drip, 2 ratio, 3 honey, 4 an image seen before, 5 a lost card.
-- paused: they are kept from signing in until it is closed. order_id: what told others of it.
CREATE TABLE alarm (
    id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
    staff     BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    terminal  BLOB CHECK (length(terminal) = 16),
    agency    BLOB CHECK (length(agency) = 16),
    incident  BLOB CHECK (length(incident) = 16),
    case_id   BLOB CHECK (length(case_id) = 16),
    paused    INTEGER NOT NULL CHECK (paused IN (0, 1)),
    order_id  BLOB NOT NULL UNIQUE CHECK (length(order_id) = 16),
    raised_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by BLOB CHECK (length(closed_by) = 16),
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CONSTRAINT alarm_other CHECK (closed_by IS NULL OR closed_by <> staff)
) STRICT;

-- A number that stays odd rings once.
CREATE UNIQUE INDEX alarm_open ON alarm (staff, kind) WHERE closed_at IS NULL AND kind IN (1, 2);

CREATE INDEX alarm_staff ON alarm (staff, raised_at);

CREATE TRIGGER alarm_no_update
BEFORE UPDATE OF id, kind, staff, terminal, agency, incident, case_id, paused, order_id, raised_at ON alarm
BEGIN
    SELECT RAISE(ABORT, 'alarm rows are immutable');
END;

CREATE TRIGGER alarm_closed BEFORE UPDATE ON alarm
WHEN (OLD.closed_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'alarm rows are immutable');
END;

CREATE TRIGGER alarm_no_delete BEFORE DELETE ON alarm
BEGIN
    SELECT RAISE(ABORT, 'alarm rows are immutable');
END;

-- A second pair of eyes on somebody who cannot show their code. case_id: none for a walk-in, until somebody says yes. number_ix: as
-- in line_hold. line, holder: whose number it is; none if it is nobody's. digits: what the clerk writes down beside the papers.
-- state: 1 asked, 2 taken, 3 approved, 4 denied, 5 lapsed. reason: why it was denied, in one word. destroyed_at: when its images went.
CREATE TABLE look (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    incident       BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    case_id        BLOB CHECK (length(case_id) = 16),
    number_ix      BLOB NOT NULL CHECK (length(number_ix) = 16),
    line           BLOB CHECK (length(line) = 16),
    holder         BLOB CHECK (length(holder) = 16),
    digits         INTEGER NOT NULL CHECK (digits BETWEEN 0 AND 9999),
    person_type    INTEGER,
    asked_by       BLOB NOT NULL CHECK (length(asked_by) = 16) REFERENCES staff (id),
    asked_terminal BLOB NOT NULL CHECK (length(asked_terminal) = 16),
    asked_agency   BLOB NOT NULL CHECK (length(asked_agency) = 16) REFERENCES agency (id),
    asked_at       INTEGER NOT NULL,
    state          INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
    taken_by       BLOB CHECK (length(taken_by) = 16) REFERENCES staff (id),
    taken_terminal BLOB CHECK (length(taken_terminal) = 16),
    taken_agency   BLOB CHECK (length(taken_agency) = 16),
    taken_at       INTEGER,
    decided_at     INTEGER,
    reason         TEXT,
    destroyed_at   INTEGER,
    CHECK ((taken_by IS NULL) = (taken_at IS NULL) AND (taken_by IS NULL) = (taken_terminal IS NULL)),
    CHECK ((line IS NULL) = (holder IS NULL)),
    CHECK (state <> 1 OR taken_by IS NULL),
    CHECK (state NOT IN (2, 3, 4) OR taken_by IS NOT NULL),
    CHECK ((state > 2) = (decided_at IS NOT NULL)),
    CONSTRAINT look_other CHECK (
        taken_by IS NULL OR (taken_by <> asked_by AND taken_terminal <> asked_terminal AND taken_agency IS NOT asked_agency)
    )
) STRICT;

-- One at a time for a case.
CREATE UNIQUE INDEX look_case ON look (incident, case_id) WHERE state IN (1, 2);

CREATE INDEX look_asked ON look (state, asked_at);

CREATE INDEX look_of_number ON look (number_ix, asked_at);

CREATE INDEX look_decided ON look (decided_at) WHERE destroyed_at IS NULL;

CREATE TRIGGER look_no_update
BEFORE UPDATE OF id, incident, number_ix, line, holder, digits, person_type, asked_by, asked_terminal, asked_agency, asked_at ON look
BEGIN
    SELECT RAISE(ABORT, 'look rows are immutable');
END;

-- Asked, taken, answered; and then only its images go.
CREATE TRIGGER look_move BEFORE UPDATE ON look
WHEN (
    (NEW.state <> OLD.state AND NOT ((OLD.state = 1 AND NEW.state IN (2, 5)) OR (OLD.state = 2 AND NEW.state IN (3, 4, 5))))
    OR (OLD.state > 2 AND (NEW.taken_by IS NOT OLD.taken_by OR NEW.decided_at IS NOT OLD.decided_at OR NEW.reason IS NOT OLD.reason))
    OR (OLD.case_id IS NOT NULL AND NEW.case_id IS NOT OLD.case_id)
    OR (OLD.destroyed_at IS NOT NULL)
)
BEGIN
    SELECT RAISE(ABORT, 'look rows are immutable');
END;

-- It goes with its incident alone.
CREATE TRIGGER look_no_delete BEFORE DELETE ON look
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'look rows are immutable');
END;

-- What the second pair of eyes sees. content_ix: keyed hash of the image under the service key: one that was shown before is shown
-- again by nobody honest. sealed: under the incident's key; none once it was destroyed.
CREATE TABLE look_image (
    look       BLOB NOT NULL CHECK (length(look) = 16) REFERENCES look (id),
    no         INTEGER NOT NULL CHECK (no BETWEEN 1 AND 6),
    incident   BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    content_ix BLOB NOT NULL UNIQUE CHECK (length(content_ix) = 32),
    sealed     BLOB,
    at         INTEGER NOT NULL,
    PRIMARY KEY (look, no)
) STRICT;

CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
WHEN (
    NEW.sealed IS NOT NULL OR NEW.look <> OLD.look OR NEW.no <> OLD.no OR NEW.incident <> OLD.incident
    OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
)
BEGIN
    SELECT RAISE(ABORT, 'look_image rows are immutable');
END;

CREATE TRIGGER look_image_no_delete BEFORE DELETE ON look_image
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'look_image rows are immutable');
END;

-- What a customer's page shows while they call: six digits that name their case to the customer centre, for as long as they are shown.
-- code_ix: keyed hash under the service key. salt: what the digits are made of, with the case.
CREATE TABLE call_code (
    code_ix  BLOB NOT NULL PRIMARY KEY CHECK (length(code_ix) = 32),
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    case_id  BLOB NOT NULL CHECK (length(case_id) = 16),
    salt     BLOB NOT NULL CHECK (length(salt) = 16),
    until    INTEGER NOT NULL,
    UNIQUE (incident, case_id)
) STRICT;

CREATE INDEX call_code_until ON call_code (until);

-- Where a proof was given. terminal, agency: none where the page took it, or a command line.
ALTER TABLE proof ADD COLUMN terminal BLOB CHECK (length(terminal) = 16);
ALTER TABLE proof ADD COLUMN agency BLOB CHECK (length(agency) = 16);

DROP TRIGGER proof_no_update;

CREATE TRIGGER proof_no_update
BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at, terminal, agency ON proof
BEGIN
    SELECT RAISE(ABORT, 'proof rows are immutable');
END;

-- When whoever raised a hold on their own line agreed, by a proof of their own, that it ends.
ALTER TABLE line_hold ADD COLUMN owner_agreed_at INTEGER;

CREATE TRIGGER line_hold_agreed BEFORE UPDATE OF owner_agreed_at ON line_hold
WHEN (OLD.owner_agreed_at IS NOT NULL OR OLD.cleared_at IS NOT NULL OR NEW.owner_agreed_at <= OLD.raised_at)
BEGIN
    SELECT RAISE(ABORT, 'line_hold rows are immutable');
END;

-- Nobody overrides what a customer said.
CREATE TRIGGER line_hold_owner BEFORE UPDATE OF cleared_at ON line_hold
WHEN (NEW.cleared_at IS NOT NULL AND OLD.by_staff IS NULL AND OLD.reason = 'not_me' AND NEW.owner_agreed_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'line_hold rows are immutable');
END;

-- Whether an address came or went in the three days before the application: 1 neither, 2 it came, 3 it went.
ALTER TABLE case_notice ADD COLUMN lately INTEGER NOT NULL DEFAULT 1 CHECK (lately BETWEEN 1 AND 3);

CREATE TRIGGER case_notice_lately BEFORE UPDATE OF lately ON case_notice
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;
