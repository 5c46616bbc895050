-- Where cards lie and are handed out. kind: 1 shop, 2 warehouse. Minutes count from local midnight; weekdays: bit 0 is Monday.
CREATE TABLE agency (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    code          TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    kind          INTEGER NOT NULL CHECK (kind IN (1, 2)),
    region        TEXT NOT NULL,
    address       TEXT NOT NULL,
    desks         INTEGER NOT NULL CHECK (desks >= 0),
    opens_minute  INTEGER NOT NULL CHECK (opens_minute >= 0),
    closes_minute INTEGER NOT NULL CHECK (closes_minute <= 1440),
    weekdays      INTEGER NOT NULL CHECK (weekdays BETWEEN 0 AND 127),
    closed_at     INTEGER,
    CHECK (opens_minute <= closes_minute)
) STRICT;

CREATE TRIGGER agency_no_update BEFORE UPDATE OF id, code ON agency
BEGIN
    SELECT RAISE(ABORT, 'agency rows are immutable');
END;

CREATE TRIGGER agency_no_delete BEFORE DELETE ON agency
BEGIN
    SELECT RAISE(ABORT, 'agency rows are immutable');
END;

-- Cards on their way to an agency, and what came of them. kind: 1 supplied, 2 transfer. state: 1 in transit, 2 received.
-- cards: how many of them stock knows, each a row of its own. expected_on: days since 1970-01-01.
CREATE TABLE lot (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    agency         BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    product        TEXT NOT NULL,
    supplier_ref   TEXT NOT NULL,
    kind           INTEGER NOT NULL CHECK (kind IN (1, 2)),
    from_agency    BLOB CHECK (length(from_agency) = 16) REFERENCES agency (id),
    expected_on    INTEGER NOT NULL,
    count_expected INTEGER NOT NULL CHECK (count_expected >= 0),
    cards          INTEGER NOT NULL CHECK (cards >= 0),
    state          INTEGER NOT NULL CHECK (state IN (1, 2)),
    counted        INTEGER CHECK (counted >= 0),
    at             INTEGER NOT NULL,
    received_at    INTEGER,
    CHECK ((kind = 2) = (from_agency IS NOT NULL)),
    CHECK (from_agency IS NULL OR from_agency <> agency),
    CHECK ((state = 2) = (counted IS NOT NULL)),
    CHECK ((state = 2) = (received_at IS NOT NULL))
) STRICT;

CREATE INDEX lot_agency ON lot (agency, product, state);

CREATE INDEX lot_from ON lot (from_agency, product);

CREATE TRIGGER lot_no_update BEFORE UPDATE OF id, agency, product, supplier_ref, kind, from_agency, at ON lot
BEGIN
    SELECT RAISE(ABORT, 'lot rows are immutable');
END;

CREATE TRIGGER lot_received BEFORE UPDATE ON lot
WHEN (OLD.state = 2)
BEGIN
    SELECT RAISE(ABORT, 'lot rows are immutable');
END;

CREATE TRIGGER lot_no_delete BEFORE DELETE ON lot
BEGIN
    SELECT RAISE(ABORT, 'lot rows are immutable');
END;

-- A card that stock knows. id and imsi_ix: keyed hashes of ICCID and IMSI under the service key. lot: the one it came with last.
-- state: 1 in transit, 2 available, 3 reserved, 4 active, 5 retired, 6 quarantined, 7 defective, 8 lost. keyed: a key of it was
-- written to the network. case_id: whose it is, or became. A lease that is not there, of a reserved card, does not run out.
CREATE TABLE card (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    imsi_ix     BLOB NOT NULL UNIQUE CHECK (length(imsi_ix) = 16),
    product     TEXT NOT NULL,
    lot         BLOB NOT NULL CHECK (length(lot) = 16) REFERENCES lot (id),
    agency      BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 8),
    keyed       INTEGER NOT NULL CHECK (keyed IN (0, 1)),
    incident    BLOB CHECK (length(incident) = 16),
    case_id     BLOB CHECK (length(case_id) = 16),
    lease_token BLOB CHECK (length(lease_token) = 16),
    lease_until INTEGER,
    sealed      BLOB NOT NULL,
    changed_at  INTEGER NOT NULL,
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK (case_id IS NOT NULL OR state <> 3),
    CHECK (case_id IS NULL OR state NOT IN (1, 2)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (lease_token IS NULL OR state = 3),
    CHECK (NOT keyed OR state NOT IN (1, 2))
) STRICT;

