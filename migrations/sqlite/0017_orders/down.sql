DROP TABLE payment_block;
DROP TABLE outbox_subject;

DROP TRIGGER outbox_delete;
DROP TRIGGER outbox_settled;
DROP TRIGGER outbox_no_update;

DROP INDEX outbox_due;
DROP INDEX outbox_settled_at;
DROP INDEX outbox_incident;
DROP INDEX outbox_subject_no;

ALTER TABLE outbox DROP COLUMN subject_no;
ALTER TABLE outbox DROP COLUMN subject;
ALTER TABLE outbox DROP COLUMN incident;

CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 1;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at ON outbox
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
WHEN (OLD.state <> 1)
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;
