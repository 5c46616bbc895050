-- How often staff did something. who: a person, a terminal, or an agency, whose orders say how busy it is. span: 1 an hour, 2 a local
-- day. from_at: when that began.
CREATE TABLE staff_count (
    who     uuid NOT NULL,
    what    smallint NOT NULL CHECK (what BETWEEN 1 AND 6),
    span    smallint NOT NULL CHECK (span IN (1, 2)),
    from_at timestamptz NOT NULL,
    spent   integer NOT NULL CHECK (spent >= 1),
    PRIMARY KEY (who, what, span, from_at)
);

CREATE INDEX staff_count_from ON staff_count (from_at, what, span);

CREATE TRIGGER staff_count_rises BEFORE UPDATE ON staff_count
FOR EACH ROW WHEN (
    NEW.who <> OLD.who OR NEW.what <> OLD.what OR NEW.span <> OLD.span OR NEW.from_at <> OLD.from_at OR NEW.spent < OLD.spent
) EXECUTE FUNCTION refuse_change();

-- How busy the agencies were in the day before an hour, in thousandths of a normal day. Written by whoever is first in that hour.
CREATE TABLE staff_load (
    from_at     timestamptz NOT NULL PRIMARY KEY,
    thousandths integer NOT NULL CHECK (thousandths BETWEEN 1000 AND 2000)
);

CREATE TRIGGER staff_load_no_update BEFORE UPDATE ON staff_load
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whom somebody looked up. subject: keyed hash under the key of that quarter. swapped_at: when a swap of theirs was completed.
CREATE TABLE staff_subject (
    staff      uuid NOT NULL REFERENCES staff (id),
    subject    uuid NOT NULL,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL CHECK (last_at >= first_at),
    swapped_at timestamptz,
    PRIMARY KEY (staff, subject)
);

CREATE INDEX staff_subject_open ON staff_subject (staff, last_at) WHERE swapped_at IS NULL;

CREATE INDEX staff_subject_last ON staff_subject (last_at);

CREATE INDEX staff_subject_of ON staff_subject (subject);

CREATE TRIGGER staff_subject_rises BEFORE UPDATE ON staff_subject
FOR EACH ROW WHEN (
    NEW.staff <> OLD.staff OR NEW.subject <> OLD.subject OR NEW.first_at <> OLD.first_at OR NEW.last_at < OLD.last_at
    OR (OLD.swapped_at IS NOT NULL AND NEW.swapped_at IS DISTINCT FROM OLD.swapped_at)
) EXECUTE FUNCTION refuse_change();

-- Numbers and codes that nobody has a reason to name. key: keyed hash under the service key. kind: 1 a number, 2 a case's code.
CREATE TABLE honey (
    key      uuid NOT NULL PRIMARY KEY,
    kind     smallint NOT NULL CHECK (kind IN (1, 2)),
    added_at timestamptz NOT NULL,
    added_by uuid NOT NULL REFERENCES staff (id)
);

CREATE TRIGGER honey_no_update BEFORE UPDATE ON honey
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER honey_no_truncate BEFORE TRUNCATE ON honey
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER honey_no_delete BEFORE DELETE ON honey
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Somebody should look what one of the staff does. kind: 1 drip, 2 ratio, 3 honey, 4 an image seen before, 5 a lost card.
-- paused: they are kept from signing in until it is closed. order_id: what told others of it.
CREATE TABLE alarm (
    id        uuid NOT NULL PRIMARY KEY,
    kind      smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),
    staff     uuid NOT NULL REFERENCES staff (id),
    terminal  uuid,
    agency    uuid,
    incident  uuid,
    case_id   uuid,
    paused    boolean NOT NULL,
    order_id  uuid NOT NULL UNIQUE,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by uuid,
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CONSTRAINT alarm_other CHECK (closed_by IS NULL OR closed_by <> staff)
);

-- A number that stays odd rings once.
CREATE UNIQUE INDEX alarm_open ON alarm (staff, kind) WHERE closed_at IS NULL AND kind IN (1, 2);

CREATE INDEX alarm_staff ON alarm (staff, raised_at);

CREATE TRIGGER alarm_no_update
BEFORE UPDATE OF id, kind, staff, terminal, agency, incident, case_id, paused, order_id, raised_at ON alarm
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER alarm_closed BEFORE UPDATE ON alarm
FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER alarm_no_truncate BEFORE TRUNCATE ON alarm
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER alarm_no_delete BEFORE DELETE ON alarm
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A second pair of eyes on somebody who cannot show their code. case_id: none for a walk-in, until somebody says yes. number_ix: as
-- in line_hold. line, holder: whose number it is; none if it is nobody's. digits: what the clerk writes down beside the papers.
-- state: 1 asked, 2 taken, 3 approved, 4 denied, 5 lapsed. reason: why it was denied, in one word. destroyed_at: when its images went.
CREATE TABLE look (
    id             uuid NOT NULL PRIMARY KEY,
    incident       uuid NOT NULL REFERENCES incident (id),
    case_id        uuid,
    number_ix      uuid NOT NULL,
    line           uuid,
    holder         uuid,
    digits         smallint NOT NULL CHECK (digits BETWEEN 0 AND 9999),
    person_type    smallint,
    asked_by       uuid NOT NULL REFERENCES staff (id),
    asked_terminal uuid NOT NULL,
    asked_agency   uuid NOT NULL REFERENCES agency (id),
    asked_at       timestamptz NOT NULL,
    state          smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    taken_by       uuid REFERENCES staff (id),
    taken_terminal uuid,
    taken_agency   uuid,
    taken_at       timestamptz,
    decided_at     timestamptz,
    reason         text,
    destroyed_at   timestamptz,
    CHECK ((taken_by IS NULL) = (taken_at IS NULL) AND (taken_by IS NULL) = (taken_terminal IS NULL)),
    CHECK ((line IS NULL) = (holder IS NULL)),
    CHECK (state <> 1 OR taken_by IS NULL),
    CHECK (state NOT IN (2, 3, 4) OR taken_by IS NOT NULL),
    CHECK ((state > 2) = (decided_at IS NOT NULL)),
    CONSTRAINT look_other CHECK (
        taken_by IS NULL OR (taken_by <> asked_by AND taken_terminal <> asked_terminal AND taken_agency IS DISTINCT FROM asked_agency)
    )
);

