DROP TABLE evidence_withdrawal;
DROP TABLE evidence_verdict;
DROP TABLE evidence;
DROP TABLE derivation;
