-- Cards that go to customers' homes. id: the order that asks for the shipment, and the only name the carrier of parcels knows.
-- about: the case's version that shipped it, which is what its warning speaks of. tail: keyed hash of case and last six digits.
-- taken_at: when the shipping system took the order over. ending: how it ended.
CREATE TABLE parcel (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    case_id    BLOB NOT NULL CHECK (length(case_id) = 16),
    card       BLOB NOT NULL CHECK (length(card) = 16) REFERENCES card (id),
    about      INTEGER NOT NULL CHECK (about >= 1),
    tail       BLOB NOT NULL CHECK (length(tail) = 32),
    shipped_at INTEGER NOT NULL,
    taken_at   INTEGER,
    ended_at   INTEGER,
    ending     INTEGER CHECK (ending BETWEEN 1 AND 7),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK ((ended_at IS NULL) = (ending IS NULL))
) STRICT;

-- One at a time for a case, and for a card.
CREATE UNIQUE INDEX parcel_case ON parcel (incident, case_id) WHERE ending IS NULL;

CREATE UNIQUE INDEX parcel_card ON parcel (card) WHERE ending IS NULL;

CREATE TRIGGER parcel_no_update BEFORE UPDATE OF id, incident, case_id, card, about, tail, shipped_at ON parcel
BEGIN
    SELECT RAISE(ABORT, 'parcel rows are immutable');
END;

CREATE TRIGGER parcel_ended BEFORE UPDATE ON parcel
WHEN (OLD.ending IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'parcel rows are immutable');
END;

-- It goes with its incident alone.
CREATE TRIGGER parcel_no_delete BEFORE DELETE ON parcel
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'parcel rows are immutable');
END;
