-- Orders about the same thing go one after the other. incident: whose data an order says, if it is an incident's. subject: keyed
-- hash, under the service key, of what it is about; subject_no: its place among those.
ALTER TABLE outbox ADD COLUMN incident uuid;
ALTER TABLE outbox ADD COLUMN subject uuid;
ALTER TABLE outbox ADD COLUMN subject_no integer CHECK (subject_no >= 1);
ALTER TABLE outbox ADD CONSTRAINT outbox_subject_whole CHECK ((subject IS NULL) = (subject_no IS NULL));

CREATE UNIQUE INDEX outbox_subject_no ON outbox (subject, subject_no);

CREATE INDEX outbox_incident ON outbox (incident) WHERE incident IS NOT NULL;

CREATE INDEX outbox_settled_at ON outbox (state, settled_at) WHERE state > 1;

DROP INDEX outbox_due;

CREATE INDEX outbox_due ON outbox (kind, next_at, id) WHERE state = 1;

DROP TRIGGER outbox_no_update ON outbox;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at, incident, subject, subject_no ON outbox
FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP TRIGGER outbox_settled ON outbox;

-- What was refused may be put back.
CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
FOR EACH ROW WHEN (OLD.state = 2 OR (OLD.state = 3 AND NEW.state <> 1)) EXECUTE FUNCTION refuse_change();

DROP TRIGGER outbox_no_delete ON outbox;

-- What is settled may go, and a card that nobody has asked for yet need not be sent; everything of an incident goes with it.
CREATE FUNCTION outbox_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 1
        AND NOT (OLD.kind = 'card.ship' AND OLD.tries = 0)
        AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
    THEN
        RAISE EXCEPTION 'outbox rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER outbox_delete BEFORE DELETE ON outbox
FOR EACH ROW EXECUTE FUNCTION outbox_delete_guard();

-- How many orders a subject ever had. Its row is what orders of one subject wait for.
CREATE TABLE outbox_subject (
    subject uuid NOT NULL PRIMARY KEY,
    last    integer NOT NULL CHECK (last >= 1)
);

CREATE TRIGGER outbox_subject_rises BEFORE UPDATE ON outbox_subject
FOR EACH ROW WHEN (NEW.subject <> OLD.subject OR NEW.last < OLD.last) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_subject_no_truncate BEFORE TRUNCATE ON outbox_subject
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_subject_no_delete BEFORE DELETE ON outbox_subject
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Small payments over a number's bill. number_ix as in line_hold. incident, line: what it was blocked over. state: 1 to be blocked,
-- 2 blocked, 3 to be lifted, 4 lifted. order_id: the order it waits for, or waited for last. sealed: the number, under the service key.
CREATE TABLE payment_block (
    number_ix  uuid NOT NULL PRIMARY KEY,
    incident   uuid NOT NULL,
    line       uuid NOT NULL,
    state      smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
    order_id   uuid NOT NULL UNIQUE,
    sealed     bytea NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX payment_block_state ON payment_block (incident, state, number_ix);

CREATE TRIGGER payment_block_no_update BEFORE UPDATE OF number_ix, incident, line, sealed ON payment_block
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_block_move BEFORE UPDATE ON payment_block
FOR EACH ROW WHEN (NOT (
    (OLD.state = 1 AND NEW.state IN (2, 3)) OR (OLD.state = 2 AND NEW.state = 3) OR (OLD.state = 3 AND NEW.state = 4)
)) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_block_no_truncate BEFORE TRUNCATE ON payment_block
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_block_no_delete BEFORE DELETE ON payment_block
FOR EACH ROW EXECUTE FUNCTION refuse_change();
