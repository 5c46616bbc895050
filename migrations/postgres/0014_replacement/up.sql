-- Where cards lie and are handed out. kind: 1 shop, 2 warehouse. Minutes count from local midnight; weekdays: bit 0 is Monday.
CREATE TABLE agency (
    id            uuid NOT NULL PRIMARY KEY,
    code          text NOT NULL UNIQUE,
    name          text NOT NULL,
    kind          smallint NOT NULL CHECK (kind IN (1, 2)),
    region        text NOT NULL,
    address       text NOT NULL,
    desks         integer NOT NULL CHECK (desks >= 0),
    opens_minute  smallint NOT NULL CHECK (opens_minute >= 0),
    closes_minute smallint NOT NULL CHECK (closes_minute <= 1440),
    weekdays      smallint NOT NULL CHECK (weekdays BETWEEN 0 AND 127),
    closed_at     timestamptz,
    CHECK (opens_minute <= closes_minute)
);

CREATE TRIGGER agency_no_update BEFORE UPDATE OF id, code ON agency
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER agency_no_truncate BEFORE TRUNCATE ON agency
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER agency_no_delete BEFORE DELETE ON agency
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Cards on their way to an agency, and what came of them. kind: 1 supplied, 2 transfer. state: 1 in transit, 2 received.
-- cards: how many of them stock knows, each a row of its own. expected_on: days since 1970-01-01.
CREATE TABLE lot (
    id             uuid NOT NULL PRIMARY KEY,
    agency         uuid NOT NULL REFERENCES agency (id),
    product        text NOT NULL,
    supplier_ref   text NOT NULL,
    kind           smallint NOT NULL CHECK (kind IN (1, 2)),
    from_agency    uuid REFERENCES agency (id),
    expected_on    integer NOT NULL,
    count_expected bigint NOT NULL CHECK (count_expected >= 0),
    cards          bigint NOT NULL CHECK (cards >= 0),
    state          smallint NOT NULL CHECK (state IN (1, 2)),
    counted        bigint CHECK (counted >= 0),
    at             timestamptz NOT NULL,
    received_at    timestamptz,
    CHECK ((kind = 2) = (from_agency IS NOT NULL)),
    CHECK (from_agency IS NULL OR from_agency <> agency),
    CHECK ((state = 2) = (counted IS NOT NULL)),
    CHECK ((state = 2) = (received_at IS NOT NULL))
);

CREATE INDEX lot_agency ON lot (agency, product, state);

CREATE INDEX lot_from ON lot (from_agency, product);