-- One at a time for a case.
CREATE UNIQUE INDEX look_case ON look (incident, case_id) WHERE state IN (1, 2);

CREATE INDEX look_asked ON look (state, asked_at);

CREATE INDEX look_of_number ON look (number_ix, asked_at);

CREATE INDEX look_decided ON look (decided_at) WHERE destroyed_at IS NULL;

CREATE TRIGGER look_no_update
BEFORE UPDATE OF id, incident, number_ix, line, holder, digits, person_type, asked_by, asked_terminal, asked_agency, asked_at ON look
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Asked, taken, answered; and then only its images go.
CREATE TRIGGER look_move BEFORE UPDATE ON look
FOR EACH ROW WHEN (
    (NEW.state <> OLD.state AND NOT ((OLD.state = 1 AND NEW.state IN (2, 5)) OR (OLD.state = 2 AND NEW.state IN (3, 4, 5))))
    OR (OLD.state > 2 AND (NEW.taken_by IS DISTINCT FROM OLD.taken_by OR NEW.decided_at IS DISTINCT FROM OLD.decided_at OR NEW.reason IS DISTINCT FROM OLD.reason))
    OR (OLD.case_id IS NOT NULL AND NEW.case_id IS DISTINCT FROM OLD.case_id)
    OR (OLD.destroyed_at IS NOT NULL)
) EXECUTE FUNCTION refuse_change();

-- It goes with its incident alone.
CREATE TRIGGER look_no_truncate BEFORE TRUNCATE ON look
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION look_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'look rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER look_delete AFTER DELETE ON look
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION look_delete_guard();

-- What the second pair of eyes sees. content_ix: keyed hash of the image under the service key: one that was shown before is shown
-- again by nobody honest. sealed: under the incident's key; none once it was destroyed.
CREATE TABLE look_image (
    look       uuid NOT NULL REFERENCES look (id),
    no         smallint NOT NULL CHECK (no BETWEEN 1 AND 6),
    incident   uuid NOT NULL REFERENCES incident (id),
    content_ix bytea NOT NULL UNIQUE CHECK (length(content_ix) = 32),
    sealed     bytea,
    at         timestamptz NOT NULL,
    PRIMARY KEY (look, no)
);

CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
FOR EACH ROW WHEN (
    NEW.sealed IS NOT NULL OR NEW.look <> OLD.look OR NEW.no <> OLD.no OR NEW.incident <> OLD.incident
    OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER look_image_no_truncate BEFORE TRUNCATE ON look_image
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION look_image_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'look_image rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER look_image_delete AFTER DELETE ON look_image
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION look_image_delete_guard();

-- What a customer's page shows while they call: six digits that name their case to the customer centre, for as long as they are shown.
-- code_ix: keyed hash under the service key. salt: what the digits are made of, with the case.
CREATE TABLE call_code (
    code_ix  bytea NOT NULL PRIMARY KEY CHECK (length(code_ix) = 32),
    incident uuid NOT NULL REFERENCES incident (id),
    case_id  uuid NOT NULL,
    salt     uuid NOT NULL,
    until    timestamptz NOT NULL,
    UNIQUE (incident, case_id)
);

CREATE INDEX call_code_until ON call_code (until);

-- Where a proof was given. terminal, agency: none where the page took it, or a command line.
ALTER TABLE proof ADD COLUMN terminal uuid;
ALTER TABLE proof ADD COLUMN agency uuid;

DROP TRIGGER proof_no_update ON proof;

CREATE TRIGGER proof_no_update
BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at, terminal, agency ON proof
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- When whoever raised a hold on their own line agreed, by a proof of their own, that it ends.
ALTER TABLE line_hold ADD COLUMN owner_agreed_at timestamptz;

CREATE TRIGGER line_hold_agreed BEFORE UPDATE OF owner_agreed_at ON line_hold
FOR EACH ROW WHEN (
    OLD.owner_agreed_at IS NOT NULL OR OLD.cleared_at IS NOT NULL OR NEW.owner_agreed_at <= OLD.raised_at
) EXECUTE FUNCTION refuse_change();

-- Nobody overrides what a customer said.
CREATE TRIGGER line_hold_owner BEFORE UPDATE OF cleared_at ON line_hold
FOR EACH ROW WHEN (
    NEW.cleared_at IS NOT NULL AND OLD.by_staff IS NULL AND OLD.reason = 'not_me' AND NEW.owner_agreed_at IS NULL
) EXECUTE FUNCTION refuse_change();

-- Whether an address came or went in the three days before the application: 1 neither, 2 it came, 3 it went.
ALTER TABLE case_notice ADD COLUMN lately smallint NOT NULL DEFAULT 1 CHECK (lately BETWEEN 1 AND 3);

CREATE TRIGGER case_notice_lately BEFORE UPDATE OF lately ON case_notice
FOR EACH ROW EXECUTE FUNCTION refuse_change();
