DROP TABLE ledger_mark;
DROP TABLE doubt;
DROP TABLE orphan;
DROP TABLE submission;
DROP TABLE outcome;
DROP TABLE attempt;
