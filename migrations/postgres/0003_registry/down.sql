DROP TABLE line;
DROP FUNCTION line_insert_guard();
DROP FUNCTION line_delete_guard();
DROP TABLE subscriber;
DROP FUNCTION subscriber_insert_guard();
DROP FUNCTION subscriber_delete_guard();
DROP TABLE registry_snapshot;
DROP FUNCTION registry_snapshot_delete_guard();
