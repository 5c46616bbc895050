ALTER TABLE chunk DROP COLUMN country;
ALTER TABLE subscriber DROP COLUMN country;
DROP TRIGGER incident_hold ON incident;
DROP FUNCTION incident_hold_guard();
DROP TABLE hold;
DROP TABLE legal_act;
DROP TABLE agreement;
DROP TABLE determination;
DROP TABLE block_decision;
DROP TABLE clock_excuse;
DROP TRIGGER knowledge_time_no_update ON knowledge_time;
ALTER TABLE knowledge_time ADD COLUMN selected boolean NOT NULL DEFAULT false;
UPDATE knowledge_time SET selected = true WHERE no = (
    SELECT s.knowledge FROM clock_selection s WHERE s.incident = knowledge_time.incident ORDER BY s.no DESC LIMIT 1
);
DROP TABLE clock_selection;
ALTER TABLE knowledge_time DROP COLUMN recorded_at;
ALTER TABLE knowledge_time DROP COLUMN who;
ALTER TABLE knowledge_time DROP COLUMN revision;
ALTER TABLE knowledge_time DROP COLUMN anchors;
CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE OF incident, no, at, what, evidence ON knowledge_time
FOR EACH ROW EXECUTE FUNCTION refuse_change();
