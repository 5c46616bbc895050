-- Whoever serves customers at an agency is a clerk. agency: where somebody is posted; none at the customer centre. paused_at: since when
-- they may not sign in, for an alarm that nobody has closed.
DROP TRIGGER staff_no_update;
UPDATE staff SET roles = trim(replace(',' || roles || ',', ',agency,', ',clerk,'), ',');
ALTER TABLE staff ADD COLUMN agency BLOB CHECK (length(agency) = 16) REFERENCES agency (id);
ALTER TABLE staff ADD COLUMN paused_at INTEGER;

-- What people sign with. kind: 1 Ed25519, for approvals typed at a command line, 2 passkey. key_id: what an authenticator calls its key.
-- public_key: 32 bytes of Ed25519, or x and y of a point on P-256. record: a passkey as it was registered, with its counter.
-- A credential that has ended signs nothing more; what it signed before is still checked with it.
CREATE TABLE credential (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    staff      BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    kind       INTEGER NOT NULL CHECK (kind IN (1, 2)),
    key_id     BLOB UNIQUE CHECK (length(key_id) BETWEEN 1 AND 1023),
    public_key BLOB NOT NULL,
    record     TEXT,
    counter    INTEGER NOT NULL CHECK (counter >= 0),
    added_at   INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK (length(public_key) = CASE kind WHEN 1 THEN 32 ELSE 64 END),
    CHECK ((kind = 2) = (key_id IS NOT NULL) AND (kind = 2) = (record IS NOT NULL)),
    CHECK (ended_at IS NULL OR ended_at >= added_at)
) STRICT;

CREATE INDEX credential_staff ON credential (staff);

INSERT INTO credential (id, staff, kind, public_key, counter, added_at)
SELECT id, id, 1, public_key, 0, added_at FROM staff;

ALTER TABLE staff DROP COLUMN public_key;

CREATE TRIGGER staff_no_update BEFORE UPDATE OF id, name, roles, added_at ON staff
BEGIN
    SELECT RAISE(ABORT, 'staff rows are immutable');
END;

CREATE TRIGGER credential_no_update BEFORE UPDATE OF id, staff, kind, key_id, public_key, added_at ON credential
BEGIN
    SELECT RAISE(ABORT, 'credential rows are immutable');
END;

CREATE TRIGGER credential_ended BEFORE UPDATE ON credential
WHEN (OLD.ended_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'credential rows are immutable');
END;

CREATE TRIGGER credential_no_delete BEFORE DELETE ON credential
BEGIN
    SELECT RAISE(ABORT, 'credential rows are immutable');
END;

-- A code with which somebody enrols one passkey, kept as its SHA-256. first_by, second_by: who gave it out.
CREATE TABLE invite (
    code_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(code_sha256) = 32),
    staff       BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    first_by    BLOB NOT NULL CHECK (length(first_by) = 16) REFERENCES staff (id),
    second_by   BLOB CHECK (length(second_by) = 16) REFERENCES staff (id),
    made_at     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    used_at     INTEGER,
    CHECK (first_by <> staff),
    CHECK (second_by IS NULL OR (second_by <> staff AND second_by <> first_by))
) STRICT;

CREATE INDEX invite_staff ON invite (staff);

CREATE TRIGGER invite_no_update BEFORE UPDATE OF code_sha256, staff, first_by, second_by, made_at ON invite
BEGIN
    SELECT RAISE(ABORT, 'invite rows are immutable');
END;

CREATE TRIGGER invite_used BEFORE UPDATE ON invite
WHEN (OLD.used_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'invite rows are immutable');
END;

CREATE TRIGGER invite_no_delete BEFORE DELETE ON invite
BEGIN
    SELECT RAISE(ABORT, 'invite rows are immutable');
END;

-- A browser that staff work at. agency: whose; none at the customer centre. code_sha256: with it the browser brings its key, until
-- code_until. key: x and y of its P-256 key; thumbprint: by RFC 7638. networks: where it may call from, comma-separated; empty if
-- from anywhere. state: 1 awaited, 2 pending, 3 on, 4 off.
CREATE TABLE terminal (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    agency      BLOB CHECK (length(agency) = 16) REFERENCES agency (id),
    networks    TEXT NOT NULL,
    state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
    code_sha256 BLOB NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
    code_until  INTEGER NOT NULL,
    key         BLOB UNIQUE CHECK (length(key) = 64),
    thumbprint  BLOB UNIQUE CHECK (length(thumbprint) = 32),
    enrolled_by BLOB NOT NULL CHECK (length(enrolled_by) = 16) REFERENCES staff (id),
    enrolled_at INTEGER NOT NULL,
    brought_at  INTEGER,
    admitted_by BLOB CHECK (length(admitted_by) = 16) REFERENCES staff (id),
    admitted_at INTEGER,
    off_by      BLOB CHECK (length(off_by) = 16) REFERENCES staff (id),
    off_at      INTEGER,
    CHECK ((key IS NULL) = (thumbprint IS NULL) AND (key IS NULL) = (brought_at IS NULL)),
    CHECK ((admitted_by IS NULL) = (admitted_at IS NULL)),
    CHECK ((off_by IS NULL) = (off_at IS NULL) AND (off_at IS NOT NULL) = (state = 4)),
    CHECK (state NOT IN (2, 3) OR key IS NOT NULL),
    CHECK (state <> 3 OR admitted_at IS NOT NULL),
    CONSTRAINT terminal_other CHECK (admitted_by IS NULL OR admitted_by <> enrolled_by)
) STRICT;