CREATE UNIQUE INDEX card_case ON card (incident, case_id) WHERE state = 3;

CREATE INDEX card_stock ON card (agency, product, state);

CREATE INDEX card_lot ON card (lot, state);

CREATE INDEX card_lease ON card (lease_until) WHERE lease_until IS NOT NULL;

CREATE TRIGGER card_no_update BEFORE UPDATE OF id, imsi_ix, product ON card
BEGIN
    SELECT RAISE(ABORT, 'card rows are immutable');
END;

-- A card that was active is never in stock again, one that is gone stays gone, and a key that was written was written.
CREATE TRIGGER card_move BEFORE UPDATE OF state, keyed ON card
WHEN (
    (OLD.keyed AND NOT NEW.keyed)
    OR (OLD.state <> NEW.state AND NOT (
        (OLD.state = 1 AND NEW.state IN (2, 8))
        OR (OLD.state = 2 AND NEW.state IN (1, 3, 8))
        OR (OLD.state = 3 AND NEW.state IN (2, 4, 6, 8))
        OR (OLD.state = 4 AND NEW.state = 5)
        OR (OLD.state = 6 AND NEW.state IN (2, 7, 8))
    ))
)
BEGIN
    SELECT RAISE(ABORT, 'card rows are immutable');
END;

CREATE TRIGGER card_no_delete BEFORE DELETE ON card
BEGIN
    SELECT RAISE(ABORT, 'card rows are immutable');
END;

-- How many cards of a product an agency has, by what became of them. held: how many of the available are promised for a day.
CREATE TABLE stock_count (
    agency      BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    product     TEXT NOT NULL,
    received    INTEGER NOT NULL CHECK (received >= 0),
    moved_in    INTEGER NOT NULL CHECK (moved_in >= 0),
    available   INTEGER NOT NULL CHECK (available >= 0),
    reserved    INTEGER NOT NULL CHECK (reserved >= 0),
    active      INTEGER NOT NULL CHECK (active >= 0),
    retired     INTEGER NOT NULL CHECK (retired >= 0),
    quarantined INTEGER NOT NULL CHECK (quarantined >= 0),
    defective   INTEGER NOT NULL CHECK (defective >= 0),
    lost        INTEGER NOT NULL CHECK (lost >= 0),
    moved_out   INTEGER NOT NULL CHECK (moved_out >= 0),
    held        INTEGER NOT NULL CHECK (held >= 0),
    PRIMARY KEY (agency, product),
    CONSTRAINT stock_count_whole CHECK (
        received + moved_in = available + reserved + active + retired + quarantined + defective + lost + moved_out
    ),
    CONSTRAINT stock_count_held CHECK (held <= available)
) STRICT;

-- What an agency's stock is promised for a day, and how many of the promises are taken. day: days since 1970-01-01.
CREATE TABLE agency_day (
    agency  BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    product TEXT NOT NULL,
    day     INTEGER NOT NULL,
    held    INTEGER NOT NULL,
    booked  INTEGER NOT NULL CHECK (booked >= 0),
    PRIMARY KEY (agency, product, day),
    CONSTRAINT agency_day_held CHECK (booked <= held)
) STRICT;

-- Whom an agency's desks wait for in an hour of a day: twelve for each desk.
CREATE TABLE agency_hour (
    agency BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    day    INTEGER NOT NULL,
    hour   INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    desks  INTEGER NOT NULL CHECK (desks >= 0),
    booked INTEGER NOT NULL CHECK (booked >= 0),
    PRIMARY KEY (agency, day, hour),
    CONSTRAINT agency_hour_desks CHECK (booked <= desks * 12)
) STRICT;

