-- An entry commits with its effect; the sequencer numbers it later.
CREATE TABLE journal_entry (
    id       BLOB NOT NULL CHECK (length(id) = 16) PRIMARY KEY,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    actor    TEXT NOT NULL,
    incident BLOB CHECK (length(incident) = 16),
    body     TEXT NOT NULL,
    salt     BLOB NOT NULL CHECK (length(salt) = 16),
    leaf     BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE INDEX journal_entry_incident ON journal_entry (incident, at);

CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
BEGIN
    SELECT RAISE(ABORT, 'journal_entry rows are immutable');
END;

CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
BEGIN
    SELECT RAISE(ABORT, 'journal_entry rows are immutable');
END;

CREATE TABLE journal_queue (
    id BLOB NOT NULL CHECK (length(id) = 16) PRIMARY KEY REFERENCES journal_entry (id),
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX journal_queue_order ON journal_queue (at, id);

-- Numbered leaves, from 0 without a gap.
CREATE TABLE journal_leaf (
    no   INTEGER NOT NULL PRIMARY KEY,
    id   BLOB NOT NULL CHECK (length(id) = 16) UNIQUE REFERENCES journal_entry (id),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE TRIGGER journal_leaf_no_update BEFORE UPDATE ON journal_leaf
BEGIN
    SELECT RAISE(ABORT, 'journal_leaf rows are immutable');
END;

CREATE TRIGGER journal_leaf_no_delete BEFORE DELETE ON journal_leaf
BEGIN
    SELECT RAISE(ABORT, 'journal_leaf rows are immutable');
END;

-- One row: how far the leaves are hashed.
CREATE TABLE journal_tree (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    size     INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL,
    root     BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
