-- state: 1 draft, 2 released, 3 done, 4 cancelled, 5 planning. basis: releases and cancellations of the incident before the
-- plan. withdrawn: notices a cancellation took back.
CREATE TABLE wave (
    no               INTEGER NOT NULL PRIMARY KEY,
    incident         BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    revision         INTEGER NOT NULL,
    snapshot         INTEGER NOT NULL,
    cutoff           INTEGER NOT NULL,
    state            INTEGER NOT NULL CHECK (state IN (1, 2, 3, 4, 5)),
    statement        TEXT,
    statement_sha256 BLOB CHECK (length(statement_sha256) = 32),
    persons          INTEGER NOT NULL,
    lines            INTEGER NOT NULL,
    targets          INTEGER NOT NULL,
    copies           INTEGER NOT NULL,
    left_out         INTEGER NOT NULL,
    withdrawn        INTEGER NOT NULL,
    basis            INTEGER NOT NULL,
    planned_at       INTEGER NOT NULL,
    released_at      INTEGER,
    closed_at        INTEGER,
    CHECK (state IN (1, 4, 5) OR statement_sha256 IS NOT NULL),
    FOREIGN KEY (incident, revision) REFERENCES revision (incident, no),
    FOREIGN KEY (incident, snapshot) REFERENCES registry_snapshot (incident, no)
) STRICT;

CREATE INDEX wave_incident ON wave (incident, no);

CREATE TRIGGER wave_no_update BEFORE UPDATE OF no, incident, revision, snapshot, cutoff, statement, statement_sha256, persons, lines, targets, copies, left_out, basis, planned_at ON wave
WHEN NOT OLD.state IN (1, 5)
BEGIN
    SELECT RAISE(ABORT, 'wave rows are immutable');
END;

CREATE TRIGGER wave_no_delete BEFORE DELETE ON wave
WHEN NOT (OLD.state IN (1, 5) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'wave rows are immutable');
END;

-- Read before every batch. pace: messages a second, when slower than approved.
CREATE TABLE wave_control (
    wave       INTEGER NOT NULL PRIMARY KEY REFERENCES wave (no),
    paused     INTEGER NOT NULL CHECK (paused IN (0, 1)),
    pace       INTEGER CHECK (pace > 0),
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE approval (
    wave             INTEGER NOT NULL REFERENCES wave (no),
    staff            BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    role             INTEGER NOT NULL,
    statement_sha256 BLOB NOT NULL CHECK (length(statement_sha256) = 32),
    signature        BLOB NOT NULL CHECK (length(signature) = 64),
    at               INTEGER NOT NULL,
    PRIMARY KEY (wave, staff)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER approval_no_update BEFORE UPDATE ON approval
BEGIN
    SELECT RAISE(ABORT, 'approval rows are immutable');
END;

CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'approval rows are immutable');
END;

-- stage: 1 canary, 2 main. state: 1 open, 2 done. n: the targets it covers. The counters are of the
-- attempts it carried out, by their present state; told and told_copies are of its own targets.
CREATE TABLE chunk (
    wave         INTEGER NOT NULL REFERENCES wave (no),
    no           INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    rung         INTEGER NOT NULL,
    stage        INTEGER NOT NULL CHECK (stage IN (1, 2)),
    priority     INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    state        INTEGER NOT NULL CHECK (state IN (1, 2)),
    lease_token  BLOB CHECK (length(lease_token) = 16),
    lease_until  INTEGER,
    n            INTEGER NOT NULL,
    open         INTEGER NOT NULL,
    accepted     INTEGER NOT NULL,
    not_accepted INTEGER NOT NULL,
    rejected     INTEGER NOT NULL,
    in_doubt     INTEGER NOT NULL,
    reached      INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    told         INTEGER NOT NULL,
    told_copies  INTEGER NOT NULL,
    PRIMARY KEY (wave, no)
) STRICT;

CREATE INDEX chunk_due ON chunk (wave, state, stage, priority, no);

-- What a chunk that is not a first one covers, and the try that made it necessary (0: none): one follow-up a cause. The
-- bucket is of the target's own chunk.
CREATE TABLE listed (
    bucket       INTEGER NOT NULL,
    wave         INTEGER NOT NULL,
    target_chunk INTEGER NOT NULL,
    target_pos   INTEGER NOT NULL,
    cause_try    INTEGER NOT NULL,
    chunk        INTEGER NOT NULL,
    n            INTEGER NOT NULL,
    PRIMARY KEY (bucket, wave, target_chunk, target_pos, cause_try)
) STRICT, WITHOUT ROWID;

CREATE INDEX listed_chunk ON listed (wave, chunk, n);

CREATE TRIGGER listed_no_update BEFORE UPDATE ON listed
BEGIN
    SELECT RAISE(ABORT, 'listed rows are immutable');
END;

CREATE TRIGGER listed_no_delete BEFORE DELETE ON listed
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'listed rows are immutable');
END;

