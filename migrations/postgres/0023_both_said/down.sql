DROP TABLE wrong_digits;
DROP FUNCTION wrong_digits_delete_guard();

DROP TRIGGER look_image_no_update ON look_image;
ALTER TABLE look_image DROP COLUMN seen_at;

CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
FOR EACH ROW WHEN (
    NEW.sealed IS NOT NULL OR NEW.look <> OLD.look OR NEW.no <> OLD.no OR NEW.incident <> OLD.incident
    OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
) EXECUTE FUNCTION refuse_change();

-- Refused while a line is held by its owner and by somebody else: end one of the two first.
DROP INDEX line_hold_owners;
DROP INDEX line_hold_live;
CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix) WHERE cleared_at IS NULL;