CREATE TRIGGER lot_no_update BEFORE UPDATE OF id, agency, product, supplier_ref, kind, from_agency, at ON lot
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER lot_received BEFORE UPDATE ON lot
FOR EACH ROW WHEN (OLD.state = 2) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER lot_no_truncate BEFORE TRUNCATE ON lot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER lot_no_delete BEFORE DELETE ON lot
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A card that stock knows. id and imsi_ix: keyed hashes of ICCID and IMSI under the service key. lot: the one it came with last.
-- state: 1 in transit, 2 available, 3 reserved, 4 active, 5 retired, 6 quarantined, 7 defective, 8 lost. keyed: a key of it was
-- written to the network. case_id: whose it is, or became. A lease that is not there, of a reserved card, does not run out.
CREATE TABLE card (
    id          uuid NOT NULL PRIMARY KEY,
    imsi_ix     uuid NOT NULL UNIQUE,
    product     text NOT NULL,
    lot         uuid NOT NULL REFERENCES lot (id),
    agency      uuid NOT NULL REFERENCES agency (id),
    state       smallint NOT NULL CHECK (state BETWEEN 1 AND 8),
    keyed       boolean NOT NULL,
    incident    uuid,
    case_id     uuid,
    lease_token uuid,
    lease_until timestamptz,
    sealed      bytea NOT NULL,
    changed_at  timestamptz NOT NULL,
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK (case_id IS NOT NULL OR state <> 3),
    CHECK (case_id IS NULL OR state NOT IN (1, 2)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (lease_token IS NULL OR state = 3),
    CHECK (NOT keyed OR state NOT IN (1, 2))
);

CREATE UNIQUE INDEX card_case ON card (incident, case_id) WHERE state = 3;

CREATE INDEX card_stock ON card (agency, product, state);

CREATE INDEX card_lot ON card (lot, state);

CREATE INDEX card_lease ON card (lease_until) WHERE lease_until IS NOT NULL;

CREATE TRIGGER card_no_update BEFORE UPDATE OF id, imsi_ix, product ON card
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A card that was active is never in stock again, one that is gone stays gone, and a key that was written was written.
CREATE TRIGGER card_move BEFORE UPDATE OF state, keyed ON card
FOR EACH ROW WHEN (
    (OLD.keyed AND NOT NEW.keyed)
    OR (OLD.state <> NEW.state AND NOT (
        (OLD.state = 1 AND NEW.state IN (2, 8))
        OR (OLD.state = 2 AND NEW.state IN (1, 3, 8))
        OR (OLD.state = 3 AND NEW.state IN (2, 4, 6, 8))
        OR (OLD.state = 4 AND NEW.state = 5)
        OR (OLD.state = 6 AND NEW.state IN (2, 7, 8))
    ))
) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER card_no_truncate BEFORE TRUNCATE ON card
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER card_no_delete BEFORE DELETE ON card
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How many cards of a product an agency has, by what became of them. held: how many of the available are promised for a day.
CREATE TABLE stock_count (
    agency      uuid NOT NULL REFERENCES agency (id),
    product     text NOT NULL,
    received    bigint NOT NULL CHECK (received >= 0),
    moved_in    bigint NOT NULL CHECK (moved_in >= 0),
    available   bigint NOT NULL CHECK (available >= 0),
    reserved    bigint NOT NULL CHECK (reserved >= 0),
    active      bigint NOT NULL CHECK (active >= 0),
    retired     bigint NOT NULL CHECK (retired >= 0),
    quarantined bigint NOT NULL CHECK (quarantined >= 0),
    defective   bigint NOT NULL CHECK (defective >= 0),
    lost        bigint NOT NULL CHECK (lost >= 0),
    moved_out   bigint NOT NULL CHECK (moved_out >= 0),
    held        bigint NOT NULL CHECK (held >= 0),
    PRIMARY KEY (agency, product),
    CONSTRAINT stock_count_whole CHECK (
        received + moved_in = available + reserved + active + retired + quarantined + defective + lost + moved_out
    ),
    CONSTRAINT stock_count_held CHECK (held <= available)
);

-- What an agency's stock is promised for a day, and how many of the promises are taken. day: days since 1970-01-01.
CREATE TABLE agency_day (
    agency  uuid NOT NULL REFERENCES agency (id),
    product text NOT NULL,
    day     integer NOT NULL,
    held    bigint NOT NULL,
    booked  bigint NOT NULL CHECK (booked >= 0),
    PRIMARY KEY (agency, product, day),
    CONSTRAINT agency_day_held CHECK (booked <= held)
);

-- Whom an agency's desks wait for in an hour of a day: twelve for each desk.
CREATE TABLE agency_hour (
    agency uuid NOT NULL REFERENCES agency (id),
    day    integer NOT NULL,
    hour   smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    desks  integer NOT NULL CHECK (desks >= 0),
    booked bigint NOT NULL CHECK (booked >= 0),
    PRIMARY KEY (agency, day, hour),
    CONSTRAINT agency_hour_desks CHECK (booked <= desks * 12)
);

-- A replacement has more states, and a place. open: something is still to come of it. tier: 1 goes first. agency, product: where
-- it waits, and for what; day, hour: when it is booked there. place_used: its card is reserved, so the day's promise is kept.
-- version: how often it was moved.
ALTER TABLE replacement_case DROP CONSTRAINT replacement_case_state_check;
ALTER TABLE replacement_case ADD CONSTRAINT replacement_case_state_check CHECK (state BETWEEN 1 AND 22);
ALTER TABLE replacement_case ADD COLUMN open boolean NOT NULL DEFAULT true;
ALTER TABLE replacement_case ADD COLUMN completed_at timestamptz;
ALTER TABLE replacement_case ADD COLUMN tier smallint NOT NULL DEFAULT 6 CHECK (tier BETWEEN 1 AND 6);
ALTER TABLE replacement_case ADD COLUMN person_type smallint;
ALTER TABLE replacement_case ADD COLUMN agency uuid REFERENCES agency (id);
ALTER TABLE replacement_case ADD COLUMN product text;
ALTER TABLE replacement_case ADD COLUMN day integer;
ALTER TABLE replacement_case ADD COLUMN hour smallint;
ALTER TABLE replacement_case ADD COLUMN place_used boolean NOT NULL DEFAULT false;
ALTER TABLE replacement_case ADD COLUMN version integer NOT NULL DEFAULT 0 CHECK (version >= 0);
ALTER TABLE replacement_case ADD CHECK ((agency IS NULL) = (product IS NULL));
ALTER TABLE replacement_case ADD CHECK ((day IS NULL) = (hour IS NULL));
ALTER TABLE replacement_case ADD CHECK (day IS NULL OR agency IS NOT NULL);
ALTER TABLE replacement_case ADD CHECK (day IS NOT NULL OR NOT place_used);
ALTER TABLE replacement_case ADD CHECK (open OR day IS NULL);

UPDATE replacement_case SET open = (state = 1), version = state - 1;

DROP INDEX replacement_case_open;

CREATE UNIQUE INDEX replacement_case_open ON replacement_case (incident, line) WHERE open;

CREATE UNIQUE INDEX replacement_case_id ON replacement_case (incident, id);

CREATE INDEX replacement_case_state ON replacement_case (incident, state, applied_at);

CREATE INDEX replacement_case_place ON replacement_case (agency, product, day) WHERE agency IS NOT NULL;

-- How a case moved. The first row is its application: from nowhere, by no event. by_staff: who did it; none for the customer and
-- for the clock. agency: where.
CREATE TABLE case_event (
    incident   uuid NOT NULL,
    case_id    uuid NOT NULL,
    no         integer NOT NULL CHECK (no >= 1),
    from_state smallint,
    event      smallint,
    to_state   smallint NOT NULL,
    by_staff   uuid,
    agency     uuid,
    at         timestamptz NOT NULL,
    PRIMARY KEY (incident, case_id, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK ((from_state IS NULL) = (no = 1))
);

CREATE INDEX case_event_at ON case_event (incident, at);

INSERT INTO case_event (incident, case_id, no, to_state, at)
SELECT incident, id, 1, 1, applied_at FROM replacement_case;

INSERT INTO case_event (incident, case_id, no, from_state, to_state, at)
SELECT incident, id, 2, 1, 2, changed_at FROM replacement_case WHERE state = 2;

CREATE TRIGGER case_event_no_update BEFORE UPDATE ON case_event
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_event_no_truncate BEFORE TRUNCATE ON case_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION case_event_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'case_event rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER case_event_delete AFTER DELETE ON case_event
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION case_event_delete_guard();

-- What somebody is told about a case. no: counted within a case, a kind and a channel. about: the version of the case it speaks of.
-- recipient: 1 holder, 2 guardian, 3 contact. changed_since: this contact is younger than the application. flagged: sent again,
-- because nobody knows what became of the one before. state: 1 due, 2 trying, 3 handed, 4 failed, 5 in doubt, 6 dropped.
-- to_ix and sealed: where it goes, under the incident's key.
CREATE TABLE case_notice (
    incident      uuid NOT NULL,
    case_id       uuid NOT NULL,
    kind          smallint NOT NULL,
    channel       smallint NOT NULL,
    no            integer NOT NULL CHECK (no >= 1),
    about         integer NOT NULL,
    recipient     smallint NOT NULL CHECK (recipient IN (1, 2, 3)),
    changed_since boolean NOT NULL,
    flagged       boolean NOT NULL,
    state         smallint NOT NULL CHECK (state BETWEEN 1 AND 6),
    to_ix         uuid NOT NULL,
    sealed        bytea NOT NULL,
    made_at       timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (incident, case_id, kind, channel, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id)
);

CREATE UNIQUE INDEX case_notice_once ON case_notice (incident, case_id, kind, channel, about, to_ix) WHERE NOT flagged;

CREATE INDEX case_notice_state ON case_notice (incident, state, made_at);

CREATE TRIGGER case_notice_no_update
BEFORE UPDATE OF incident, case_id, kind, channel, no, about, recipient, changed_since, flagged, to_ix, sealed, made_at
ON case_notice FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_notice_settled BEFORE UPDATE OF state ON case_notice
FOR EACH ROW WHEN (OLD.state > 2) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_notice_no_truncate BEFORE TRUNCATE ON case_notice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION case_notice_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'case_notice rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER case_notice_delete AFTER DELETE ON case_notice
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION case_notice_delete_guard();

-- What somebody showed for a case, or failed to. by_staff: who looked; none where the page did. A proof is used once.
CREATE TABLE proof (
    incident uuid NOT NULL,
    case_id  uuid NOT NULL,
    no       integer NOT NULL CHECK (no >= 1),
    kind     smallint NOT NULL,
    passed   boolean NOT NULL,
    by_staff uuid,
    made_at  timestamptz NOT NULL,
    used_at  timestamptz,
    PRIMARY KEY (incident, case_id, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK (passed OR used_at IS NULL)
);

CREATE TRIGGER proof_no_update BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at ON proof
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER proof_used BEFORE UPDATE OF used_at ON proof
FOR EACH ROW WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER proof_no_truncate BEFORE TRUNCATE ON proof
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION proof_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'proof rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER proof_delete AFTER DELETE ON proof
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION proof_delete_guard();

-- Nothing may be swapped on a line until somebody else says so. number_ix: blind index of the number under the service key.
-- by_staff: who raised it; none for the customer and for us.
CREATE TABLE line_hold (
    number_ix  uuid NOT NULL,
    no         integer NOT NULL CHECK (no >= 1),
    raised_at  timestamptz NOT NULL,
    by_staff   uuid,
    reason     text NOT NULL,
    incident   uuid,
    case_id    uuid,
    cleared_at timestamptz,
    cleared_by uuid,
    PRIMARY KEY (number_ix, no),
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)),
    CONSTRAINT line_hold_other CHECK (by_staff IS NULL OR cleared_by IS NULL OR cleared_by <> by_staff)
);

CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix) WHERE cleared_at IS NULL;

