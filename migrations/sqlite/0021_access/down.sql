DROP TRIGGER case_notice_lately;
ALTER TABLE case_notice DROP COLUMN lately;

DROP TRIGGER line_hold_owner;
DROP TRIGGER line_hold_agreed;
ALTER TABLE line_hold DROP COLUMN owner_agreed_at;

DROP TRIGGER proof_no_update;
ALTER TABLE proof DROP COLUMN agency;
ALTER TABLE proof DROP COLUMN terminal;

CREATE TRIGGER proof_no_update BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at ON proof
BEGIN
    SELECT RAISE(ABORT, 'proof rows are immutable');
END;

DROP TABLE call_code;
DROP TRIGGER look_image_no_delete;
DROP TABLE look_image;
DROP TRIGGER look_no_delete;
DROP TABLE look;
DROP TRIGGER alarm_no_delete;
DROP TABLE alarm;
DROP TRIGGER honey_no_delete;
DROP TABLE honey;
DROP TABLE staff_subject;
DROP TABLE staff_load;
DROP TABLE staff_count;
