-- An intent: committed before anything is submitted. by_chunk: the chunk that carried it out.
-- destination_ix (here, in orphan and in doubt) is a blind index under the service key: a receipt names no incident.
CREATE TABLE attempt (
    bucket      smallint NOT NULL,
    wave        integer NOT NULL,
    chunk       integer NOT NULL,
    pos         integer NOT NULL,
    try_no      smallint NOT NULL,
    by_chunk    integer NOT NULL,
    rung        smallint NOT NULL,
    route       text NOT NULL,
    at          timestamptz NOT NULL,
    text_sha256 bytea NOT NULL CHECK (length(text_sha256) = 32),
    parts       smallint NOT NULL CHECK (parts > 0),
    resend      boolean NOT NULL,
    destination_ix uuid,
    PRIMARY KEY (bucket, wave, chunk, pos, try_no)
);

CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER attempt_no_truncate BEFORE TRUNCATE ON attempt
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION attempt_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'attempt rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER attempt_delete AFTER DELETE ON attempt
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION attempt_delete_guard();

CREATE TABLE outcome (
    bucket      smallint NOT NULL,
    wave        integer NOT NULL,
    chunk       integer NOT NULL,
    pos         integer NOT NULL,
    try_no      smallint NOT NULL,
    part        smallint NOT NULL,
    kind        smallint NOT NULL,
    at          timestamptz NOT NULL,
    code        text,
    provider_id text,
    settled_by  smallint NOT NULL,
    PRIMARY KEY (bucket, wave, chunk, pos, try_no, part, kind)
);

CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outcome_no_truncate BEFORE TRUNCATE ON outcome
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION outcome_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'outcome rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER outcome_delete AFTER DELETE ON outcome
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION outcome_delete_guard();

-- A network may use an id again: the newest attempt is meant.
-- From the network's id back to the attempt. The bucket is of the id's own hash.
CREATE TABLE submission (
    bucket      smallint NOT NULL,
    route       text NOT NULL,
    provider_id text NOT NULL,
    wave        integer NOT NULL,
    chunk       integer NOT NULL,
    pos         integer NOT NULL,
    try_no      smallint NOT NULL,
    part        smallint NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, route, provider_id, wave, chunk, pos, try_no, part)
);

CREATE TRIGGER submission_no_update BEFORE UPDATE ON submission
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER submission_no_truncate BEFORE TRUNCATE ON submission
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION submission_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'submission rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER submission_delete AFTER DELETE ON submission
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION submission_delete_guard();

-- A receipt that matched nothing yet, sealed under the service key; deleted when it matches.
CREATE TABLE orphan (
    bucket         smallint NOT NULL,
    route          text NOT NULL,
    provider_id    text NOT NULL,
    at             timestamptz NOT NULL,
    kind           smallint NOT NULL,
    code           text,
    destination_ix uuid,
    reference      integer,
    sealed         bytea NOT NULL,
    PRIMARY KEY (bucket, route, provider_id, at, kind)
);

CREATE INDEX orphan_destination ON orphan (destination_ix, reference) WHERE destination_ix IS NOT NULL;

-- An attempt nobody knows the fate of; deleted when settled.
CREATE TABLE doubt (
    bucket         smallint NOT NULL,
    wave           integer NOT NULL,
    chunk          integer NOT NULL,
    pos            integer NOT NULL,
    try_no         smallint NOT NULL,
    route          text NOT NULL,
    destination_ix uuid NOT NULL,
    reference      integer NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (bucket, wave, chunk, pos, try_no)
);

CREATE INDEX doubt_destination ON doubt (destination_ix, reference);

-- One row: which ledger this is, and how many binding commits (releases, cancellations, intents, outcomes) it has seen.
CREATE TABLE ledger_mark (
    one    smallint NOT NULL PRIMARY KEY CHECK (one = 1),
    ledger uuid NOT NULL,
    mark   bigint NOT NULL CHECK (mark >= 0)
);
