CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- state: 1 open, 2 closed, 3 erasing. compromised: channel names, comma-separated.
CREATE TABLE incident (
    id          uuid NOT NULL PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    title       text NOT NULL,
    compromised text NOT NULL,
    opened_at   timestamptz NOT NULL,
    state       smallint NOT NULL CHECK (state IN (1, 2, 3))
);

CREATE TRIGGER incident_no_update BEFORE UPDATE OF id, code, title, compromised, opened_at ON incident
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER incident_no_truncate BEFORE TRUNCATE ON incident
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE knowledge_time (
    incident uuid NOT NULL REFERENCES incident (id),
    no       integer NOT NULL,
    at       timestamptz NOT NULL,
    what     text NOT NULL,
    evidence text NOT NULL,
    selected boolean NOT NULL,
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE OF incident, no, at, what, evidence ON knowledge_time
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER knowledge_time_no_truncate BEFORE TRUNCATE ON knowledge_time
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER knowledge_time_no_delete BEFORE DELETE ON knowledge_time
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- roles: role names, comma-separated.
CREATE TABLE staff (
    id         uuid NOT NULL PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    roles      text NOT NULL,
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    added_at   timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE TRIGGER staff_no_update BEFORE UPDATE OF id, name, roles, public_key, added_at ON staff
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER staff_no_truncate BEFORE TRUNCATE ON staff
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER staff_no_delete BEFORE DELETE ON staff
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE template (
    sha256   bytea NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    kind     smallint NOT NULL,
    language smallint NOT NULL,
    source   text NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TRIGGER template_no_update BEFORE UPDATE ON template
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER template_no_truncate BEFORE TRUNCATE ON template
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER template_no_delete BEFORE DELETE ON template
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A refused row that an import was allowed to leave out: the place and the reason, never the value.
CREATE TABLE reject (
    incident    uuid NOT NULL REFERENCES incident (id),
    source      text NOT NULL,
    file_sha256 bytea NOT NULL CHECK (length(file_sha256) = 32),
    row_no      bigint NOT NULL,
    column_name text NOT NULL,
    reason      text NOT NULL,
    PRIMARY KEY (incident, source, file_sha256, row_no, column_name)
);

CREATE TRIGGER reject_no_update BEFORE UPDATE ON reject
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reject_no_truncate BEFORE TRUNCATE ON reject
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION reject_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'reject rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER reject_delete AFTER DELETE ON reject
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION reject_delete_guard();

CREATE TABLE lease (
    name  text NOT NULL PRIMARY KEY,
    token uuid NOT NULL,
    until timestamptz NOT NULL
);
