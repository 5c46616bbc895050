-- state: 1 open, 2 closed, 3 erasing. compromised: channel names, comma-separated.
CREATE TABLE incident (
    id          BLOB NOT NULL CHECK (length(id) = 16) PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    compromised TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    state       INTEGER NOT NULL CHECK (state IN (1, 2, 3))
) STRICT;

CREATE TRIGGER incident_no_update BEFORE UPDATE OF id, code, title, compromised, opened_at ON incident
BEGIN
    SELECT RAISE(ABORT, 'incident rows are immutable');
END;

CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident
BEGIN
    SELECT RAISE(ABORT, 'incident rows are immutable');
END;

CREATE TABLE knowledge_time (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no       INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    what     TEXT NOT NULL,
    evidence TEXT NOT NULL,
    selected INTEGER NOT NULL CHECK (selected IN (0, 1)),
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE OF incident, no, at, what, evidence ON knowledge_time
BEGIN
    SELECT RAISE(ABORT, 'knowledge_time rows are immutable');
END;

CREATE TRIGGER knowledge_time_no_delete BEFORE DELETE ON knowledge_time
BEGIN
    SELECT RAISE(ABORT, 'knowledge_time rows are immutable');
END;

-- roles: role names, comma-separated.
CREATE TABLE staff (
    id         BLOB NOT NULL CHECK (length(id) = 16) PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    roles      TEXT NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    added_at   INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TRIGGER staff_no_update BEFORE UPDATE OF id, name, roles, public_key, added_at ON staff
BEGIN
    SELECT RAISE(ABORT, 'staff rows are immutable');
END;

CREATE TRIGGER staff_no_delete BEFORE DELETE ON staff
BEGIN
    SELECT RAISE(ABORT, 'staff rows are immutable');
END;

CREATE TABLE template (
    sha256   BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    kind     INTEGER NOT NULL,
    language INTEGER NOT NULL,
    source   TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER template_no_update BEFORE UPDATE ON template
BEGIN
    SELECT RAISE(ABORT, 'template rows are immutable');
END;

CREATE TRIGGER template_no_delete BEFORE DELETE ON template
BEGIN
    SELECT RAISE(ABORT, 'template rows are immutable');
END;

-- A refused row that an import was allowed to leave out: the place and the reason, never the value.
CREATE TABLE reject (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    source      TEXT NOT NULL,
    file_sha256 BLOB NOT NULL CHECK (length(file_sha256) = 32),
    row_no      INTEGER NOT NULL,
    column_name TEXT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (incident, source, file_sha256, row_no, column_name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reject_no_update BEFORE UPDATE ON reject
BEGIN
    SELECT RAISE(ABORT, 'reject rows are immutable');
END;

CREATE TRIGGER reject_no_delete BEFORE DELETE ON reject
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'reject rows are immutable');
END;

CREATE TABLE lease (
    name  TEXT NOT NULL PRIMARY KEY,
    token BLOB NOT NULL CHECK (length(token) = 16),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
