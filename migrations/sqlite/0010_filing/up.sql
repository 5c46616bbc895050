-- A report to an authority, as rendered; what is said of it later is said once. facts: JSON.
CREATE TABLE filing (
    incident        BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    kind            TEXT NOT NULL,
    no              INTEGER NOT NULL,
    as_of           INTEGER NOT NULL,
    body_sha256     BLOB NOT NULL CHECK (length(body_sha256) = 32),
    text            TEXT NOT NULL,
    html            TEXT NOT NULL,
    facts           TEXT NOT NULL,
    supplement_of   INTEGER,
    late_reason     TEXT,
    created_by      BLOB NOT NULL CHECK (length(created_by) = 16),
    created_at      INTEGER NOT NULL,
    submitted_at    INTEGER,
    submitted_by    BLOB CHECK (length(submitted_by) = 16),
    channel         TEXT,
    acknowledged_at INTEGER,
    acknowledged_by BLOB CHECK (length(acknowledged_by) = 16),
    acknowledgement TEXT,
    PRIMARY KEY (incident, kind, no),
    CHECK ((submitted_at IS NULL) = (submitted_by IS NULL)),
    CHECK ((submitted_at IS NULL) = (channel IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledgement IS NULL)),
    CHECK (acknowledged_at IS NULL OR submitted_at IS NOT NULL),
    FOREIGN KEY (incident, kind, supplement_of) REFERENCES filing (incident, kind, no)
) STRICT;

CREATE TRIGGER filing_no_update BEFORE UPDATE OF incident, kind, no, as_of, body_sha256, text, html, facts, supplement_of, late_reason, created_by, created_at ON filing
BEGIN
    SELECT RAISE(ABORT, 'filing rows are immutable');
END;

CREATE TRIGGER filing_submit BEFORE UPDATE OF submitted_at, submitted_by, channel ON filing
WHEN OLD.submitted_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'filing rows are immutable');
END;

CREATE TRIGGER filing_acknowledge BEFORE UPDATE OF acknowledged_at, acknowledged_by, acknowledgement ON filing
WHEN OLD.acknowledged_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'filing rows are immutable');
END;

CREATE TRIGGER filing_no_delete BEFORE DELETE ON filing
BEGIN
    SELECT RAISE(ABORT, 'filing rows are immutable');
END;