CREATE TRIGGER line_hold_no_update BEFORE UPDATE OF number_ix, no, raised_at, by_staff, reason, incident, case_id ON line_hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER line_hold_cleared BEFORE UPDATE OF cleared_at, cleared_by ON line_hold
FOR EACH ROW WHEN (OLD.cleared_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER line_hold_no_truncate BEFORE TRUNCATE ON line_hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER line_hold_no_delete BEFORE DELETE ON line_hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One change of a line's records from an old card to a new one. sealed: the plan, under the service key; empty once it is settled.
-- planned: the plan is what the network said, and stays. state: 1 open, 2 done, 3 rolled back. misses: looks in a row without
-- progress. next_at: when to look again; none: when a person says so. settled_at: nothing is left to do.
CREATE TABLE swap (
    id           uuid NOT NULL PRIMARY KEY,
    incident     uuid NOT NULL,
    case_id      uuid NOT NULL,
    number_ix    uuid NOT NULL,
    card         uuid NOT NULL REFERENCES card (id),
    sealed       bytea NOT NULL,
    planned      boolean NOT NULL,
    state        smallint NOT NULL CHECK (state IN (1, 2, 3)),
    lease_token  uuid,
    lease_until  timestamptz,
    misses       integer NOT NULL CHECK (misses >= 0),
    next_at      timestamptz,
    opened_at    timestamptz NOT NULL,
    pivot_at     timestamptz,
    completed_at timestamptz,
    settled_at   timestamptz,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 2) = (completed_at IS NOT NULL)),
    CHECK (state <> 1 OR settled_at IS NULL),
    CHECK (state <> 3 OR settled_at IS NOT NULL),
    CHECK (settled_at IS NULL OR (lease_token IS NULL AND next_at IS NULL))
);