-- A replacement has more states, and a place. The bucket is the line's. open: something is still to come of it. tier: 1 goes first.
-- agency, product: where it waits, and for what; day, hour: when it is booked there. place_used: its card is reserved, so the day's
-- promise is kept. version: how often it was moved.
CREATE TABLE replacement_case_anew (
    bucket       INTEGER NOT NULL,
    incident     BLOB NOT NULL CHECK (length(incident) = 16) REFERENCES incident (id),
    line         BLOB NOT NULL CHECK (length(line) = 16),
    id           BLOB NOT NULL CHECK (length(id) = 16),
    person       BLOB NOT NULL CHECK (length(person) = 16),
    state        INTEGER NOT NULL CHECK (state BETWEEN 1 AND 22),
    applied_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    open         INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
    completed_at INTEGER,
    tier         INTEGER NOT NULL DEFAULT 6 CHECK (tier BETWEEN 1 AND 6),
    person_type  INTEGER,
    agency       BLOB CHECK (length(agency) = 16) REFERENCES agency (id),
    product      TEXT,
    day          INTEGER,
    hour         INTEGER,
    place_used   INTEGER NOT NULL DEFAULT 0 CHECK (place_used IN (0, 1)),
    version      INTEGER NOT NULL DEFAULT 0 CHECK (version >= 0),
    CHECK ((agency IS NULL) = (product IS NULL)),
    CHECK ((day IS NULL) = (hour IS NULL)),
    CHECK (day IS NULL OR agency IS NOT NULL),
    CHECK (day IS NOT NULL OR place_used = 0),
    CHECK (open = 1 OR day IS NULL),
    PRIMARY KEY (bucket, incident, line, id)
) STRICT, WITHOUT ROWID;

INSERT INTO replacement_case_anew
    (bucket, incident, line, id, person, state, applied_at, changed_at, open, version)
SELECT bucket, incident, line, id, person, state, applied_at, changed_at, state = 1, state - 1 FROM replacement_case;

DROP TABLE replacement_case;

ALTER TABLE replacement_case_anew RENAME TO replacement_case;

CREATE UNIQUE INDEX replacement_case_open ON replacement_case (incident, line) WHERE open = 1;

CREATE INDEX replacement_case_person ON replacement_case (incident, person);

CREATE UNIQUE INDEX replacement_case_id ON replacement_case (incident, id);

CREATE INDEX replacement_case_state ON replacement_case (incident, state, applied_at);

CREATE INDEX replacement_case_place ON replacement_case (agency, product, day) WHERE agency IS NOT NULL;

CREATE TRIGGER replacement_case_no_update BEFORE UPDATE OF bucket, incident, line, id, person, applied_at ON replacement_case
BEGIN
    SELECT RAISE(ABORT, 'replacement_case rows are immutable');
END;

CREATE TRIGGER replacement_case_no_delete BEFORE DELETE ON replacement_case
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'replacement_case rows are immutable');
END;

-- How a case moved. The first row is its application: from nowhere, by no event. by_staff: who did it; none for the customer and
-- for the clock. agency: where.
CREATE TABLE case_event (
    incident   BLOB NOT NULL CHECK (length(incident) = 16),
    case_id    BLOB NOT NULL CHECK (length(case_id) = 16),
    no         INTEGER NOT NULL CHECK (no >= 1),
    from_state INTEGER,
    event      INTEGER,
    to_state   INTEGER NOT NULL,
    by_staff   BLOB CHECK (length(by_staff) = 16),
    agency     BLOB CHECK (length(agency) = 16),
    at         INTEGER NOT NULL,
    PRIMARY KEY (incident, case_id, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK ((from_state IS NULL) = (no = 1))
) STRICT;

CREATE INDEX case_event_at ON case_event (incident, at);

INSERT INTO case_event (incident, case_id, no, to_state, at)
SELECT incident, id, 1, 1, applied_at FROM replacement_case;

INSERT INTO case_event (incident, case_id, no, from_state, to_state, at)
SELECT incident, id, 2, 1, 2, changed_at FROM replacement_case WHERE state = 2;

CREATE TRIGGER case_event_no_update BEFORE UPDATE ON case_event
BEGIN
    SELECT RAISE(ABORT, 'case_event rows are immutable');
END;

CREATE TRIGGER case_event_no_delete BEFORE DELETE ON case_event
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'case_event rows are immutable');
END;

