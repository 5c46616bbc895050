-- Whoever serves customers at an agency is a clerk. agency: where somebody is posted; none at the customer centre. paused_at: since when
-- they may not sign in, for an alarm that nobody has closed.
DROP TRIGGER staff_no_update ON staff;
UPDATE staff SET roles = trim(replace(',' || roles || ',', ',agency,', ',clerk,'), ',');
ALTER TABLE staff ADD COLUMN agency uuid REFERENCES agency (id);
ALTER TABLE staff ADD COLUMN paused_at timestamptz;

-- What people sign with. kind: 1 Ed25519, for approvals typed at a command line, 2 passkey. key_id: what an authenticator calls its key.
-- public_key: 32 bytes of Ed25519, or x and y of a point on P-256. record: a passkey as it was registered, with its counter.
-- A credential that has ended signs nothing more; what it signed before is still checked with it.
CREATE TABLE credential (
    id         uuid NOT NULL PRIMARY KEY,
    staff      uuid NOT NULL REFERENCES staff (id),
    kind       smallint NOT NULL CHECK (kind IN (1, 2)),
    key_id     bytea UNIQUE CHECK (length(key_id) BETWEEN 1 AND 1023),
    public_key bytea NOT NULL,
    record     text,
    counter    bigint NOT NULL CHECK (counter >= 0),
    added_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK (length(public_key) = CASE kind WHEN 1 THEN 32 ELSE 64 END),
    CHECK ((kind = 2) = (key_id IS NOT NULL) AND (kind = 2) = (record IS NOT NULL)),
    CHECK (ended_at IS NULL OR ended_at >= added_at)
);

CREATE INDEX credential_staff ON credential (staff);

INSERT INTO credential (id, staff, kind, public_key, counter, added_at)
SELECT id, id, 1, public_key, 0, added_at FROM staff;

ALTER TABLE staff DROP COLUMN public_key;

CREATE TRIGGER staff_no_update BEFORE UPDATE OF id, name, roles, added_at ON staff
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER credential_no_update BEFORE UPDATE OF id, staff, kind, key_id, public_key, added_at ON credential
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER credential_ended BEFORE UPDATE ON credential
FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER credential_no_truncate BEFORE TRUNCATE ON credential
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER credential_no_delete BEFORE DELETE ON credential
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A code with which somebody enrols one passkey, kept as its SHA-256. first_by, second_by: who gave it out.
CREATE TABLE invite (
    code_sha256 bytea NOT NULL PRIMARY KEY CHECK (length(code_sha256) = 32),
    staff       uuid NOT NULL REFERENCES staff (id),
    first_by    uuid NOT NULL REFERENCES staff (id),
    second_by   uuid REFERENCES staff (id),
    made_at     timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    used_at     timestamptz,
    CHECK (first_by <> staff),
    CHECK (second_by IS NULL OR (second_by <> staff AND second_by <> first_by))
);

CREATE INDEX invite_staff ON invite (staff);

CREATE TRIGGER invite_no_update BEFORE UPDATE OF code_sha256, staff, first_by, second_by, made_at ON invite
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER invite_used BEFORE UPDATE ON invite
FOR EACH ROW WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER invite_no_truncate BEFORE TRUNCATE ON invite
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER invite_no_delete BEFORE DELETE ON invite
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A browser that staff work at. agency: whose; none at the customer centre. code_sha256: with it the browser brings its key, until
-- code_until. key: x and y of its P-256 key; thumbprint: by RFC 7638. networks: where it may call from, comma-separated; empty if
-- from anywhere. state: 1 awaited, 2 pending, 3 on, 4 off.
CREATE TABLE terminal (
    id          uuid NOT NULL PRIMARY KEY,
    agency      uuid REFERENCES agency (id),
    networks    text NOT NULL,
    state       smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
    code_sha256 bytea NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
    code_until  timestamptz NOT NULL,
    key         bytea UNIQUE CHECK (length(key) = 64),
    thumbprint  bytea UNIQUE CHECK (length(thumbprint) = 32),
    enrolled_by uuid NOT NULL REFERENCES staff (id),
    enrolled_at timestamptz NOT NULL,
    brought_at  timestamptz,
    admitted_by uuid REFERENCES staff (id),
    admitted_at timestamptz,
    off_by      uuid REFERENCES staff (id),
    off_at      timestamptz,
    CHECK ((key IS NULL) = (thumbprint IS NULL) AND (key IS NULL) = (brought_at IS NULL)),
    CHECK ((admitted_by IS NULL) = (admitted_at IS NULL)),
    CHECK ((off_by IS NULL) = (off_at IS NULL) AND (off_at IS NOT NULL) = (state = 4)),
    CHECK (state NOT IN (2, 3) OR key IS NOT NULL),
    CHECK (state <> 3 OR admitted_at IS NOT NULL),
    CONSTRAINT terminal_other CHECK (admitted_by IS NULL OR admitted_by <> enrolled_by)
);

