-- state: 1 draft, 2 ready. sha256: of the content, in order of holder and line.
CREATE TABLE revision (
    incident    uuid NOT NULL REFERENCES incident (id),
    no          integer NOT NULL,
    snapshot    integer NOT NULL,
    sha256      bytea CHECK (length(sha256) = 32),
    lines       bigint NOT NULL,
    unresolved  bigint NOT NULL,
    provenance  text NOT NULL,
    data_cutoff timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    state       smallint NOT NULL CHECK (state IN (1, 2)),
    PRIMARY KEY (incident, no),
    FOREIGN KEY (incident, snapshot) REFERENCES registry_snapshot (incident, no)
);

CREATE TRIGGER revision_no_update BEFORE UPDATE ON revision
FOR EACH ROW WHEN (NOT OLD.state = 1) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER revision_no_truncate BEFORE TRUNCATE ON revision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION revision_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, state FROM gone) touched
        WHERE NOT (touched.state = 1 OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'revision rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER revision_delete AFTER DELETE ON revision
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION revision_delete_guard();

-- sealed: what the exposure list said of the line beyond the registry, if anything.
CREATE TABLE exposure (
    bucket     smallint NOT NULL,
    incident   uuid NOT NULL,
    revision   integer NOT NULL,
    holder     uuid NOT NULL,
    line       uuid NOT NULL,
    possible   integer NOT NULL,
    confirmed  integer NOT NULL CHECK (possible & confirmed = 0),
    exposed_at timestamptz NOT NULL,
    sealed     bytea
);

CREATE UNIQUE INDEX exposure_key ON exposure (bucket, incident, revision, holder, line);

CREATE TRIGGER exposure_no_update BEFORE UPDATE ON exposure
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER exposure_no_truncate BEFORE TRUNCATE ON exposure
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION exposure_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, revision FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = touched.incident AND r.no = touched.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'exposure rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER exposure_delete AFTER DELETE ON exposure
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION exposure_delete_guard();

CREATE FUNCTION exposure_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, revision FROM fresh) touched
        WHERE NOT EXISTS (SELECT 1 FROM revision r WHERE r.incident = touched.incident AND r.no = touched.revision AND r.state = 1)
    ) THEN
        RAISE EXCEPTION 'exposure rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER exposure_insert AFTER INSERT ON exposure
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION exposure_insert_guard();
