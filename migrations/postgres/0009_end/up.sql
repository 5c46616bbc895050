-- A public posting: what it stands for, the law's ground for it, and where it can be seen. waves: numbers, comma-separated.
-- place: the address or file that is looked at. unknown_lines: lines whose holder nobody knows, for which it answers too.
CREATE TABLE posting (
    incident      uuid NOT NULL REFERENCES incident (id),
    no            integer NOT NULL,
    page          text NOT NULL,
    waves         text NOT NULL,
    kind          smallint NOT NULL,
    page_sha256   bytea NOT NULL CHECK (length(page_sha256) = 32),
    unknown_lines bigint NOT NULL,
    ground        text NOT NULL,
    rule          text NOT NULL,
    reason        text NOT NULL,
    place         text NOT NULL,
    starts_at     timestamptz NOT NULL,
    days          integer NOT NULL CHECK (days > 0),
    by_staff      uuid NOT NULL,
    recorded_at   timestamptz NOT NULL,
    closed_at     timestamptz,
    closed_by     uuid,
    PRIMARY KEY (incident, no),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);

CREATE TRIGGER posting_no_update BEFORE UPDATE OF incident, no, page, waves, kind, page_sha256, unknown_lines, ground, rule, reason, place, starts_at, days, by_staff, recorded_at ON posting
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER posting_no_truncate BEFORE TRUNCATE ON posting
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER posting_close BEFORE UPDATE OF closed_at, closed_by ON posting
FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A look at a posting: what was there, or why nothing was.
CREATE TABLE observation (
    incident uuid NOT NULL,
    posting  integer NOT NULL,
    no       integer NOT NULL,
    at       timestamptz NOT NULL,
    sha256   bytea CHECK (length(sha256) = 32),
    failure  text,
    PRIMARY KEY (incident, posting, no),
    CHECK ((sha256 IS NULL) = (failure IS NOT NULL)),
    FOREIGN KEY (incident, posting) REFERENCES posting (incident, no)
);

CREATE TRIGGER observation_no_update BEFORE UPDATE ON observation
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER observation_no_truncate BEFORE TRUNCATE ON observation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER observation_no_delete BEFORE DELETE ON observation
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A legal reason to tell somebody nothing; it counts once two people of different roles agree. The bucket is the person's.
-- reason: a code. note: names nobody.
CREATE TABLE suppression (
    incident    uuid NOT NULL REFERENCES incident (id),
    no          integer NOT NULL,
    bucket      smallint NOT NULL,
    person      uuid NOT NULL,
    reason      text NOT NULL,
    note        text NOT NULL,
    by_staff    uuid NOT NULL,
    at          timestamptz NOT NULL,
    lifted_at   timestamptz,
    lifted_by   uuid,
    lift_reason text,
    PRIMARY KEY (incident, no),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
);

CREATE INDEX suppression_person ON suppression (bucket, incident, person);

CREATE TRIGGER suppression_no_update BEFORE UPDATE OF incident, no, bucket, person, reason, note, by_staff, at ON suppression
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER suppression_no_truncate BEFORE TRUNCATE ON suppression
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER suppression_lift BEFORE UPDATE OF lifted_at, lifted_by, lift_reason ON suppression
FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE FUNCTION suppression_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'suppression rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER suppression_delete AFTER DELETE ON suppression
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION suppression_delete_guard();

-- A list of targets that a brand tells in its own name: one file.
CREATE TABLE brand_list (
    wave        integer NOT NULL REFERENCES wave (no),
    brand       text NOT NULL,
    no          integer NOT NULL,
    file_sha256 bytea NOT NULL CHECK (length(file_sha256) = 32),
    targets     bigint NOT NULL,
    by_staff    uuid NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (wave, brand, no)
);

CREATE TRIGGER brand_list_no_update BEFORE UPDATE ON brand_list
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER brand_list_no_truncate BEFORE TRUNCATE ON brand_list
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION brand_list_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'brand_list rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER brand_list_delete AFTER DELETE ON brand_list
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION brand_list_delete_guard();

-- A file of results that a brand sent back; the same file counts once.
CREATE TABLE brand_result (
    wave        integer NOT NULL REFERENCES wave (no),
    brand       text NOT NULL,
    no          integer NOT NULL,
    file_sha256 bytea NOT NULL CHECK (length(file_sha256) = 32),
    results     bigint NOT NULL,
    by_staff    uuid NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (wave, brand, no)
);

CREATE UNIQUE INDEX brand_result_file ON brand_result (wave, brand, file_sha256);

CREATE TRIGGER brand_result_no_update BEFORE UPDATE ON brand_result
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER brand_result_no_truncate BEFORE TRUNCATE ON brand_result
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION brand_result_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT wave FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = touched.wave AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'brand_result rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER brand_result_delete AFTER DELETE ON brand_result
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION brand_result_delete_guard();
