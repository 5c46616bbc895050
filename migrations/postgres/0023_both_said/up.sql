-- A line is held once by its owner and once by anybody else: what a customer says is kept whoever said something before, and each
-- hold ends by itself.
DROP INDEX line_hold_live;

CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix)
WHERE cleared_at IS NULL AND (by_staff IS NOT NULL OR reason <> 'not_me');

CREATE UNIQUE INDEX line_hold_owners ON line_hold (number_ix)
WHERE cleared_at IS NULL AND by_staff IS NULL AND reason = 'not_me';

-- When whoever took the look opened this image.
ALTER TABLE look_image ADD COLUMN seen_at timestamptz;

DROP TRIGGER look_image_no_update ON look_image;

-- Only its bytes go, and only once is it seen first.
CREATE TRIGGER look_image_no_update BEFORE UPDATE ON look_image
FOR EACH ROW WHEN (
    (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed) OR NEW.look <> OLD.look OR NEW.no <> OLD.no
    OR NEW.incident <> OLD.incident OR NEW.content_ix <> OLD.content_ix OR NEW.at <> OLD.at
    OR (OLD.seen_at IS NOT NULL AND NEW.seen_at IS DISTINCT FROM OLD.seen_at)
) EXECUTE FUNCTION refuse_change();

-- Orders that were asked for with digits that are not the number's: asked again in the same words, they fail only once. body: keyed
-- hash of the order's name and of all that was asked for.
CREATE TABLE wrong_digits (
    body     bytea NOT NULL PRIMARY KEY CHECK (length(body) = 32),
    incident uuid NOT NULL REFERENCES incident (id),
    at       timestamptz NOT NULL
);

CREATE INDEX wrong_digits_incident ON wrong_digits (incident);

CREATE TRIGGER wrong_digits_no_update BEFORE UPDATE ON wrong_digits
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wrong_digits_no_truncate BEFORE TRUNCATE ON wrong_digits
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION wrong_digits_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'wrong_digits rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER wrong_digits_delete AFTER DELETE ON wrong_digits
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION wrong_digits_delete_guard();
