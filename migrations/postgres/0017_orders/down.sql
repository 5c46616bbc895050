DROP TABLE payment_block;
DROP TABLE outbox_subject;

DROP TRIGGER outbox_delete ON outbox;
DROP FUNCTION outbox_delete_guard;

CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP TRIGGER outbox_settled ON outbox;

CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
FOR EACH ROW WHEN (OLD.state <> 1) EXECUTE FUNCTION refuse_change();

DROP TRIGGER outbox_no_update ON outbox;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at ON outbox
FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP INDEX outbox_due;

CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 1;

DROP INDEX outbox_settled_at;
DROP INDEX outbox_incident;
DROP INDEX outbox_subject_no;

ALTER TABLE outbox DROP CONSTRAINT outbox_subject_whole;
ALTER TABLE outbox DROP COLUMN subject_no;
ALTER TABLE outbox DROP COLUMN subject;
ALTER TABLE outbox DROP COLUMN incident;
