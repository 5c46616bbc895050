-- A customer's visit. id: SHA-256 of the key in their cookie. browser: keyed hash of what it calls itself. A visit that proved
-- nothing has no way; one whose proof is nobody's we know has a way and no capacity. relies: channel names, comma-separated.
-- person: who is answered about; line: that line alone.
CREATE TABLE session (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    incident   BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    browser    BLOB NOT NULL CHECK (length(browser) = 16),
    way        INTEGER CHECK (way IN (1, 2, 3, 4)),
    capacity   INTEGER CHECK (capacity IN (1, 2, 3, 4)),
    relies     TEXT NOT NULL,
    person     BLOB CHECK (length(person) = 16),
    line       BLOB CHECK (length(line) = 16),
    proven_at  INTEGER,
    started_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    CHECK ((way IS NULL) = (proven_at IS NULL)),
    CHECK (capacity IS NULL OR way IS NOT NULL),
    CHECK ((capacity IS NULL) = (person IS NULL)),
    CHECK ((line IS NOT NULL) = (capacity IS NOT NULL AND capacity = 4))
) STRICT;

CREATE INDEX session_started ON session (started_at);

CREATE INDEX session_touched ON session (touched_at);

-- A code that is on its way: one for each visit, the newest. session: the visit's id. target: keyed hash of where it went.
-- code: HMAC, if it is ours; reference: what the carrier's service calls its own.
CREATE TABLE proof_request (
    session    BLOB NOT NULL PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    id         BLOB NOT NULL CHECK (length(id) = 16),
    way        INTEGER NOT NULL CHECK (way IN (1, 2, 3, 4)),
    msisdn_ix  BLOB NOT NULL CHECK (length(msisdn_ix) = 16),
    email_ix   BLOB CHECK (length(email_ix) = 16),
    target     BLOB NOT NULL CHECK (length(target) = 16),
    code       BLOB CHECK (length(code) = 32),
    reference  TEXT,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX proof_request_expires ON proof_request (expires_at);

-- How often something was done, in a short and a long window that begin with the first time. key: keyed hash of who or where.
-- until: when the later of the two is over.
CREATE TABLE budget (
    key         BLOB NOT NULL CHECK (length(key) = 16) PRIMARY KEY,
    short_from  INTEGER NOT NULL,
    short_spent INTEGER NOT NULL CHECK (short_spent >= 0),
    long_from   INTEGER NOT NULL,
    long_spent  INTEGER NOT NULL CHECK (long_spent >= 0),
    until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX budget_until ON budget (until);

-- What the page said last to one subject: a person, or whoever has a line. The bucket is the subject's.
CREATE TABLE told_here (
    bucket    INTEGER NOT NULL,
    incident  BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    subject   BLOB NOT NULL CHECK (length(subject) = 16),
    revision  INTEGER NOT NULL,
    standing  INTEGER NOT NULL CHECK (standing IN (1, 2, 3, 4, 5)),
    possible  INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (possible & confirmed = 0),
    at        INTEGER NOT NULL,
    PRIMARY KEY (bucket, incident, subject)
) STRICT, WITHOUT ROWID;

-- Somebody asks for a new card for a line. The bucket is the line's. state: 1 applied, 2 cancelled.
CREATE TABLE replacement_case (
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

-- A line that is tied to a handset, beyond any incident. imsi_ix: blind index of the IMSI under the service key.
-- state: 1 off, 2 requested, 3 on, 4 suspended, 5 tripped.
CREATE TABLE protection (
    imsi_ix BLOB NOT NULL CHECK (length(imsi_ix) = 16) PRIMARY KEY,
    state   INTEGER NOT NULL CHECK (state IN (1, 2, 3, 4, 5)),
    since   INTEGER NOT NULL,
    sealed  BLOB NOT NULL
) STRICT;

CREATE INDEX protection_state ON protection (state, since);

-- Somebody asks money back. state: 1 draft, 2 submitted, 3 under review, 4 needs evidence, 5 approved, 6 partial, 7 rejected,
-- 8 appealed, 9 scheduled, 10 paid, 11 pay failed, 12 withdrawn. outside_cohort: the list did not name the line then.
CREATE TABLE claim (
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

CREATE INDEX claim_person ON claim (incident, person);

CREATE INDEX claim_state ON claim (incident, state);

CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at ON claim
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

-- What became of a claim, step by step. by_staff: who did it; none for its owner.
CREATE TABLE claim_event (
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    claim      BLOB NOT NULL CHECK (length(claim) = 16),
    no         INTEGER NOT NULL,
    from_state INTEGER NOT NULL,
    to_state   INTEGER NOT NULL,
    by_staff   BLOB CHECK (length(by_staff) = 16),
    at         INTEGER NOT NULL,
    PRIMARY KEY (incident, claim, no),
    FOREIGN KEY (incident, claim) REFERENCES claim (incident, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER claim_event_no_update BEFORE UPDATE ON claim_event
BEGIN
    SELECT RAISE(ABORT, 'claim_event rows are immutable');
END;

CREATE TRIGGER claim_event_no_delete BEFORE DELETE ON claim_event
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'claim_event rows are immutable');
END;

-- A text that somebody took for ours and reported; sealed under the service key. Staff take it over, or drop it.
CREATE TABLE fake_report (
    id          BLOB NOT NULL CHECK (length(id) = 16) PRIMARY KEY,
    reported_at INTEGER NOT NULL,
    sealed      BLOB NOT NULL
) STRICT;

CREATE INDEX fake_report_reported ON fake_report (reported_at);

-- A channel that turned out to be compromised after the incident was opened.
CREATE TABLE incident_channel (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    channel  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    by_staff BLOB NOT NULL CHECK (length(by_staff) = 16),
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, channel)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER incident_channel_no_update BEFORE UPDATE ON incident_channel
BEGIN
    SELECT RAISE(ABORT, 'incident_channel rows are immutable');
END;

CREATE TRIGGER incident_channel_no_delete BEFORE DELETE ON incident_channel
BEGIN
    SELECT RAISE(ABORT, 'incident_channel rows are immutable');
END;

-- Whoever waits for money is not forgotten: an open claim keeps its incident.
CREATE TRIGGER incident_claim BEFORE UPDATE OF state ON incident
WHEN NEW.state = 3 AND EXISTS (SELECT 1 FROM claim c WHERE c.incident = NEW.id AND c.state IN (2, 3, 4, 5, 6, 8, 9, 11))
BEGIN
    SELECT RAISE(ABORT, 'the incident has open claims');
END;
