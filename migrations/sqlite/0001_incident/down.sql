DROP TABLE lease;
DROP TABLE reject;
DROP TABLE template;
DROP TABLE staff;
DROP TABLE knowledge_time;
DROP TABLE incident;
