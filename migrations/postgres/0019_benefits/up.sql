-- What people chose of what their carrier offers those whose data leaked: one of a group for a line. exported_at: when it was handed
-- over to whoever grants it; from then on it stays.
CREATE TABLE benefit (
    incident    uuid NOT NULL REFERENCES incident (id),
    line        uuid NOT NULL,
    grp         text NOT NULL CHECK (length(grp) BETWEEN 1 AND 40),
    code        text NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    person      uuid NOT NULL,
    chosen_at   timestamptz NOT NULL,
    exported_at timestamptz,
    PRIMARY KEY (incident, line, grp)
);

CREATE TRIGGER benefit_no_update BEFORE UPDATE OF incident, line, grp ON benefit
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER benefit_exported BEFORE UPDATE ON benefit
FOR EACH ROW WHEN (OLD.exported_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER benefit_no_truncate BEFORE TRUNCATE ON benefit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- It goes with its incident alone.
CREATE FUNCTION benefit_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'benefit rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER benefit_delete AFTER DELETE ON benefit
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION benefit_delete_guard();
