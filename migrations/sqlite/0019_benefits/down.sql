DROP TRIGGER benefit_no_delete;
DROP TABLE benefit;