CREATE TRIGGER terminal_no_update BEFORE UPDATE OF id, agency, networks, code_sha256, code_until, enrolled_by, enrolled_at ON terminal
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A key is brought once, and off is for good.
CREATE TRIGGER terminal_once BEFORE UPDATE ON terminal
FOR EACH ROW WHEN (OLD.state = 4 OR NEW.state <= OLD.state OR (OLD.key IS NOT NULL AND NEW.key <> OLD.key)) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER terminal_no_truncate BEFORE TRUNCATE ON terminal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER terminal_no_delete BEFORE DELETE ON terminal
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Which signed requests were here; jti: the first half of the SHA-256 of what a request calls itself.
CREATE TABLE terminal_jti (
    terminal uuid NOT NULL REFERENCES terminal (id),
    jti      uuid NOT NULL,
    until    timestamptz NOT NULL,
    PRIMARY KEY (terminal, jti)
);

CREATE INDEX terminal_jti_until ON terminal_jti (until);

-- Who is signed in, where: one row a person. hash: SHA-256 of the key in their cookie. before: of the one before a step-up; until
-- before_until it asks again for the answer of the step-up over before_for, and does nothing else.
CREATE TABLE staff_session (
    no           uuid NOT NULL PRIMARY KEY,
    hash         bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    before       bytea UNIQUE CHECK (length(before) = 32),
    before_until timestamptz,
    before_for   uuid,
    staff        uuid NOT NULL UNIQUE REFERENCES staff (id),
    terminal     uuid NOT NULL REFERENCES terminal (id),
    credential   uuid NOT NULL REFERENCES credential (id),
    started_at   timestamptz NOT NULL,
    touched_at   timestamptz NOT NULL,
    CHECK ((before IS NULL) = (before_until IS NULL) AND (before IS NULL) = (before_for IS NULL))
);

CREATE INDEX staff_session_terminal ON staff_session (terminal);

-- What a passkey was asked, and when it was answered: once. kind: 1 enrol, 2 sign in, 3 step up. about: what the step-up is over;
-- pair: SHA-256 of what is signed for. state: what the ceremony remembers.
CREATE TABLE challenge (
    id       uuid NOT NULL PRIMARY KEY,
    kind     smallint NOT NULL CHECK (kind IN (1, 2, 3)),
    terminal uuid NOT NULL REFERENCES terminal (id),
    staff    uuid REFERENCES staff (id),
    invite   bytea CHECK (length(invite) = 32) REFERENCES invite (code_sha256),
    about    text NOT NULL,
    subject  uuid,
    pair     bytea CHECK (length(pair) = 32),
    state    text NOT NULL,
    made_at  timestamptz NOT NULL,
    until    timestamptz NOT NULL,
    used_at  timestamptz,
    CHECK ((kind = 1) = (invite IS NOT NULL)),
    CHECK ((kind = 2) = (staff IS NULL)),
    CHECK ((kind = 3) = (pair IS NOT NULL) AND (kind = 3) = (subject IS NOT NULL))
);

CREATE INDEX challenge_until ON challenge (until);

-- Approvals of a wave that were given with a passkey: one a person, beside approval. pair: SHA-256 of the approval's message and of
-- the challenge together, which was in the journal before the passkey was asked.
CREATE TABLE approval_passkey (
    wave               integer NOT NULL REFERENCES wave (no),
    staff              uuid NOT NULL REFERENCES staff (id),
    role               smallint NOT NULL,
    credential         uuid NOT NULL REFERENCES credential (id),
    statement_sha256   bytea NOT NULL CHECK (length(statement_sha256) = 32),
    challenge          bytea NOT NULL CHECK (length(challenge) = 32),
    pair               bytea NOT NULL CHECK (length(pair) = 32),
    authenticator_data bytea NOT NULL,
    client_data        bytea NOT NULL,
    signature          bytea NOT NULL,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (wave, staff)
);

CREATE TRIGGER approval_passkey_no_update BEFORE UPDATE ON approval_passkey
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER approval_passkey_no_truncate BEFORE TRUNCATE ON approval_passkey
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION approval_passkey_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'approval_passkey rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER approval_passkey_delete AFTER DELETE ON approval_passkey
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION approval_passkey_delete_guard();