CREATE UNIQUE INDEX swap_number ON swap (number_ix) WHERE state = 1;

CREATE UNIQUE INDEX swap_card ON swap (card) WHERE state = 1;

CREATE INDEX swap_next ON swap (next_at) WHERE next_at IS NOT NULL;

CREATE INDEX swap_case ON swap (incident, case_id);

CREATE TRIGGER swap_no_update BEFORE UPDATE OF id, incident, case_id, number_ix, card, opened_at ON swap
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_settled BEFORE UPDATE ON swap
FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_planned BEFORE UPDATE OF planned, sealed ON swap
FOR EACH ROW WHEN (OLD.planned AND (NOT NEW.planned OR (NEW.sealed <> OLD.sealed AND NEW.settled_at IS NULL)))
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_no_truncate BEFORE TRUNCATE ON swap
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_no_delete BEFORE DELETE ON swap
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A command: written down, then sent, then its answer. outcome: 1 open, 2 done, 3 refused, 4 unknown. token: whose it was.
CREATE TABLE swap_step (
    swap       uuid NOT NULL REFERENCES swap (id),
    no         integer NOT NULL CHECK (no >= 1),
    command    smallint NOT NULL,
    at         timestamptz NOT NULL,
    token      uuid NOT NULL,
    outcome    smallint NOT NULL CHECK (outcome BETWEEN 1 AND 4),
    settled_at timestamptz,
    PRIMARY KEY (swap, no),
    CHECK ((outcome = 1) = (settled_at IS NULL))
);