-- What somebody is told about a case. no: counted within a case, a kind and a channel. about: the version of the case it speaks of.
-- recipient: 1 holder, 2 guardian, 3 contact. changed_since: this contact is younger than the application. flagged: sent again,
-- because nobody knows what became of the one before. state: 1 due, 2 trying, 3 handed, 4 failed, 5 in doubt, 6 dropped.
-- to_ix and sealed: where it goes, under the incident's key.
CREATE TABLE case_notice (
    incident      BLOB NOT NULL CHECK (length(incident) = 16),
    case_id       BLOB NOT NULL CHECK (length(case_id) = 16),
    kind          INTEGER NOT NULL,
    channel       INTEGER NOT NULL,
    no            INTEGER NOT NULL CHECK (no >= 1),
    about         INTEGER NOT NULL,
    recipient     INTEGER NOT NULL CHECK (recipient IN (1, 2, 3)),
    changed_since INTEGER NOT NULL CHECK (changed_since IN (0, 1)),
    flagged       INTEGER NOT NULL CHECK (flagged IN (0, 1)),
    state         INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
    to_ix         BLOB NOT NULL CHECK (length(to_ix) = 16),
    sealed        BLOB NOT NULL,
    made_at       INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (incident, case_id, kind, channel, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id)
) STRICT;

CREATE UNIQUE INDEX case_notice_once ON case_notice (incident, case_id, kind, channel, about, to_ix) WHERE NOT flagged;

CREATE INDEX case_notice_state ON case_notice (incident, state, made_at);

CREATE TRIGGER case_notice_no_update
BEFORE UPDATE OF incident, case_id, kind, channel, no, about, recipient, changed_since, flagged, to_ix, sealed, made_at
ON case_notice
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

CREATE TRIGGER case_notice_settled BEFORE UPDATE OF state ON case_notice
WHEN (OLD.state > 2)
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

CREATE TRIGGER case_notice_no_delete BEFORE DELETE ON case_notice
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'case_notice rows are immutable');
END;

-- What somebody showed for a case, or failed to. by_staff: who looked; none where the page did. A proof is used once.
CREATE TABLE proof (
    incident BLOB NOT NULL CHECK (length(incident) = 16),
    case_id  BLOB NOT NULL CHECK (length(case_id) = 16),
    no       INTEGER NOT NULL CHECK (no >= 1),
    kind     INTEGER NOT NULL,
    passed   INTEGER NOT NULL CHECK (passed IN (0, 1)),
    by_staff BLOB CHECK (length(by_staff) = 16),
    made_at  INTEGER NOT NULL,
    used_at  INTEGER,
    PRIMARY KEY (incident, case_id, no),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK (passed OR used_at IS NULL)
) STRICT;

CREATE TRIGGER proof_no_update BEFORE UPDATE OF incident, case_id, no, kind, passed, by_staff, made_at ON proof
BEGIN
    SELECT RAISE(ABORT, 'proof rows are immutable');
END;

CREATE TRIGGER proof_used BEFORE UPDATE OF used_at ON proof
WHEN (OLD.used_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'proof rows are immutable');
END;

CREATE TRIGGER proof_no_delete BEFORE DELETE ON proof
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'proof rows are immutable');
END;

-- Nothing may be swapped on a line until somebody else says so. number_ix: blind index of the number under the service key.
-- by_staff: who raised it; none for the customer and for us.
CREATE TABLE line_hold (
    number_ix  BLOB NOT NULL CHECK (length(number_ix) = 16),
    no         INTEGER NOT NULL CHECK (no >= 1),
    raised_at  INTEGER NOT NULL,
    by_staff   BLOB CHECK (length(by_staff) = 16),
    reason     TEXT NOT NULL,
    incident   BLOB CHECK (length(incident) = 16),
    case_id    BLOB CHECK (length(case_id) = 16),
    cleared_at INTEGER,
    cleared_by BLOB CHECK (length(cleared_by) = 16),
    PRIMARY KEY (number_ix, no),
    CHECK ((incident IS NULL) = (case_id IS NULL)),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)),
    CONSTRAINT line_hold_other CHECK (by_staff IS NULL OR cleared_by IS NULL OR cleared_by <> by_staff)
) STRICT;

