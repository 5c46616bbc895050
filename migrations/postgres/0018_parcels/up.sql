-- Cards that go to customers' homes. id: the order that asks for the shipment, and the only name the carrier of parcels knows.
-- about: the case's version that shipped it, which is what its warning speaks of. tail: keyed hash of case and last six digits.
-- taken_at: when the shipping system took the order over. ending: how it ended.
CREATE TABLE parcel (
    id         uuid NOT NULL PRIMARY KEY,
    incident   uuid NOT NULL,
    case_id    uuid NOT NULL,
    card       uuid NOT NULL REFERENCES card (id),
    about      integer NOT NULL CHECK (about >= 1),
    tail       bytea NOT NULL CHECK (length(tail) = 32),
    shipped_at timestamptz NOT NULL,
    taken_at   timestamptz,
    ended_at   timestamptz,
    ending     smallint CHECK (ending BETWEEN 1 AND 7),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK ((ended_at IS NULL) = (ending IS NULL))
);

-- One at a time for a case, and for a card.
CREATE UNIQUE INDEX parcel_case ON parcel (incident, case_id) WHERE ending IS NULL;

CREATE UNIQUE INDEX parcel_card ON parcel (card) WHERE ending IS NULL;

CREATE TRIGGER parcel_no_update BEFORE UPDATE OF id, incident, case_id, card, about, tail, shipped_at ON parcel
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER parcel_ended BEFORE UPDATE ON parcel
FOR EACH ROW WHEN (OLD.ending IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER parcel_no_truncate BEFORE TRUNCATE ON parcel
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- It goes with its incident alone.
CREATE FUNCTION parcel_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'parcel rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER parcel_delete AFTER DELETE ON parcel
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION parcel_delete_guard();
