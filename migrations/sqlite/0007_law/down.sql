ALTER TABLE chunk DROP COLUMN country;
ALTER TABLE subscriber DROP COLUMN country;
DROP TRIGGER incident_hold;
DROP TABLE hold;
DROP TABLE legal_act;
DROP TABLE agreement;
DROP TABLE determination;
DROP TABLE block_decision;
DROP TABLE clock_excuse;
DROP TRIGGER knowledge_time_no_update;
ALTER TABLE knowledge_time ADD COLUMN selected INTEGER NOT NULL DEFAULT 0 CHECK (selected IN (0, 1));
UPDATE knowledge_time SET selected = 1 WHERE no = (
    SELECT s.knowledge FROM clock_selection s WHERE s.incident = knowledge_time.incident ORDER BY s.no DESC LIMIT 1
);
DROP TABLE clock_selection;
ALTER TABLE knowledge_time DROP COLUMN recorded_at;
ALTER TABLE knowledge_time DROP COLUMN who;
ALTER TABLE knowledge_time DROP COLUMN revision;
ALTER TABLE knowledge_time DROP COLUMN anchors;
CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE OF incident, no, at, what, evidence ON knowledge_time
BEGIN
    SELECT RAISE(ABORT, 'knowledge_time rows are immutable');
END;
