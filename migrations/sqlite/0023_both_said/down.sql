DROP TRIGGER wrong_digits_no_delete;
DROP TABLE wrong_digits;

DROP TRIGGER look_image_no_update;
ALTER TABLE look_image DROP COLUMN seen_at;

CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
WHEN (
    NEW.sealed IS NOT NULL OR NEW.look <> OLD.look OR NEW.no <> OLD.no OR NEW.incident <> OLD.incident
    OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
)
BEGIN
    SELECT RAISE(ABORT, 'look_image rows are immutable');
END;

-- Refused while a line is held by its owner and by somebody else: end one of the two first.
DROP INDEX line_hold_owners;
DROP INDEX line_hold_live;
CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix) WHERE cleared_at IS NULL;