-- reach: the rungs its contact allows, one bit each.
CREATE TABLE target (
    bucket INTEGER NOT NULL,
    wave   INTEGER NOT NULL,
    chunk  INTEGER NOT NULL,
    pos    INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 16),
    notice BLOB NOT NULL CHECK (length(notice) = 16),
    role   INTEGER NOT NULL,
    reach  INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX target_key ON target (bucket, wave, chunk, pos);

CREATE TRIGGER target_no_update BEFORE UPDATE ON target
BEGIN
    SELECT RAISE(ABORT, 'target rows are immutable');
END;

CREATE TRIGGER target_no_delete BEFORE DELETE ON target
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'target rows are immutable');
END;

-- Its key refuses to tell one person the same set of facts twice. Its copies are the targets right after the primary one.
CREATE TABLE notice (
    bucket       INTEGER NOT NULL,
    incident     BLOB NOT NULL CHECK (length(incident) = 16),
    person       BLOB NOT NULL CHECK (length(person) = 16),
    facts_sha256 BLOB NOT NULL,
    wave         INTEGER NOT NULL,
    notice       BLOB NOT NULL CHECK (length(notice) = 16),
    kind         INTEGER NOT NULL,
    language     INTEGER NOT NULL,
    target_chunk INTEGER NOT NULL,
    target_pos   INTEGER NOT NULL,
    copies       INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX notice_key ON notice (bucket, incident, person, facts_sha256);

CREATE TRIGGER notice_no_update BEFORE UPDATE ON notice
BEGIN
    SELECT RAISE(ABORT, 'notice rows are immutable');
END;

CREATE TRIGGER notice_no_delete BEFORE DELETE ON notice
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'notice rows are immutable');
END;

CREATE TABLE telling (
    bucket    INTEGER NOT NULL,
    incident  BLOB NOT NULL CHECK (length(incident) = 16),
    person    BLOB NOT NULL CHECK (length(person) = 16),
    line      BLOB NOT NULL CHECK (length(line) = 16),
    wave      INTEGER NOT NULL,
    possible  INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (possible & confirmed = 0)
) STRICT;

CREATE UNIQUE INDEX telling_key ON telling (bucket, incident, person, line, wave);

CREATE TRIGGER telling_no_update BEFORE UPDATE ON telling
BEGIN
    SELECT RAISE(ABORT, 'telling rows are immutable');
END;

CREATE TRIGGER telling_no_delete BEFORE DELETE ON telling
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'telling rows are immutable');
END;

-- A line of the revision that has no notice in this wave, and why.
CREATE TABLE left_out (
    bucket INTEGER NOT NULL,
    wave   INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 16),
    line   BLOB NOT NULL CHECK (length(line) = 16),
    reason INTEGER NOT NULL,
    PRIMARY KEY (bucket, wave, person, line)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER left_out_no_update BEFORE UPDATE ON left_out
BEGIN
    SELECT RAISE(ABORT, 'left_out rows are immutable');
END;

CREATE TRIGGER left_out_no_delete BEFORE DELETE ON left_out
WHEN NOT (EXISTS (SELECT 1 FROM wave w WHERE w.no = OLD.wave AND w.state IN (1, 4, 5)) OR EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'left_out rows are immutable');
END;
