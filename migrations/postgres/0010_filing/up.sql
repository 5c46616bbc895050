-- A report to an authority, as rendered; what is said of it later is said once. facts: JSON.
CREATE TABLE filing (
    incident        uuid NOT NULL REFERENCES incident (id),
    kind            text NOT NULL,
    no              integer NOT NULL,
    as_of           timestamptz NOT NULL,
    body_sha256     bytea NOT NULL CHECK (length(body_sha256) = 32),
    text            text NOT NULL,
    html            text NOT NULL,
    facts           text NOT NULL,
    supplement_of   integer,
    late_reason     text,
    created_by      uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    submitted_at    timestamptz,
    submitted_by    uuid,
    channel         text,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    acknowledgement text,
    PRIMARY KEY (incident, kind, no),
    CHECK ((submitted_at IS NULL) = (submitted_by IS NULL)),
    CHECK ((submitted_at IS NULL) = (channel IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledgement IS NULL)),
    CHECK (acknowledged_at IS NULL OR submitted_at IS NOT NULL),
    FOREIGN KEY (incident, kind, supplement_of) REFERENCES filing (incident, kind, no)
);

CREATE TRIGGER filing_no_update BEFORE UPDATE OF incident, kind, no, as_of, body_sha256, text, html, facts, supplement_of, late_reason, created_by, created_at ON filing
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER filing_no_truncate BEFORE TRUNCATE ON filing
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER filing_submit BEFORE UPDATE OF submitted_at, submitted_by, channel ON filing
FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER filing_acknowledge BEFORE UPDATE OF acknowledged_at, acknowledged_by, acknowledgement ON filing
FOR EACH ROW WHEN (OLD.acknowledged_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER filing_no_delete BEFORE DELETE ON filing
FOR EACH ROW EXECUTE FUNCTION refuse_change();
