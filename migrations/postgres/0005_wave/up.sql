-- state: 1 draft, 2 released, 3 done, 4 cancelled, 5 planning. basis: releases and cancellations of the incident before the
-- plan. withdrawn: notices a cancellation took back.
CREATE TABLE wave (
    no               integer NOT NULL PRIMARY KEY,
    incident         uuid NOT NULL REFERENCES incident (id),
    revision         integer NOT NULL,
    snapshot         integer NOT NULL,
    cutoff           timestamptz NOT NULL,
    state            smallint NOT NULL CHECK (state IN (1, 2, 3, 4, 5)),
    statement        text,
    statement_sha256 bytea CHECK (length(statement_sha256) = 32),
    persons          bigint NOT NULL,
    lines            bigint NOT NULL,
    targets          bigint NOT NULL,
    copies           bigint NOT NULL,
    left_out         bigint NOT NULL,
    withdrawn        bigint NOT NULL,
    basis            bigint NOT NULL,
    planned_at       timestamptz NOT NULL,
    released_at      timestamptz,
    closed_at        timestamptz,
    CHECK (state IN (1, 4, 5) OR statement_sha256 IS NOT NULL),
    FOREIGN KEY (incident, revision) REFERENCES revision (incident, no),
    FOREIGN KEY (incident, snapshot) REFERENCES registry_snapshot (incident, no)
);

CREATE INDEX wave_incident ON wave (incident, no);

