DROP TABLE exposure;
DROP FUNCTION exposure_insert_guard();
DROP FUNCTION exposure_delete_guard();
DROP TABLE revision;
DROP FUNCTION revision_delete_guard();
