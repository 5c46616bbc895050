-- Orders about the same thing go one after the other. incident: whose data an order says, if it is an incident's. subject: keyed
-- hash, under the service key, of what it is about; subject_no: its place among those.
ALTER TABLE outbox ADD COLUMN incident BLOB CHECK (length(incident) = 16);
ALTER TABLE outbox ADD COLUMN subject BLOB CHECK (length(subject) = 16);
ALTER TABLE outbox ADD COLUMN subject_no INTEGER
    CHECK (subject_no >= 1) CHECK ((subject IS NULL) = (subject_no IS NULL));

CREATE UNIQUE INDEX outbox_subject_no ON outbox (subject, subject_no);

CREATE INDEX outbox_incident ON outbox (incident) WHERE incident IS NOT NULL;

CREATE INDEX outbox_settled_at ON outbox (state, settled_at) WHERE state > 1;

DROP INDEX outbox_due;

CREATE INDEX outbox_due ON outbox (kind, next_at, id) WHERE state = 1;

DROP TRIGGER outbox_no_update;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at, incident, subject, subject_no ON outbox
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

DROP TRIGGER outbox_settled;

-- What was refused may be put back.
CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
WHEN (OLD.state = 2 OR (OLD.state = 3 AND NEW.state <> 1))
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

DROP TRIGGER outbox_no_delete;

-- What is settled may go, and a card that nobody has asked for yet need not be sent; everything of an incident goes with it.
CREATE TRIGGER outbox_delete BEFORE DELETE ON outbox
WHEN OLD.state = 1
    AND NOT (OLD.kind = 'card.ship' AND OLD.tries = 0)
    AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

-- How many orders a subject ever had. Its row is what orders of one subject wait for.
CREATE TABLE outbox_subject (
    subject BLOB NOT NULL PRIMARY KEY CHECK (length(subject) = 16),
    last    INTEGER NOT NULL CHECK (last >= 1)
) STRICT;

CREATE TRIGGER outbox_subject_rises BEFORE UPDATE ON outbox_subject
WHEN (NEW.subject <> OLD.subject OR NEW.last < OLD.last)
BEGIN
    SELECT RAISE(ABORT, 'outbox_subject rows are immutable');
END;

CREATE TRIGGER outbox_subject_no_delete BEFORE DELETE ON outbox_subject
BEGIN
    SELECT RAISE(ABORT, 'outbox_subject rows are immutable');
END;

-- Small payments over a number's bill. number_ix as in line_hold. incident, line: what it was blocked over. state: 1 to be blocked,
-- 2 blocked, 3 to be lifted, 4 lifted. order_id: the order it waits for, or waited for last. sealed: the number, under the service key.
CREATE TABLE payment_block (
    number_ix  BLOB NOT NULL PRIMARY KEY CHECK (length(number_ix) = 16),
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    line       BLOB NOT NULL CHECK (length(line) = 16),
    state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
    order_id   BLOB NOT NULL UNIQUE CHECK (length(order_id) = 16),
    sealed     BLOB NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX payment_block_state ON payment_block (incident, state, number_ix);

CREATE TRIGGER payment_block_no_update BEFORE UPDATE OF number_ix, incident, line, sealed ON payment_block
BEGIN
    SELECT RAISE(ABORT, 'payment_block rows are immutable');
END;

CREATE TRIGGER payment_block_move BEFORE UPDATE ON payment_block
WHEN NOT (
    (OLD.state = 1 AND NEW.state IN (2, 3)) OR (OLD.state = 2 AND NEW.state = 3) OR (OLD.state = 3 AND NEW.state = 4)
)
BEGIN
    SELECT RAISE(ABORT, 'payment_block rows are immutable');
END;

CREATE TRIGGER payment_block_no_delete BEFORE DELETE ON payment_block
BEGIN
    SELECT RAISE(ABORT, 'payment_block rows are immutable');
END;