CREATE TRIGGER wave_no_update BEFORE UPDATE OF no, incident, revision, snapshot, cutoff, statement, statement_sha256, persons, lines, targets, copies, left_out, basis, planned_at ON wave
FOR EACH ROW WHEN (NOT OLD.state IN (1, 5)) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wave_no_truncate BEFORE TRUNCATE ON wave
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION wave_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, state FROM gone) touched
        WHERE NOT (touched.state IN (1, 5) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'wave rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER wave_delete AFTER DELETE ON wave
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION wave_delete_guard();

-- Read before every batch. pace: messages a second, when slower than approved.
CREATE TABLE wave_control (
    wave       integer NOT NULL PRIMARY KEY REFERENCES wave (no),
    paused     boolean NOT NULL,
    pace       integer CHECK (pace > 0),
    changed_at timestamptz NOT NULL
);

CREATE TABLE approval (
    wave             integer NOT NULL REFERENCES wave (no),
    staff            uuid NOT NULL REFERENCES staff (id),
    role             smallint NOT NULL,
    statement_sha256 bytea NOT NULL CHECK (length(statement_sha256) = 32),
    signature        bytea NOT NULL CHECK (length(signature) = 64),
    at               timestamptz NOT NULL,
    PRIMARY KEY (wave, staff)
);

CREATE TRIGGER approval_no_update BEFORE UPDATE ON approval
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER approval_no_truncate BEFORE TRUNCATE ON approval
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION approval_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'approval rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER approval_delete AFTER DELETE ON approval
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION approval_delete_guard();

-- stage: 1 canary, 2 main. state: 1 open, 2 done. n: the targets it covers. The counters are of the
-- attempts it carried out, by their present state; told and told_copies are of its own targets.
CREATE TABLE chunk (
    wave         integer NOT NULL REFERENCES wave (no),
    no           integer NOT NULL,
    kind         smallint NOT NULL,
    rung         smallint NOT NULL,
    stage        smallint NOT NULL CHECK (stage IN (1, 2)),
    priority     smallint NOT NULL,
    not_before   timestamptz NOT NULL,
    state        smallint NOT NULL CHECK (state IN (1, 2)),
    lease_token  uuid,
    lease_until  timestamptz,
    n            integer NOT NULL,
    open         integer NOT NULL,
    accepted     integer NOT NULL,
    not_accepted integer NOT NULL,
    rejected     integer NOT NULL,
    in_doubt     integer NOT NULL,
    reached      integer NOT NULL,
    failed       integer NOT NULL,
    told         integer NOT NULL,
    told_copies  integer NOT NULL,
    PRIMARY KEY (wave, no)
);

CREATE INDEX chunk_due ON chunk (wave, state, stage, priority, no);

-- What a chunk that is not a first one covers, and the try that made it necessary (0: none): one follow-up a cause. The
-- bucket is of the target's own chunk.
CREATE TABLE listed (
    bucket       smallint NOT NULL,
    wave         integer NOT NULL,
    target_chunk integer NOT NULL,
    target_pos   integer NOT NULL,
    cause_try    smallint NOT NULL,
    chunk        integer NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (bucket, wave, target_chunk, target_pos, cause_try)
);

CREATE INDEX listed_chunk ON listed (wave, chunk, n);

CREATE TRIGGER listed_no_update BEFORE UPDATE ON listed
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER listed_no_truncate BEFORE TRUNCATE ON listed
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION listed_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'listed rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER listed_delete AFTER DELETE ON listed
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION listed_delete_guard();

-- reach: the rungs its contact allows, one bit each.
CREATE TABLE target (
    bucket smallint NOT NULL,
    wave   integer NOT NULL,
    chunk  integer NOT NULL,
    pos    integer NOT NULL,
    person uuid NOT NULL,
    notice uuid NOT NULL,
    role   smallint NOT NULL,
    reach  smallint NOT NULL,
    sealed bytea NOT NULL
);

CREATE UNIQUE INDEX target_key ON target (bucket, wave, chunk, pos);

CREATE TRIGGER target_no_update BEFORE UPDATE ON target
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER target_no_truncate BEFORE TRUNCATE ON target
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION target_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'target rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER target_delete AFTER DELETE ON target
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION target_delete_guard();

-- Its key refuses to tell one person the same set of facts twice. Its copies are the targets right after the primary one.
CREATE TABLE notice (
    bucket       smallint NOT NULL,
    incident     uuid NOT NULL,
    person       uuid NOT NULL,
    facts_sha256 bytea NOT NULL,
    wave         integer NOT NULL,
    notice       uuid NOT NULL,
    kind         smallint NOT NULL,
    language     smallint NOT NULL,
    target_chunk integer NOT NULL,
    target_pos   integer NOT NULL,
    copies       smallint NOT NULL
);

CREATE UNIQUE INDEX notice_key ON notice (bucket, incident, person, facts_sha256);

CREATE TRIGGER notice_no_update BEFORE UPDATE ON notice
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER notice_no_truncate BEFORE TRUNCATE ON notice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION notice_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'notice rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER notice_delete AFTER DELETE ON notice
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION notice_delete_guard();

CREATE TABLE telling (
    bucket    smallint NOT NULL,
    incident  uuid NOT NULL,
    person    uuid NOT NULL,
    line      uuid NOT NULL,
    wave      integer NOT NULL,
    possible  integer NOT NULL,
    confirmed integer NOT NULL CHECK (possible & confirmed = 0)
);

CREATE UNIQUE INDEX telling_key ON telling (bucket, incident, person, line, wave);

CREATE TRIGGER telling_no_update BEFORE UPDATE ON telling
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER telling_no_truncate BEFORE TRUNCATE ON telling
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION telling_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'telling rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER telling_delete AFTER DELETE ON telling
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION telling_delete_guard();

-- A line of the revision that has no notice in this wave, and why.
CREATE TABLE left_out (
    bucket smallint NOT NULL,
    wave   integer NOT NULL,
    person uuid NOT NULL,
    line   uuid NOT NULL,
    reason smallint NOT NULL,
    PRIMARY KEY (bucket, wave, person, line)
);

CREATE TRIGGER left_out_no_update BEFORE UPDATE ON left_out
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER left_out_no_truncate BEFORE TRUNCATE ON left_out
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION left_out_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = touched.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'left_out rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER left_out_delete AFTER DELETE ON left_out
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION left_out_delete_guard();
