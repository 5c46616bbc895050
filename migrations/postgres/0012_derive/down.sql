DROP TABLE evidence_verdict;
DROP FUNCTION evidence_verdict_delete_guard();
DROP TABLE evidence;
DROP FUNCTION evidence_delete_guard();
DROP TABLE derivation;
DROP FUNCTION derivation_insert_guard();
DROP FUNCTION derivation_delete_guard();
