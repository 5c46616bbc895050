-- An entry commits with its effect; the sequencer numbers it later.
CREATE TABLE journal_entry (
    id       uuid NOT NULL PRIMARY KEY,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    actor    text NOT NULL,
    incident uuid,
    body     text NOT NULL,
    salt     bytea NOT NULL CHECK (length(salt) = 16),
    leaf     bytea NOT NULL CHECK (length(leaf) = 32)
);

CREATE INDEX journal_entry_incident ON journal_entry (incident, at);

CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE journal_queue (
    id uuid NOT NULL PRIMARY KEY REFERENCES journal_entry (id),
    at timestamptz NOT NULL
);

CREATE INDEX journal_queue_order ON journal_queue (at, id);

-- Numbered leaves, from 0 without a gap.
CREATE TABLE journal_leaf (
    no   bigint NOT NULL PRIMARY KEY,
    id   uuid NOT NULL UNIQUE REFERENCES journal_entry (id),
    leaf bytea NOT NULL CHECK (length(leaf) = 32)
);

CREATE TRIGGER journal_leaf_no_update BEFORE UPDATE ON journal_leaf
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_leaf_no_truncate BEFORE TRUNCATE ON journal_leaf
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_leaf_no_delete BEFORE DELETE ON journal_leaf
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One row: how far the leaves are hashed.
CREATE TABLE journal_tree (
    one      smallint NOT NULL PRIMARY KEY CHECK (one = 1),
    size     bigint NOT NULL CHECK (size >= 0),
    frontier bytea NOT NULL,
    root     bytea NOT NULL CHECK (length(root) = 32)
);
