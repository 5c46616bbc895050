-- A customer's visit. id: SHA-256 of the key in their cookie. browser: keyed hash of what it calls itself. A visit that proved
-- nothing has no way; one whose proof is nobody's we know has a way and no capacity. relies: channel names, comma-separated.
-- person: who is answered about; line: that line alone.
CREATE TABLE session (
    id         bytea NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    incident   uuid NOT NULL REFERENCES incident (id),
    browser    uuid NOT NULL,
    way        smallint CHECK (way IN (1, 2, 3, 4)),
    capacity   smallint CHECK (capacity IN (1, 2, 3, 4)),
    relies     text NOT NULL,
    person     uuid,
    line       uuid,
    proven_at  timestamptz,
    started_at timestamptz NOT NULL,
    touched_at timestamptz NOT NULL,
    CHECK ((way IS NULL) = (proven_at IS NULL)),
    CHECK (capacity IS NULL OR way IS NOT NULL),
    CHECK ((capacity IS NULL) = (person IS NULL)),
    CHECK ((line IS NOT NULL) = (capacity IS NOT NULL AND capacity = 4))
);

CREATE INDEX session_started ON session (started_at);

CREATE INDEX session_touched ON session (touched_at);

-- A code that is on its way: one for each visit, the newest. session: the visit's id. target: keyed hash of where it went.
-- code: HMAC, if it is ours; reference: what the carrier's service calls its own.
CREATE TABLE proof_request (
    session    bytea NOT NULL PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    id         uuid NOT NULL,
    way        smallint NOT NULL CHECK (way IN (1, 2, 3, 4)),
    msisdn_ix  uuid NOT NULL,
    email_ix   uuid,
    target     uuid NOT NULL,
    code       bytea CHECK (length(code) = 32),
    reference  text,
    tries_left smallint NOT NULL CHECK (tries_left >= 0),
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX proof_request_expires ON proof_request (expires_at);

-- How often something was done, in a short and a long window that begin with the first time. key: keyed hash of who or where.
-- until: when the later of the two is over.
CREATE TABLE budget (
    key         uuid NOT NULL PRIMARY KEY,
    short_from  timestamptz NOT NULL,
    short_spent integer NOT NULL CHECK (short_spent >= 0),
    long_from   timestamptz NOT NULL,
    long_spent  integer NOT NULL CHECK (long_spent >= 0),
    until       timestamptz NOT NULL
);

CREATE INDEX budget_until ON budget (until);

-- What the page said last to one subject: a person, or whoever has a line. The bucket is the subject's.
CREATE TABLE told_here (
    bucket    smallint NOT NULL,
    incident  uuid NOT NULL REFERENCES incident (id),
    subject   uuid NOT NULL,
    revision  integer NOT NULL,
    standing  smallint NOT NULL CHECK (standing IN (1, 2, 3, 4, 5)),
    possible  integer NOT NULL,
    confirmed integer NOT NULL CHECK (possible & confirmed = 0),
    at        timestamptz NOT NULL,
    PRIMARY KEY (bucket, incident, subject)
);

-- Somebody asks for a new card for a line. The bucket is the line's. state: 1 applied, 2 cancelled.
CREATE TABLE replacement_case (
    bucket     smallint NOT NULL,
    incident   uuid NOT NULL REFERENCES incident (id),
    line       uuid NOT NULL,
    id         uuid NOT NULL,
    person     uuid NOT NULL,
    state      smallint NOT NULL CHECK (state IN (1, 2)),
    applied_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, incident, line, id)
);

CREATE UNIQUE INDEX replacement_case_open ON replacement_case (incident, line) WHERE state = 1;

CREATE INDEX replacement_case_person ON replacement_case (incident, person);

CREATE TRIGGER replacement_case_no_update BEFORE UPDATE OF bucket, incident, line, id, person, applied_at ON replacement_case
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER replacement_case_no_truncate BEFORE TRUNCATE ON replacement_case
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION replacement_case_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'replacement_case rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER replacement_case_delete AFTER DELETE ON replacement_case
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION replacement_case_delete_guard();

