-- state: 1 draft, 2 ready. sha256: of the content, in order of holder and line.
CREATE TABLE revision (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no          INTEGER NOT NULL,
    snapshot    INTEGER NOT NULL,
    sha256      BLOB CHECK (length(sha256) = 32),
    lines       INTEGER NOT NULL,
    unresolved  INTEGER NOT NULL,
    provenance  TEXT NOT NULL,
    data_cutoff INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    state       INTEGER NOT NULL CHECK (state IN (1, 2)),
    PRIMARY KEY (incident, no),
    FOREIGN KEY (incident, snapshot) REFERENCES registry_snapshot (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER revision_no_update BEFORE UPDATE ON revision
WHEN NOT OLD.state = 1
BEGIN
    SELECT RAISE(ABORT, 'revision rows are immutable');
END;

CREATE TRIGGER revision_no_delete BEFORE DELETE ON revision
WHEN NOT (OLD.state = 1 OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'revision rows are immutable');
END;

-- sealed: what the exposure list said of the line beyond the registry, if anything.
CREATE TABLE exposure (
    bucket     INTEGER NOT NULL,
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    revision   INTEGER NOT NULL,
    holder     BLOB NOT NULL CHECK (length(holder) = 16),
    line       BLOB NOT NULL CHECK (length(line) = 16),
    possible   INTEGER NOT NULL,
    confirmed  INTEGER NOT NULL CHECK (possible & confirmed = 0),
    exposed_at INTEGER NOT NULL,
    sealed     BLOB
) STRICT;

CREATE UNIQUE INDEX exposure_key ON exposure (bucket, incident, revision, holder, line);

CREATE TRIGGER exposure_no_update BEFORE UPDATE ON exposure
BEGIN
    SELECT RAISE(ABORT, 'exposure rows are immutable');
END;

CREATE TRIGGER exposure_no_delete BEFORE DELETE ON exposure
WHEN NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = OLD.incident AND r.no = OLD.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'exposure rows are immutable');
END;

CREATE TRIGGER exposure_no_insert BEFORE INSERT ON exposure
WHEN NOT EXISTS (SELECT 1 FROM revision r WHERE r.incident = NEW.incident AND r.no = NEW.revision AND r.state = 1)
BEGIN
    SELECT RAISE(ABORT, 'exposure rows are immutable');
END;