CREATE TRIGGER swap_step_no_update BEFORE UPDATE OF swap, no, command, at, token ON swap_step
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_step_settled BEFORE UPDATE OF outcome, settled_at ON swap_step
FOR EACH ROW WHEN (OLD.outcome <> 1) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_step_no_truncate BEFORE TRUNCATE ON swap_step
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_step_no_delete BEFORE DELETE ON swap_step
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What no rule decides. truth: what the network said, without a number or a key in it.
CREATE TABLE ticket (
    id        uuid NOT NULL PRIMARY KEY,
    swap      uuid NOT NULL REFERENCES swap (id),
    reason    smallint NOT NULL,
    truth     text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by uuid,
    how       text,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (how IS NULL))
);

CREATE UNIQUE INDEX ticket_open ON ticket (swap) WHERE closed_at IS NULL;

CREATE TRIGGER ticket_no_update BEFORE UPDATE OF id, swap, reason, truth, opened_at ON ticket
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ticket_closed BEFORE UPDATE OF closed_at, closed_by, how ON ticket
FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ticket_no_truncate BEFORE TRUNCATE ON ticket
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ticket_no_delete BEFORE DELETE ON ticket
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- When a number last got another card; it only rises. number_ix as in line_hold. at: none as far as we know.
-- monitored_since: from when we would have seen it.
CREATE TABLE sim_change (
    number_ix       uuid NOT NULL PRIMARY KEY,
    at              timestamptz,
    monitored_since timestamptz,
    CHECK (at IS NOT NULL OR monitored_since IS NOT NULL)
);

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
FOR EACH ROW WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at OR (NEW.at IS NULL AND OLD.at IS NOT NULL))
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sim_change_no_truncate BEFORE TRUNCATE ON sim_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sim_change_no_delete BEFORE DELETE ON sim_change
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Orders to other systems, sealed under the service key. state: 1 due, 2 taken over by the other system, 3 refused by it.
CREATE TABLE outbox (
    id          uuid NOT NULL PRIMARY KEY,
    kind        text NOT NULL,
    sealed      bytea NOT NULL,
    state       smallint NOT NULL CHECK (state IN (1, 2, 3)),
    tries       integer NOT NULL CHECK (tries >= 0),
    made_at     timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    lease_token uuid,
    lease_until timestamptz,
    settled_at  timestamptz,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 1) = (settled_at IS NULL)),
    CHECK (lease_token IS NULL OR state = 1)
);

CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 1;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at ON outbox
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
FOR EACH ROW WHEN (OLD.state <> 1) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_no_truncate BEFORE TRUNCATE ON outbox
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whoever waits for a card is not forgotten: an open case keeps its incident, one that was completed does for 72 hours, and a swap
-- does until nothing of it is left to do.
CREATE FUNCTION incident_replacement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM replacement_case c
        WHERE c.incident = NEW.id AND (c.open OR c.completed_at > now() - interval '72 hours')
    ) OR EXISTS (SELECT 1 FROM swap s WHERE s.incident = NEW.id AND s.settled_at IS NULL) THEN
        RAISE EXCEPTION 'the incident has open replacements' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER incident_replacement BEFORE UPDATE OF state ON incident
FOR EACH ROW WHEN (NEW.state = 3) EXECUTE FUNCTION incident_replacement_guard();
