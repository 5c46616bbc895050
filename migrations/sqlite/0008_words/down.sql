DROP TABLE fake;
DROP TABLE code_try;
DROP TABLE message_code;
DROP TABLE wording;
