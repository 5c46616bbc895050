DROP TABLE lease;
DROP TABLE reject;
DROP FUNCTION reject_delete_guard();
DROP TABLE template;
DROP TABLE staff;
DROP TABLE knowledge_time;
DROP TABLE incident;
DROP FUNCTION refuse_change();
