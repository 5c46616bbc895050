DROP TABLE fake;
DROP TABLE code_try;
DROP TABLE message_code;
DROP FUNCTION message_code_delete_guard();
DROP TABLE wording;
DROP FUNCTION wording_delete_guard();
