-- A public posting: what it stands for, the law's ground for it, and where it can be seen. waves: numbers, comma-separated.
-- place: the address or file that is looked at. unknown_lines: lines whose holder nobody knows, for which it answers too.
CREATE TABLE posting (
    incident      BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no            INTEGER NOT NULL,
    page          TEXT NOT NULL,
    waves         TEXT NOT NULL,
    kind          INTEGER NOT NULL,
    page_sha256   BLOB NOT NULL CHECK (length(page_sha256) = 32),
    unknown_lines INTEGER NOT NULL,
    ground        TEXT NOT NULL,
    rule          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    place         TEXT NOT NULL,
    starts_at     INTEGER NOT NULL,
    days          INTEGER NOT NULL CHECK (days > 0),
    by_staff      BLOB NOT NULL CHECK (length(by_staff) = 16),
    recorded_at   INTEGER NOT NULL,
    closed_at     INTEGER,
    closed_by     BLOB CHECK (length(closed_by) = 16),
    PRIMARY KEY (incident, no),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER posting_no_update BEFORE UPDATE OF incident, no, page, waves, kind, page_sha256, unknown_lines, ground, rule, reason, place, starts_at, days, by_staff, recorded_at ON posting
BEGIN
    SELECT RAISE(ABORT, 'posting rows are immutable');
END;

CREATE TRIGGER posting_close BEFORE UPDATE OF closed_at, closed_by ON posting
WHEN OLD.closed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'posting rows are immutable');
END;

CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
BEGIN
    SELECT RAISE(ABORT, 'posting rows are immutable');
END;

-- A look at a posting: what was there, or why nothing was.
CREATE TABLE observation (
    incident BLOB NOT NULL CHECK (length(incident) = 16),
    posting  INTEGER NOT NULL,
    no       INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    sha256   BLOB CHECK (length(sha256) = 32),
    failure  TEXT,
    PRIMARY KEY (incident, posting, no),
    CHECK ((sha256 IS NULL) = (failure IS NOT NULL)),
    FOREIGN KEY (incident, posting) REFERENCES posting (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER observation_no_update BEFORE UPDATE ON observation
BEGIN
    SELECT RAISE(ABORT, 'observation rows are immutable');
END;

CREATE TRIGGER observation_no_delete BEFORE DELETE ON observation
BEGIN
    SELECT RAISE(ABORT, 'observation rows are immutable');
END;

-- A legal reason to tell somebody nothing; it counts once two people of different roles agree. The bucket is the person's.
-- reason: a code. note: names nobody.
CREATE TABLE suppression (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no          INTEGER NOT NULL,
    bucket      INTEGER NOT NULL,
    person      BLOB NOT NULL CHECK (length(person) = 16),
    reason      TEXT NOT NULL,
    note        TEXT NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    at          INTEGER NOT NULL,
    lifted_at   INTEGER,
    lifted_by   BLOB CHECK (length(lifted_by) = 16),
    lift_reason TEXT,
    PRIMARY KEY (incident, no),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX suppression_person ON suppression (bucket, incident, person);

CREATE TRIGGER suppression_no_update BEFORE UPDATE OF incident, no, bucket, person, reason, note, by_staff, at ON suppression
BEGIN
    SELECT RAISE(ABORT, 'suppression rows are immutable');
END;

CREATE TRIGGER suppression_lift BEFORE UPDATE OF lifted_at, lifted_by, lift_reason ON suppression
WHEN OLD.lifted_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'suppression rows are immutable');
END;

CREATE TRIGGER suppression_no_delete BEFORE DELETE ON suppression
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'suppression rows are immutable');
END;

-- A list of targets that a brand tells in its own name: one file.
CREATE TABLE brand_list (
    wave        INTEGER NOT NULL REFERENCES wave (no),
    brand       TEXT NOT NULL,
    no          INTEGER NOT NULL,
    file_sha256 BLOB NOT NULL CHECK (length(file_sha256) = 32),
    targets     INTEGER NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    at          INTEGER NOT NULL,
    PRIMARY KEY (wave, brand, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER brand_list_no_update BEFORE UPDATE ON brand_list
BEGIN
    SELECT RAISE(ABORT, 'brand_list rows are immutable');
END;

CREATE TRIGGER brand_list_no_delete BEFORE DELETE ON brand_list
WHEN NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'brand_list rows are immutable');
END;

-- A file of results that a brand sent back; the same file counts once.
CREATE TABLE brand_result (
    wave        INTEGER NOT NULL REFERENCES wave (no),
    brand       TEXT NOT NULL,
    no          INTEGER NOT NULL,
    file_sha256 BLOB NOT NULL CHECK (length(file_sha256) = 32),
    results     INTEGER NOT NULL,
    by_staff    BLOB NOT NULL CHECK (length(by_staff) = 16),
    at          INTEGER NOT NULL,
    PRIMARY KEY (wave, brand, no)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX brand_result_file ON brand_result (wave, brand, file_sha256);

CREATE TRIGGER brand_result_no_update BEFORE UPDATE ON brand_result
BEGIN
    SELECT RAISE(ABORT, 'brand_result rows are immutable');
END;

CREATE TRIGGER brand_result_no_delete BEFORE DELETE ON brand_result
WHEN NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'brand_result rows are immutable');
END;
