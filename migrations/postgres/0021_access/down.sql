DROP TRIGGER case_notice_lately ON case_notice;
ALTER TABLE case_notice DROP COLUMN lately;

DROP TRIGGER line_hold_owner ON line_hold;
DROP TRIGGER line_hold_agreed ON line_hold;
ALTER TABLE line_hold DROP COLUMN owner_agreed_at;

DROP TRIGGER proof_no_update ON proof;
ALTER TABLE proof DROP COLUMN agency;
ALTER TABLE proof DROP COLUMN terminal;

CREATE TRIGGER proof_no_update BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at ON proof
FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP TABLE call_code;
DROP TABLE look_image;
DROP FUNCTION look_image_delete_guard();
DROP TABLE look;
DROP FUNCTION look_delete_guard();
DROP TABLE alarm;
DROP TABLE honey;
DROP TABLE staff_subject;
DROP TABLE staff_load;
DROP TABLE staff_count;
