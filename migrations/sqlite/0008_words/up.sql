-- What a wave says, with gaps for what differs from person to person. pieces, gaps: JSON; a gap stands between two pieces.
CREATE TABLE wording (
    wave         INTEGER NOT NULL REFERENCES wave (no),
    no           INTEGER NOT NULL,
    sha256       BLOB NOT NULL CHECK (length(sha256) = 32),
    kind         INTEGER NOT NULL,
    language     INTEGER NOT NULL,
    rung         INTEGER NOT NULL,
    role         INTEGER NOT NULL,
    subject      TEXT,
    pieces       TEXT NOT NULL,
    gaps         TEXT NOT NULL,
    sender       TEXT NOT NULL,
    window_from  INTEGER NOT NULL,
    window_until INTEGER,
    PRIMARY KEY (wave, no)
) STRICT;

CREATE TRIGGER wording_no_update BEFORE UPDATE ON wording
BEGIN
    SELECT RAISE(ABORT, 'wording rows are immutable');
END;

CREATE TRIGGER wording_no_delete BEFORE DELETE ON wording
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'wording rows are immutable');
END;

-- Whose message a code stands in: a keyed hash of code and number. The bucket is of that hash.
CREATE TABLE message_code (
    bucket INTEGER NOT NULL,
    code   BLOB NOT NULL CHECK (length(code) = 16),
    wave   INTEGER NOT NULL,
    chunk  INTEGER NOT NULL,
    pos    INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX message_code_key ON message_code (bucket, code, wave, chunk, pos);

CREATE TRIGGER message_code_no_update BEFORE UPDATE ON message_code
BEGIN
    SELECT RAISE(ABORT, 'message_code rows are immutable');
END;

CREATE TRIGGER message_code_no_delete BEFORE DELETE ON message_code
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'message_code rows are immutable');
END;

-- How often a code was asked for a number (a keyed hash) in an hour; old hours are deleted.
CREATE TABLE code_try (
    number BLOB NOT NULL CHECK (length(number) = 16),
    hour   INTEGER NOT NULL,
    tries  INTEGER NOT NULL CHECK (tries > 0),
    PRIMARY KEY (number, hour)
) STRICT, WITHOUT ROWID;

CREATE INDEX code_try_hour ON code_try (hour);

-- A text that was reported as coming from us. Never who reported it.
CREATE TABLE fake (
    no       INTEGER NOT NULL,
    text     TEXT NOT NULL,
    sender   TEXT NOT NULL,
    seen_at  INTEGER NOT NULL,
    cluster  INTEGER NOT NULL,
    by_staff BLOB NOT NULL CHECK (length(by_staff) = 16),
    added_at INTEGER NOT NULL,
    PRIMARY KEY (no)
) STRICT;

CREATE TRIGGER fake_no_update BEFORE UPDATE OF no, text, sender, seen_at, by_staff, added_at ON fake
BEGIN
    SELECT RAISE(ABORT, 'fake rows are immutable');
END;

CREATE TRIGGER fake_no_delete BEFORE DELETE ON fake
BEGIN
    SELECT RAISE(ABORT, 'fake rows are immutable');
END;
