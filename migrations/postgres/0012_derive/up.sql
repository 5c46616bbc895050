-- What a derived revision was made from; written while the revision is a draft. rules: as text. manifest, brought: JSON.
CREATE TABLE derivation (
    incident     uuid NOT NULL,
    revision     integer NOT NULL,
    rules        text NOT NULL,
    rules_sha256 bytea NOT NULL CHECK (length(rules_sha256) = 32),
    manifest     text NOT NULL,
    brought      text NOT NULL,
    PRIMARY KEY (incident, revision),
    FOREIGN KEY (incident, revision) REFERENCES revision (incident, no)
);

CREATE TRIGGER derivation_no_update BEFORE UPDATE ON derivation
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER derivation_no_truncate BEFORE TRUNCATE ON derivation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION derivation_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, revision FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = touched.incident AND r.no = touched.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'derivation rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER derivation_delete AFTER DELETE ON derivation
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION derivation_delete_guard();

CREATE FUNCTION derivation_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, revision FROM fresh) touched
        WHERE NOT EXISTS (SELECT 1 FROM revision r WHERE r.incident = touched.incident AND r.no = touched.revision AND r.state = 1)
    ) THEN
        RAISE EXCEPTION 'derivation rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER derivation_insert AFTER INSERT ON derivation
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION derivation_insert_guard();

-- What somebody outside said of a line. no: one for each list. source: 1 police, 2 customer, 3 claim, 4 other.
-- sealed: the note on it, if any.
CREATE TABLE evidence (
    incident   uuid NOT NULL REFERENCES incident (id),
    no         integer NOT NULL,
    line       uuid NOT NULL,
    holder     uuid NOT NULL,
    source     smallint NOT NULL CHECK (source IN (1, 2, 3, 4)),
    possible   integer NOT NULL,
    confirmed  integer NOT NULL CHECK (possible & confirmed = 0),
    exposed_at timestamptz NOT NULL,
    sealed     bytea,
    by_staff   uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (incident, no, line, holder)
);

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evidence_no_truncate BEFORE TRUNCATE ON evidence
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION evidence_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'evidence rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER evidence_delete AFTER DELETE ON evidence
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION evidence_delete_guard();

-- What a derivation says to a row of evidence. verdict: 1 inside, 2 outside, 3 unexplained.
CREATE TABLE evidence_verdict (
    incident uuid NOT NULL,
    no       integer NOT NULL,
    line     uuid NOT NULL,
    holder   uuid NOT NULL,
    revision integer NOT NULL,
    verdict  smallint NOT NULL CHECK (verdict IN (1, 2, 3)),
    PRIMARY KEY (incident, no, line, holder, revision),
    FOREIGN KEY (incident, no, line, holder) REFERENCES evidence (incident, no, line, holder),
    FOREIGN KEY (incident, revision) REFERENCES derivation (incident, revision)
);

CREATE INDEX evidence_verdict_revision ON evidence_verdict (incident, revision);

CREATE TRIGGER evidence_verdict_no_update BEFORE UPDATE ON evidence_verdict
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evidence_verdict_no_truncate BEFORE TRUNCATE ON evidence_verdict
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION evidence_verdict_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, revision FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = touched.incident AND r.no = touched.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'evidence_verdict rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER evidence_verdict_delete AFTER DELETE ON evidence_verdict
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION evidence_verdict_delete_guard();

-- Who takes a list of evidence back, and why. It counts once two people of different roles did.
CREATE TABLE evidence_withdrawal (
    incident uuid NOT NULL REFERENCES incident (id),
    no       integer NOT NULL,
    staff    uuid NOT NULL,
    role     smallint NOT NULL,
    reason   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (incident, no, staff)
);

CREATE TRIGGER evidence_withdrawal_no_update BEFORE UPDATE ON evidence_withdrawal
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evidence_withdrawal_no_truncate BEFORE TRUNCATE ON evidence_withdrawal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION evidence_withdrawal_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'evidence_withdrawal rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER evidence_withdrawal_delete AFTER DELETE ON evidence_withdrawal
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION evidence_withdrawal_delete_guard();
