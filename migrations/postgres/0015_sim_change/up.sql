-- A row says when a number last got another card. Since when changes are watched is said once, by the carrier, not by each number.
DROP TRIGGER sim_change_rises ON sim_change;
DROP TRIGGER sim_change_no_delete ON sim_change;

DELETE FROM sim_change WHERE at IS NULL;
ALTER TABLE sim_change DROP COLUMN monitored_since;
ALTER TABLE sim_change ALTER COLUMN at SET NOT NULL;

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
FOR EACH ROW WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at)
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sim_change_no_delete BEFORE DELETE ON sim_change
FOR EACH ROW EXECUTE FUNCTION refuse_change();
