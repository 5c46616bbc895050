-- What a derived revision was made from; written while the revision is a draft. rules: as text. manifest, brought: JSON.
CREATE TABLE derivation (
    incident     BLOB NOT NULL CHECK (length(incident) = 16),
    revision     INTEGER NOT NULL,
    rules        TEXT NOT NULL,
    rules_sha256 BLOB NOT NULL CHECK (length(rules_sha256) = 32),
    manifest     TEXT NOT NULL,
    brought      TEXT NOT NULL,
    PRIMARY KEY (incident, revision),
    FOREIGN KEY (incident, revision) REFERENCES revision (incident, no)
) STRICT;

CREATE TRIGGER derivation_no_update BEFORE UPDATE ON derivation
BEGIN
    SELECT RAISE(ABORT, 'derivation rows are immutable');
END;

CREATE TRIGGER derivation_no_delete BEFORE DELETE ON derivation
WHEN NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = OLD.incident AND r.no = OLD.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'derivation rows are immutable');
END;

CREATE TRIGGER derivation_no_insert BEFORE INSERT ON derivation
WHEN NOT EXISTS (SELECT 1 FROM revision r WHERE r.incident = NEW.incident AND r.no = NEW.revision AND r.state = 1)
BEGIN
    SELECT RAISE(ABORT, 'derivation rows are immutable');
END;

-- What somebody outside said of a line. no: one for each list. source: 1 police, 2 customer, 3 claim, 4 other.
-- sealed: the note on it, if any.
CREATE TABLE evidence (
    incident   BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no         INTEGER NOT NULL,
    line       BLOB NOT NULL CHECK (length(line) = 16),
    holder     BLOB NOT NULL CHECK (length(holder) = 16),
    source     INTEGER NOT NULL CHECK (source IN (1, 2, 3, 4)),
    possible   INTEGER NOT NULL,
    confirmed  INTEGER NOT NULL CHECK (possible & confirmed = 0),
    exposed_at INTEGER NOT NULL,
    sealed     BLOB,
    by_staff   BLOB NOT NULL CHECK (length(by_staff) = 16),
    at         INTEGER NOT NULL,
    PRIMARY KEY (incident, no, line, holder)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence rows are immutable');
END;

CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'evidence rows are immutable');
END;

-- What a derivation says to a row of evidence. verdict: 1 inside, 2 outside, 3 unexplained.
CREATE TABLE evidence_verdict (
    incident BLOB NOT NULL CHECK (length(incident) = 16),
    no       INTEGER NOT NULL,
    line     BLOB NOT NULL CHECK (length(line) = 16),
    holder   BLOB NOT NULL CHECK (length(holder) = 16),
    revision INTEGER NOT NULL,
    verdict  INTEGER NOT NULL CHECK (verdict IN (1, 2, 3)),
    PRIMARY KEY (incident, no, line, holder, revision),
    FOREIGN KEY (incident, no, line, holder) REFERENCES evidence (incident, no, line, holder),
    FOREIGN KEY (incident, revision) REFERENCES derivation (incident, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX evidence_verdict_revision ON evidence_verdict (incident, revision);

CREATE TRIGGER evidence_verdict_no_update BEFORE UPDATE ON evidence_verdict
BEGIN
    SELECT RAISE(ABORT, 'evidence_verdict rows are immutable');
END;

CREATE TRIGGER evidence_verdict_no_delete BEFORE DELETE ON evidence_verdict
WHEN NOT (EXISTS (SELECT 1 FROM revision r WHERE r.incident = OLD.incident AND r.no = OLD.revision AND r.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'evidence_verdict rows are immutable');
END;

-- Who takes a list of evidence back, and why. It counts once two people of different roles did.
CREATE TABLE evidence_withdrawal (
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no       INTEGER NOT NULL,
    staff    BLOB NOT NULL CHECK (length(staff) = 16),
    role     INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, no, staff)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER evidence_withdrawal_no_update BEFORE UPDATE ON evidence_withdrawal
BEGIN
    SELECT RAISE(ABORT, 'evidence_withdrawal rows are immutable');
END;

CREATE TRIGGER evidence_withdrawal_no_delete BEFORE DELETE ON evidence_withdrawal
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'evidence_withdrawal rows are immutable');
END;
