-- state: 1 draft, 2 ready. sha256: of the files it came from.
CREATE TABLE registry_snapshot (
    incident    uuid NOT NULL REFERENCES incident (id),
    no          integer NOT NULL,
    as_of       timestamptz NOT NULL,
    sha256      bytea CHECK (length(sha256) = 32),
    subscribers bigint NOT NULL,
    lines       bigint NOT NULL,
    state       smallint NOT NULL CHECK (state IN (1, 2)),
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER registry_snapshot_no_update BEFORE UPDATE ON registry_snapshot
FOR EACH ROW WHEN (NOT OLD.state = 1) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER registry_snapshot_no_truncate BEFORE TRUNCATE ON registry_snapshot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION registry_snapshot_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, state FROM gone) touched
        WHERE NOT (touched.state = 1 OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'registry_snapshot rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER registry_snapshot_delete AFTER DELETE ON registry_snapshot
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION registry_snapshot_delete_guard();

-- A big table. Its indexes are dropped for a load into the empty table and made again at the end of the same
-- transaction, so there is no PRIMARY KEY.
CREATE TABLE subscriber (
    bucket   smallint NOT NULL,
    incident uuid NOT NULL,
    snapshot integer NOT NULL,
    id       uuid NOT NULL,
    language smallint NOT NULL,
    kind     smallint NOT NULL,
    brand    text NOT NULL,
    guardian uuid,
    contact  uuid,
    sealed   bytea NOT NULL
);

CREATE UNIQUE INDEX subscriber_key ON subscriber (bucket, incident, snapshot, id);

CREATE TRIGGER subscriber_no_update BEFORE UPDATE ON subscriber
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER subscriber_no_truncate BEFORE TRUNCATE ON subscriber
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION subscriber_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, snapshot FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = touched.incident AND s.no = touched.snapshot AND s.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'subscriber rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER subscriber_delete AFTER DELETE ON subscriber
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION subscriber_delete_guard();

CREATE FUNCTION subscriber_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, snapshot FROM fresh) touched
        WHERE NOT EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = touched.incident AND s.no = touched.snapshot AND s.state = 1)
    ) THEN
        RAISE EXCEPTION 'subscriber rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER subscriber_insert AFTER INSERT ON subscriber
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION subscriber_insert_guard();

-- The bucket is the holder's. The *_ix columns are blind indexes: keyed hashes of the identifiers.
CREATE TABLE line (
    bucket    smallint NOT NULL,
    incident  uuid NOT NULL,
    snapshot  integer NOT NULL,
    holder    uuid NOT NULL,
    line      uuid NOT NULL,
    held_from timestamptz NOT NULL,
    held_to   timestamptz,
    service   smallint NOT NULL,
    msisdn_ix uuid NOT NULL,
    imsi_ix   uuid,
    iccid_ix  uuid,
    sealed    bytea NOT NULL
);

CREATE UNIQUE INDEX line_key ON line (bucket, incident, snapshot, holder, line, held_from);

CREATE INDEX line_line ON line (incident, snapshot, line);

CREATE INDEX line_msisdn ON line (msisdn_ix);

CREATE INDEX line_imsi ON line (imsi_ix) WHERE imsi_ix IS NOT NULL;

CREATE INDEX line_iccid ON line (iccid_ix) WHERE iccid_ix IS NOT NULL;

CREATE TRIGGER line_no_update BEFORE UPDATE ON line
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER line_no_truncate BEFORE TRUNCATE ON line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION line_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, snapshot FROM gone) touched
        WHERE NOT (EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = touched.incident AND s.no = touched.snapshot AND s.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3))
    ) THEN
        RAISE EXCEPTION 'line rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER line_delete AFTER DELETE ON line
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION line_delete_guard();

CREATE FUNCTION line_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident, snapshot FROM fresh) touched
        WHERE NOT EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = touched.incident AND s.no = touched.snapshot AND s.state = 1)
    ) THEN
        RAISE EXCEPTION 'line rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER line_insert AFTER INSERT ON line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION line_insert_guard();
