-- An intent: committed before anything is submitted. by_chunk: the chunk that carried it out.
-- destination_ix (here, in orphan and in doubt) is a blind index under the service key: a receipt names no incident.
CREATE TABLE attempt (
    bucket      INTEGER NOT NULL,
    wave        INTEGER NOT NULL,
    chunk       INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    try_no      INTEGER NOT NULL,
    by_chunk    INTEGER NOT NULL,
    rung        INTEGER NOT NULL,
    route       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    text_sha256 BLOB NOT NULL CHECK (length(text_sha256) = 32),
    parts       INTEGER NOT NULL CHECK (parts > 0),
    resend      INTEGER NOT NULL CHECK (resend IN (0, 1)),
    destination_ix BLOB CHECK (length(destination_ix) = 16),
    PRIMARY KEY (bucket, wave, chunk, pos, try_no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt
BEGIN
    SELECT RAISE(ABORT, 'attempt rows are immutable');
END;

CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
WHEN NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'attempt rows are immutable');
END;

CREATE TABLE outcome (
    bucket      INTEGER NOT NULL,
    wave        INTEGER NOT NULL,
    chunk       INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    try_no      INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    code        TEXT,
    provider_id TEXT,
    settled_by  INTEGER NOT NULL,
    PRIMARY KEY (bucket, wave, chunk, pos, try_no, part, kind)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome
BEGIN
    SELECT RAISE(ABORT, 'outcome rows are immutable');
END;

CREATE TRIGGER outcome_no_delete BEFORE DELETE ON outcome
WHEN NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'outcome rows are immutable');
END;

-- A network may use an id again: the newest attempt is meant.
-- From the network's id back to the attempt. The bucket is of the id's own hash.
CREATE TABLE submission (
    bucket      INTEGER NOT NULL,
    route       TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    wave        INTEGER NOT NULL,
    chunk       INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    try_no      INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (bucket, route, provider_id, wave, chunk, pos, try_no, part)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER submission_no_update BEFORE UPDATE ON submission
BEGIN
    SELECT RAISE(ABORT, 'submission rows are immutable');
END;

CREATE TRIGGER submission_no_delete BEFORE DELETE ON submission
WHEN NOT EXISTS (SELECT 1 FROM wave w JOIN incident i ON i.id = w.incident WHERE w.no = OLD.wave AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'submission rows are immutable');
END;

-- A receipt that matched nothing yet, sealed under the service key; deleted when it matches.
CREATE TABLE orphan (
    bucket         INTEGER NOT NULL,
    route          TEXT NOT NULL,
    provider_id    TEXT NOT NULL,
    at             INTEGER NOT NULL,
    kind           INTEGER NOT NULL,
    code           TEXT,
    destination_ix BLOB CHECK (length(destination_ix) = 16),
    reference      INTEGER,
    sealed         BLOB NOT NULL,
    PRIMARY KEY (bucket, route, provider_id, at, kind)
) STRICT;

CREATE INDEX orphan_destination ON orphan (destination_ix, reference) WHERE destination_ix IS NOT NULL;

-- An attempt nobody knows the fate of; deleted when settled.
CREATE TABLE doubt (
    bucket         INTEGER NOT NULL,
    wave           INTEGER NOT NULL,
    chunk          INTEGER NOT NULL,
    pos            INTEGER NOT NULL,
    try_no         INTEGER NOT NULL,
    route          TEXT NOT NULL,
    destination_ix BLOB NOT NULL CHECK (length(destination_ix) = 16),
    reference      INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    PRIMARY KEY (bucket, wave, chunk, pos, try_no)
) STRICT;

CREATE INDEX doubt_destination ON doubt (destination_ix, reference);

-- One row: which ledger this is, and how many binding commits (releases, cancellations, intents, outcomes) it has seen.
CREATE TABLE ledger_mark (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    ledger BLOB NOT NULL CHECK (length(ledger) = 16),
    mark   INTEGER NOT NULL CHECK (mark >= 0)
) STRICT;
