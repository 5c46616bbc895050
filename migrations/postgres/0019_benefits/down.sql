DROP TABLE benefit;
DROP FUNCTION benefit_delete_guard();
