-- state: 1 draft, 2 ready. sha256: of the files it came from.
CREATE TABLE registry_snapshot (
    incident    BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    no          INTEGER NOT NULL,
    as_of       INTEGER NOT NULL,
    sha256      BLOB CHECK (length(sha256) = 32),
    subscribers INTEGER NOT NULL,
    lines       INTEGER NOT NULL,
    state       INTEGER NOT NULL CHECK (state IN (1, 2)),
    PRIMARY KEY (incident, no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER registry_snapshot_no_update BEFORE UPDATE ON registry_snapshot
WHEN NOT OLD.state = 1
BEGIN
    SELECT RAISE(ABORT, 'registry_snapshot rows are immutable');
END;

CREATE TRIGGER registry_snapshot_no_delete BEFORE DELETE ON registry_snapshot
WHEN NOT (OLD.state = 1 OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'registry_snapshot rows are immutable');
END;

-- A big table. Its indexes are dropped for a load into the empty table and made again at the end of the same
-- transaction, so there is no PRIMARY KEY.
CREATE TABLE subscriber (
    bucket   INTEGER NOT NULL,
    incident BLOB NOT NULL CHECK (length(incident) = 16),
    snapshot INTEGER NOT NULL,
    id       BLOB NOT NULL CHECK (length(id) = 16),
    language INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    brand    TEXT NOT NULL,
    guardian BLOB CHECK (length(guardian) = 16),
    contact  BLOB CHECK (length(contact) = 16),
    sealed   BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX subscriber_key ON subscriber (bucket, incident, snapshot, id);

CREATE TRIGGER subscriber_no_update BEFORE UPDATE ON subscriber
BEGIN
    SELECT RAISE(ABORT, 'subscriber rows are immutable');
END;

CREATE TRIGGER subscriber_no_delete BEFORE DELETE ON subscriber
WHEN NOT (EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = OLD.incident AND s.no = OLD.snapshot AND s.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'subscriber rows are immutable');
END;

CREATE TRIGGER subscriber_no_insert BEFORE INSERT ON subscriber
WHEN NOT EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = NEW.incident AND s.no = NEW.snapshot AND s.state = 1)
BEGIN
    SELECT RAISE(ABORT, 'subscriber rows are immutable');
END;

-- The bucket is the holder's. The *_ix columns are blind indexes: keyed hashes of the identifiers.
CREATE TABLE line (
    bucket    INTEGER NOT NULL,
    incident  BLOB NOT NULL CHECK (length(incident) = 16),
    snapshot  INTEGER NOT NULL,
    holder    BLOB NOT NULL CHECK (length(holder) = 16),
    line      BLOB NOT NULL CHECK (length(line) = 16),
    held_from INTEGER NOT NULL,
    held_to   INTEGER,
    service   INTEGER NOT NULL,
    msisdn_ix BLOB NOT NULL CHECK (length(msisdn_ix) = 16),
    imsi_ix   BLOB CHECK (length(imsi_ix) = 16),
    iccid_ix  BLOB CHECK (length(iccid_ix) = 16),
    sealed    BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX line_key ON line (bucket, incident, snapshot, holder, line, held_from);

CREATE INDEX line_line ON line (incident, snapshot, line);

CREATE INDEX line_msisdn ON line (msisdn_ix);

CREATE INDEX line_imsi ON line (imsi_ix) WHERE imsi_ix IS NOT NULL;

CREATE INDEX line_iccid ON line (iccid_ix) WHERE iccid_ix IS NOT NULL;

CREATE TRIGGER line_no_update BEFORE UPDATE ON line
BEGIN
    SELECT RAISE(ABORT, 'line rows are immutable');
END;

CREATE TRIGGER line_no_delete BEFORE DELETE ON line
WHEN NOT (EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = OLD.incident AND s.no = OLD.snapshot AND s.state = 1) OR EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3))
BEGIN
    SELECT RAISE(ABORT, 'line rows are immutable');
END;

CREATE TRIGGER line_no_insert BEFORE INSERT ON line
WHEN NOT EXISTS (SELECT 1 FROM registry_snapshot s WHERE s.incident = NEW.incident AND s.no = NEW.snapshot AND s.state = 1)
BEGIN
    SELECT RAISE(ABORT, 'line rows are immutable');
END;
