-- A line is held once by its owner and once by anybody else: what a customer says is kept whoever said something before, and each
-- hold ends by itself.
DROP INDEX line_hold_live;

CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix)
WHERE cleared_at IS NULL AND (by_staff IS NOT NULL OR reason <> 'not_me');

CREATE UNIQUE INDEX line_hold_owners ON line_hold (number_ix)
WHERE cleared_at IS NULL AND by_staff IS NULL AND reason = 'not_me';

-- When whoever took the look opened this image.
ALTER TABLE look_image ADD COLUMN seen_at INTEGER;

DROP TRIGGER look_image_no_update;

-- Only its bytes go, and only once is it seen first.
CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
WHEN (
    (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed) OR NEW.look <> OLD.look OR NEW.no <> OLD.no
    OR NEW.incident <> OLD.incident OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
    OR (OLD.seen_at IS NOT NULL AND NEW.seen_at IS NOT OLD.seen_at)
)
BEGIN
    SELECT RAISE(ABORT, 'look_image rows are immutable');
END;

-- Orders that were asked for with digits that are not the number's: asked again in the same words, they fail only once. body: keyed
-- hash of the order's name and of all that was asked for.
CREATE TABLE wrong_digits (
    body     BLOB NOT NULL PRIMARY KEY CHECK (length(body) = 32),
    incident BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    at       INTEGER NOT NULL
) STRICT;

CREATE INDEX wrong_digits_incident ON wrong_digits (incident);

CREATE TRIGGER wrong_digits_no_update BEFORE UPDATE ON wrong_digits
BEGIN
    SELECT RAISE(ABORT, 'wrong_digits rows are immutable');
END;

CREATE TRIGGER wrong_digits_no_delete BEFORE DELETE ON wrong_digits
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'wrong_digits rows are immutable');
END;
