-- What a wave says, with gaps for what differs from person to person. pieces, gaps: JSON; a gap stands between two pieces.
CREATE TABLE wording (
    wave         integer NOT NULL REFERENCES wave (no),
    no           integer NOT NULL,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32),
    kind         smallint NOT NULL,
    language     smallint NOT NULL,
    rung         smallint NOT NULL,
    role         smallint NOT NULL,
    subject      text,
    pieces       text NOT NULL,
    gaps         text NOT NULL,
    sender       text NOT NULL,
    window_from  timestamptz NOT NULL,
    window_until timestamptz,
    PRIMARY KEY (wave, no)
);

CREATE TRIGGER wording_no_update BEFORE UPDATE ON wording
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wording_no_truncate BEFORE TRUNCATE ON wording
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION wording_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'wording rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER wording_delete AFTER DELETE ON wording
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION wording_delete_guard();

-- Whose message a code stands in: a keyed hash of code and number. The bucket is of that hash.
CREATE TABLE message_code (
    bucket smallint NOT NULL,
    code   uuid NOT NULL,
    wave   integer NOT NULL,
    chunk  integer NOT NULL,
    pos    integer NOT NULL
);

CREATE UNIQUE INDEX message_code_key ON message_code (bucket, code, wave, chunk, pos);

CREATE TRIGGER message_code_no_update BEFORE UPDATE ON message_code
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER message_code_no_truncate BEFORE TRUNCATE ON message_code
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION message_code_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'message_code rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER message_code_delete AFTER DELETE ON message_code
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION message_code_delete_guard();

-- How often a code was asked for a number (a keyed hash) in an hour; old hours are deleted.
CREATE TABLE code_try (
    number uuid NOT NULL,
    hour   timestamptz NOT NULL,
    tries  integer NOT NULL CHECK (tries > 0),
    PRIMARY KEY (number, hour)
);

CREATE INDEX code_try_hour ON code_try (hour);

-- A text that was reported as coming from us. Never who reported it.
CREATE TABLE fake (
    no       integer NOT NULL,
    text     text NOT NULL,
    sender   text NOT NULL,
    seen_at  timestamptz NOT NULL,
    cluster  integer NOT NULL,
    by_staff uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (no)
);

CREATE TRIGGER fake_no_update BEFORE UPDATE OF no, text, sender, seen_at, by_staff, added_at ON fake
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER fake_no_truncate BEFORE TRUNCATE ON fake
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER fake_no_delete BEFORE DELETE ON fake
FOR EACH ROW EXECUTE FUNCTION refuse_change();