CREATE TRIGGER terminal_no_update BEFORE UPDATE OF id, agency, networks, code_sha256, code_until, enrolled_by, enrolled_at ON terminal
BEGIN
    SELECT RAISE(ABORT, 'terminal rows are immutable');
END;

-- A key is brought once, and off is for good.
CREATE TRIGGER terminal_once BEFORE UPDATE ON terminal
WHEN (OLD.state = 4 OR NEW.state <= OLD.state OR (OLD.key IS NOT NULL AND NEW.key <> OLD.key))
BEGIN
    SELECT RAISE(ABORT, 'terminal rows are immutable');
END;

CREATE TRIGGER terminal_no_delete BEFORE DELETE ON terminal
BEGIN
    SELECT RAISE(ABORT, 'terminal rows are immutable');
END;

-- Which signed requests were here; jti: the first half of the SHA-256 of what a request calls itself.
CREATE TABLE terminal_jti (
    terminal BLOB NOT NULL CHECK (length(terminal) = 16) REFERENCES terminal (id),
    jti      BLOB NOT NULL CHECK (length(jti) = 16),
    until    INTEGER NOT NULL,
    PRIMARY KEY (terminal, jti)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_jti_until ON terminal_jti (until);

-- Who is signed in, where: one row a person. hash: SHA-256 of the key in their cookie. before: of the one before a step-up; until
-- before_until it asks again for the answer of the step-up over before_for, and does nothing else.
CREATE TABLE staff_session (
    no           BLOB NOT NULL PRIMARY KEY CHECK (length(no) = 16),
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    before       BLOB UNIQUE CHECK (length(before) = 32),
    before_until INTEGER,
    before_for   BLOB CHECK (length(before_for) = 16),
    staff        BLOB NOT NULL UNIQUE CHECK (length(staff) = 16) REFERENCES staff (id),
    terminal     BLOB NOT NULL CHECK (length(terminal) = 16) REFERENCES terminal (id),
    credential   BLOB NOT NULL CHECK (length(credential) = 16) REFERENCES credential (id),
    started_at   INTEGER NOT NULL,
    touched_at   INTEGER NOT NULL,
    CHECK ((before IS NULL) = (before_until IS NULL) AND (before IS NULL) = (before_for IS NULL))
) STRICT;

CREATE INDEX staff_session_terminal ON staff_session (terminal);

-- What a passkey was asked, and when it was answered: once. kind: 1 enrol, 2 sign in, 3 step up. about: what the step-up is over;
-- pair: SHA-256 of what is signed for. state: what the ceremony remembers.
CREATE TABLE challenge (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind     INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
    terminal BLOB NOT NULL CHECK (length(terminal) = 16) REFERENCES terminal (id),
    staff    BLOB CHECK (length(staff) = 16) REFERENCES staff (id),
    invite   BLOB CHECK (length(invite) = 32) REFERENCES invite (code_sha256),
    about    TEXT NOT NULL,
    subject  BLOB CHECK (length(subject) = 16),
    pair     BLOB CHECK (length(pair) = 32),
    state    TEXT NOT NULL,
    made_at  INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    used_at  INTEGER,
    CHECK ((kind = 1) = (invite IS NOT NULL)),
    CHECK ((kind = 2) = (staff IS NULL)),
    CHECK ((kind = 3) = (pair IS NOT NULL) AND (kind = 3) = (subject IS NOT NULL))
) STRICT;

CREATE INDEX challenge_until ON challenge (until);

-- Approvals of a wave that were given with a passkey: one a person, beside approval. pair: SHA-256 of the approval's message and of
-- the challenge together, which was in the journal before the passkey was asked.
CREATE TABLE approval_passkey (
    wave               INTEGER NOT NULL REFERENCES wave (no),
    staff              BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    role               INTEGER NOT NULL,
    credential         BLOB NOT NULL CHECK (length(credential) = 16) REFERENCES credential (id),
    statement_sha256   BLOB NOT NULL CHECK (length(statement_sha256) = 32),
    challenge          BLOB NOT NULL CHECK (length(challenge) = 32),
    pair               BLOB NOT NULL CHECK (length(pair) = 32),
    authenticator_data BLOB NOT NULL,
    client_data        BLOB NOT NULL,
    signature          BLOB NOT NULL,
    at                 INTEGER NOT NULL,
    PRIMARY KEY (wave, staff)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER approval_passkey_no_update BEFORE UPDATE ON approval_passkey
BEGIN
    SELECT RAISE(ABORT, 'approval_passkey rows are immutable');
END;

CREATE TRIGGER approval_passkey_no_delete BEFORE DELETE ON approval_passkey
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'approval_passkey rows are immutable');
END;