-- A line that is tied to a handset, beyond any incident. imsi_ix: blind index of the IMSI under the service key.
-- state: 1 off, 2 requested, 3 on, 4 suspended, 5 tripped.
CREATE TABLE protection (
    imsi_ix uuid NOT NULL PRIMARY KEY,
    state   smallint NOT NULL CHECK (state IN (1, 2, 3, 4, 5)),
    since   timestamptz NOT NULL,
    sealed  bytea NOT NULL
);

CREATE INDEX protection_state ON protection (state, since);

-- Somebody asks money back. state: 1 draft, 2 submitted, 3 under review, 4 needs evidence, 5 approved, 6 partial, 7 rejected,
-- 8 appealed, 9 scheduled, 10 paid, 11 pay failed, 12 withdrawn. outside_cohort: the list did not name the line then.
CREATE TABLE claim (
    incident       uuid NOT NULL REFERENCES incident (id),
    id             uuid NOT NULL,
    person         uuid NOT NULL,
    line           uuid NOT NULL,
    state          smallint NOT NULL CHECK (state BETWEEN 1 AND 12),
    outside_cohort boolean NOT NULL,
    sealed         bytea NOT NULL,
    made_at        timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (incident, id)
);

CREATE INDEX claim_person ON claim (incident, person);

CREATE INDEX claim_state ON claim (incident, state);

CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at ON claim
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER claim_no_truncate BEFORE TRUNCATE ON claim
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A claim that was handed in stays about its line.
CREATE TRIGGER claim_line BEFORE UPDATE OF line ON claim
FOR EACH ROW WHEN (OLD.state <> 1 AND NEW.line <> OLD.line) EXECUTE FUNCTION refuse_change();

CREATE FUNCTION claim_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'claim rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER claim_delete AFTER DELETE ON claim
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION claim_delete_guard();

-- What became of a claim, step by step. by_staff: who did it; none for its owner.
CREATE TABLE claim_event (
    incident   uuid NOT NULL,
    claim      uuid NOT NULL,
    no         integer NOT NULL,
    from_state smallint NOT NULL,
    to_state   smallint NOT NULL,
    by_staff   uuid,
    at         timestamptz NOT NULL,
    PRIMARY KEY (incident, claim, no),
    FOREIGN KEY (incident, claim) REFERENCES claim (incident, id)
);

CREATE TRIGGER claim_event_no_update BEFORE UPDATE ON claim_event
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER claim_event_no_truncate BEFORE TRUNCATE ON claim_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION claim_event_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'claim_event rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER claim_event_delete AFTER DELETE ON claim_event
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION claim_event_delete_guard();

-- A text that somebody took for ours and reported; sealed under the service key. Staff take it over, or drop it.
CREATE TABLE fake_report (
    id          uuid NOT NULL PRIMARY KEY,
    reported_at timestamptz NOT NULL,
    sealed      bytea NOT NULL
);

CREATE INDEX fake_report_reported ON fake_report (reported_at);

-- A channel that turned out to be compromised after the incident was opened.
CREATE TABLE incident_channel (
    incident uuid NOT NULL REFERENCES incident (id),
    channel  text NOT NULL,
    reason   text NOT NULL,
    by_staff uuid NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (incident, channel)
);

CREATE TRIGGER incident_channel_no_update BEFORE UPDATE ON incident_channel
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER incident_channel_no_truncate BEFORE TRUNCATE ON incident_channel
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER incident_channel_no_delete BEFORE DELETE ON incident_channel
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whoever waits for money is not forgotten: an open claim keeps its incident.
CREATE FUNCTION incident_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM claim c WHERE c.incident = NEW.id AND c.state IN (2, 3, 4, 5, 6, 8, 9, 11)) THEN
        RAISE EXCEPTION 'the incident has open claims' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER incident_claim BEFORE UPDATE OF state ON incident
FOR EACH ROW WHEN (NEW.state = 3) EXECUTE FUNCTION incident_claim_guard();