CREATE UNIQUE INDEX line_hold_live ON line_hold (number_ix) WHERE cleared_at IS NULL;

CREATE TRIGGER line_hold_no_update BEFORE UPDATE OF number_ix, no, raised_at, by_staff, reason, incident, case_id ON line_hold
BEGIN
    SELECT RAISE(ABORT, 'line_hold rows are immutable');
END;

CREATE TRIGGER line_hold_cleared BEFORE UPDATE OF cleared_at, cleared_by ON line_hold
WHEN (OLD.cleared_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'line_hold rows are immutable');
END;

CREATE TRIGGER line_hold_no_delete BEFORE DELETE ON line_hold
BEGIN
    SELECT RAISE(ABORT, 'line_hold rows are immutable');
END;

-- One change of a line's records from an old card to a new one. sealed: the plan, under the service key; empty once it is settled.
-- planned: the plan is what the network said, and stays. state: 1 open, 2 done, 3 rolled back. misses: looks in a row without
-- progress. next_at: when to look again; none: when a person says so. settled_at: nothing is left to do.
CREATE TABLE swap (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    incident     BLOB NOT NULL CHECK (length(incident) = 16),
    case_id      BLOB NOT NULL CHECK (length(case_id) = 16),
    number_ix    BLOB NOT NULL CHECK (length(number_ix) = 16),
    card         BLOB NOT NULL CHECK (length(card) = 16) REFERENCES card (id),
    sealed       BLOB NOT NULL,
    planned      INTEGER NOT NULL CHECK (planned IN (0, 1)),
    state        INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
    lease_token  BLOB CHECK (length(lease_token) = 16),
    lease_until  INTEGER,
    misses       INTEGER NOT NULL CHECK (misses >= 0),
    next_at      INTEGER,
    opened_at    INTEGER NOT NULL,
    pivot_at     INTEGER,
    completed_at INTEGER,
    settled_at   INTEGER,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 2) = (completed_at IS NOT NULL)),
    CHECK (state <> 1 OR settled_at IS NULL),
    CHECK (state <> 3 OR settled_at IS NOT NULL),
    CHECK (settled_at IS NULL OR (lease_token IS NULL AND next_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX swap_number ON swap (number_ix) WHERE state = 1;

CREATE UNIQUE INDEX swap_card ON swap (card) WHERE state = 1;

CREATE INDEX swap_next ON swap (next_at) WHERE next_at IS NOT NULL;

CREATE INDEX swap_case ON swap (incident, case_id);

CREATE TRIGGER swap_no_update BEFORE UPDATE OF id, incident, case_id, number_ix, card, opened_at ON swap
BEGIN
    SELECT RAISE(ABORT, 'swap rows are immutable');
END;

CREATE TRIGGER swap_settled BEFORE UPDATE ON swap
WHEN (OLD.settled_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'swap rows are immutable');
END;

CREATE TRIGGER swap_planned BEFORE UPDATE OF planned, sealed ON swap
WHEN (OLD.planned AND (NOT NEW.planned OR (NEW.sealed <> OLD.sealed AND NEW.settled_at IS NULL)))
BEGIN
    SELECT RAISE(ABORT, 'swap rows are immutable');
END;

CREATE TRIGGER swap_no_delete BEFORE DELETE ON swap
BEGIN
    SELECT RAISE(ABORT, 'swap rows are immutable');
END;

-- A command: written down, then sent, then its answer. outcome: 1 open, 2 done, 3 refused, 4 unknown. token: whose it was.
CREATE TABLE swap_step (
    swap       BLOB NOT NULL CHECK (length(swap) = 16) REFERENCES swap (id),
    no         INTEGER NOT NULL CHECK (no >= 1),
    command    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    token      BLOB NOT NULL CHECK (length(token) = 16),
    outcome    INTEGER NOT NULL CHECK (outcome BETWEEN 1 AND 4),
    settled_at INTEGER,
    PRIMARY KEY (swap, no),
    CHECK ((outcome = 1) = (settled_at IS NULL))
) STRICT;

CREATE TRIGGER swap_step_no_update BEFORE UPDATE OF swap, no, command, at, token ON swap_step
BEGIN
    SELECT RAISE(ABORT, 'swap_step rows are immutable');
END;

CREATE TRIGGER swap_step_settled BEFORE UPDATE OF outcome, settled_at ON swap_step
WHEN (OLD.outcome <> 1)
BEGIN
    SELECT RAISE(ABORT, 'swap_step rows are immutable');
END;

CREATE TRIGGER swap_step_no_delete BEFORE DELETE ON swap_step
BEGIN
    SELECT RAISE(ABORT, 'swap_step rows are immutable');
END;

-- What no rule decides. truth: what the network said, without a number or a key in it.
CREATE TABLE ticket (
    id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    swap      BLOB NOT NULL CHECK (length(swap) = 16) REFERENCES swap (id),
    reason    INTEGER NOT NULL,
    truth     TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by BLOB CHECK (length(closed_by) = 16),
    how       TEXT,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (how IS NULL))
) STRICT;

CREATE UNIQUE INDEX ticket_open ON ticket (swap) WHERE closed_at IS NULL;

CREATE TRIGGER ticket_no_update BEFORE UPDATE OF id, swap, reason, truth, opened_at ON ticket
BEGIN
    SELECT RAISE(ABORT, 'ticket rows are immutable');
END;

CREATE TRIGGER ticket_closed BEFORE UPDATE OF closed_at, closed_by, how ON ticket
WHEN (OLD.closed_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'ticket rows are immutable');
END;

CREATE TRIGGER ticket_no_delete BEFORE DELETE ON ticket
BEGIN
    SELECT RAISE(ABORT, 'ticket rows are immutable');
END;

-- When a number last got another card; it only rises. number_ix as in line_hold. at: none as far as we know.
-- monitored_since: from when we would have seen it.
CREATE TABLE sim_change (
    number_ix       BLOB NOT NULL PRIMARY KEY CHECK (length(number_ix) = 16),
    at              INTEGER,
    monitored_since INTEGER,
    CHECK (at IS NOT NULL OR monitored_since IS NOT NULL)
) STRICT;

CREATE TRIGGER sim_change_rises BEFORE UPDATE ON sim_change
WHEN (NEW.number_ix <> OLD.number_ix OR NEW.at < OLD.at OR (NEW.at IS NULL AND OLD.at IS NOT NULL))
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;

CREATE TRIGGER sim_change_no_delete BEFORE DELETE ON sim_change
BEGIN
    SELECT RAISE(ABORT, 'sim_change rows are immutable');
END;

-- Orders to other systems, sealed under the service key. state: 1 due, 2 taken over by the other system, 3 refused by it.
CREATE TABLE outbox (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind        TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    state       INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
    tries       INTEGER NOT NULL CHECK (tries >= 0),
    made_at     INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    lease_token BLOB CHECK (length(lease_token) = 16),
    lease_until INTEGER,
    settled_at  INTEGER,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 1) = (settled_at IS NULL)),
    CHECK (lease_token IS NULL OR state = 1)
) STRICT;

CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 1;

CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, kind, sealed, made_at ON outbox
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox
WHEN (OLD.state <> 1)
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
BEGIN
    SELECT RAISE(ABORT, 'outbox rows are immutable');
END;

-- Whoever waits for a card is not forgotten: an open case keeps its incident, one that was completed does for 72 hours, and a swap
-- does until nothing of it is left to do.
CREATE TRIGGER incident_replacement BEFORE UPDATE OF state ON incident
WHEN NEW.state = 3 AND (
    EXISTS (
        SELECT 1 FROM replacement_case c WHERE c.incident = NEW.id
            AND (c.open = 1 OR c.completed_at > (CAST(strftime('%s', 'now') AS INTEGER) - 72 * 3600) * 1000000)
    )
    OR EXISTS (SELECT 1 FROM swap s WHERE s.incident = NEW.id AND s.settled_at IS NULL)
)
BEGIN
    SELECT RAISE(ABORT, 'the incident has open replacements');
END;
