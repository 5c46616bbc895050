DROP TABLE line;
DROP TABLE subscriber;
DROP TABLE registry_snapshot;
