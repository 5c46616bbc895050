CREATE OR REPLACE FUNCTION incident_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM claim c WHERE c.incident = NEW.id AND c.state IN (2, 3, 4, 5, 6, 8, 9, 11)) THEN
        RAISE EXCEPTION 'the incident has open claims' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- The older version tells of nothing but cases.
ALTER TABLE case_notice DROP CONSTRAINT case_notice_incident_fkey;
DROP TRIGGER case_notice_delete ON case_notice;
DELETE FROM case_notice n
WHERE NOT EXISTS (SELECT 1 FROM replacement_case c WHERE c.incident = n.incident AND c.id = n.about_id);
ALTER TABLE case_notice RENAME COLUMN about_id TO case_id;
ALTER TABLE case_notice ADD FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id);
CREATE TRIGGER case_notice_delete AFTER DELETE ON case_notice
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION case_notice_delete_guard();

DROP TABLE payment;
DROP FUNCTION payment_delete_guard();

-- Nor does it know a claim that was waived; money that came off the bill was paid.
DROP TRIGGER claim_event_no_update ON claim_event;
UPDATE claim_event SET to_state = 10 WHERE to_state = 13;
ALTER TABLE claim_event DROP COLUMN also_by;
CREATE TRIGGER claim_event_no_update BEFORE UPDATE ON claim_event
FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP TRIGGER claim_no_update ON claim;
UPDATE claim SET state = 10 WHERE state = 13;
DROP INDEX claim_reference;
ALTER TABLE claim DROP COLUMN appeal_until;
ALTER TABLE claim DROP COLUMN reference_ix;
ALTER TABLE claim DROP COLUMN source;
ALTER TABLE claim DROP COLUMN kind;
ALTER TABLE claim DROP CONSTRAINT claim_state_check;
ALTER TABLE claim ADD CONSTRAINT claim_state_check CHECK (state BETWEEN 1 AND 12);
CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at ON claim
FOR EACH ROW EXECUTE FUNCTION refuse_change();
