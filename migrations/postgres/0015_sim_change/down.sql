DROP TRIGGER sim_change_rises ON sim_change;

ALTER TABLE sim_change ADD COLUMN monitored_since timestamptz;
ALTER TABLE sim_change ALTER COLUMN at DROP NOT NULL;
ALTER TABLE sim_change ADD CHECK (at IS NOT NULL OR monitored_since IS NOT NULL);

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
FOR EACH ROW WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at OR (NEW.at IS NULL AND OLD.at IS NOT NULL))
EXECUTE FUNCTION refuse_change();
