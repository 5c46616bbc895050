-- A claim says what it is about and who found it, and an objection has its time. state: as before, and 13 waived. kind: 1 loss,
-- 2 refund. source: 1 customer, 2 carrier, 3 elsewhere. reference_ix: blind index of the finder's own reference, under the
-- incident's key. appeal_until: until when who was refused may object; none as long as nobody knows that they were told.
DROP TRIGGER claim_no_update ON claim;

ALTER TABLE claim DROP CONSTRAINT claim_state_check;
ALTER TABLE claim ADD CONSTRAINT claim_state_check CHECK (state BETWEEN 1 AND 13);
ALTER TABLE claim ADD COLUMN kind smallint NOT NULL DEFAULT 1 CHECK (kind IN (1, 2));
ALTER TABLE claim ADD COLUMN source smallint NOT NULL DEFAULT 1 CHECK (source IN (1, 2, 3));
ALTER TABLE claim ADD COLUMN reference_ix uuid;
ALTER TABLE claim ADD COLUMN appeal_until timestamptz;
ALTER TABLE claim ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE claim ALTER COLUMN source DROP DEFAULT;
ALTER TABLE claim ADD CHECK ((source = 1) = (reference_ix IS NULL));
ALTER TABLE claim ADD CHECK (source <> 3 OR kind = 2);

UPDATE claim SET appeal_until = changed_at + interval '44 days' WHERE state IN (6, 7);

CREATE UNIQUE INDEX claim_reference ON claim (incident, reference_ix) WHERE reference_ix IS NOT NULL;

CREATE TRIGGER claim_no_update BEFORE UPDATE OF incident, id, person, made_at, kind, source, reference_ix ON claim
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- also_by: the second of two who found it together.
ALTER TABLE claim_event ADD COLUMN also_by uuid;
ALTER TABLE claim_event ADD CHECK (also_by IS NULL OR also_by <> by_staff);

-- Money that was given to the bank to pay. no: counted within a claim. pay_on: days since 1970-01-01. result: 1 paid, 2 failed; none
-- as long as the bank said nothing.
CREATE TABLE payment (
    id          uuid NOT NULL PRIMARY KEY,
    incident    uuid NOT NULL,
    claim       uuid NOT NULL,
    no          integer NOT NULL CHECK (no >= 1),
    pay_on      integer NOT NULL,
    exported_at timestamptz NOT NULL,
    by_staff    uuid NOT NULL,
    also_by     uuid NOT NULL,
    result      smallint CHECK (result IN (1, 2)),
    settled_at  timestamptz,
    FOREIGN KEY (incident, claim) REFERENCES claim (incident, id),
    CHECK (by_staff <> also_by),
    CHECK ((result IS NULL) = (settled_at IS NULL))
);

CREATE UNIQUE INDEX payment_claim ON payment (incident, claim, no);

CREATE UNIQUE INDEX payment_open ON payment (incident, claim) WHERE result IS NULL;

CREATE UNIQUE INDEX payment_paid ON payment (incident, claim) WHERE result = 1;

CREATE INDEX payment_day ON payment (incident, pay_on);

CREATE TRIGGER payment_no_update BEFORE UPDATE OF id, incident, claim, no, pay_on, exported_at, by_staff, also_by ON payment
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_settled BEFORE UPDATE ON payment
FOR EACH ROW WHEN (OLD.result IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_no_truncate BEFORE TRUNCATE ON payment
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION payment_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'payment rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER payment_delete AFTER DELETE ON payment
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION payment_delete_guard();

-- What somebody is told about a case or a claim, which about_id names; the kind says which of the two it is.
ALTER TABLE case_notice DROP CONSTRAINT case_notice_incident_case_id_fkey;
ALTER TABLE case_notice RENAME COLUMN case_id TO about_id;
ALTER TABLE case_notice ADD FOREIGN KEY (incident) REFERENCES incident (id);

-- Whoever waits for money, or may still object, is not forgotten.
CREATE OR REPLACE FUNCTION incident_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM claim c WHERE c.incident = NEW.id AND (
            c.state IN (2, 3, 4, 5, 6, 8, 9, 11)
            OR (c.state = 7 AND (c.appeal_until IS NULL OR c.appeal_until > now()))
        )
    ) THEN
        RAISE EXCEPTION 'the incident has open claims' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
