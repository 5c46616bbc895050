-- Swaps that clerks order at a terminal. id: made by the page, so that the same order asked for twice is one. proofs: their numbers
-- within the case, with commas. body: keyed hash of what was asked for. hash: SHA-256 of the canonical bytes that are signed for.
-- challenge: what the passkey signed over; options: the same as the browser is given it. countersign: a supervisor has to sign, too.
-- state: 1 made, 2 confirmed, 3 started, 4 refused, 5 lapsed. next_at: not taken before. swap: what it became. code: why it ended.
CREATE TABLE swap_order (
    id                 BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    incident           BLOB NOT NULL CHECK (length(incident) = 16),
    case_id            BLOB NOT NULL CHECK (length(case_id) = 16),
    line               BLOB NOT NULL CHECK (length(line) = 16),
    card               BLOB NOT NULL CHECK (length(card) = 16) REFERENCES card (id),
    agency             BLOB NOT NULL CHECK (length(agency) = 16) REFERENCES agency (id),
    terminal           BLOB NOT NULL CHECK (length(terminal) = 16),
    staff              BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    proofs             TEXT NOT NULL,
    made_at            INTEGER NOT NULL,
    until              INTEGER NOT NULL CHECK (until > made_at),
    body               BLOB NOT NULL CHECK (length(body) = 32),
    hash               BLOB NOT NULL CHECK (length(hash) = 32),
    challenge_id       BLOB NOT NULL CHECK (length(challenge_id) = 16),
    challenge          BLOB NOT NULL,
    options            TEXT NOT NULL,
    countersign        INTEGER NOT NULL CHECK (countersign IN (0, 1)),
    state              INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
    changed_at         INTEGER NOT NULL,
    confirmed_at       INTEGER,
    credential         BLOB CHECK (length(credential) = 16),
    authenticator_data BLOB,
    client_data        BLOB,
    signature          BLOB,
    next_at            INTEGER,
    lease_token        BLOB CHECK (length(lease_token) = 16),
    lease_until        INTEGER,
    swap               BLOB CHECK (length(swap) = 16) REFERENCES swap (id),
    code               TEXT,
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id),
    CHECK ((confirmed_at IS NULL) = (credential IS NULL)),
    CHECK ((confirmed_at IS NULL) = (authenticator_data IS NULL)),
    CHECK ((confirmed_at IS NULL) = (client_data IS NULL)),
    CHECK ((confirmed_at IS NULL) = (signature IS NULL)),
    CHECK (state <> 1 OR confirmed_at IS NULL),
    CHECK (state NOT IN (2, 3) OR confirmed_at IS NOT NULL),
    CHECK ((state = 2) = (next_at IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (state = 2 OR lease_token IS NULL),
    CHECK ((state = 3) = (swap IS NOT NULL)),
    CHECK ((state IN (4, 5)) = (code IS NOT NULL))
) STRICT;

-- One at a time for a case.
CREATE UNIQUE INDEX swap_order_open ON swap_order (incident, case_id) WHERE state IN (1, 2);

CREATE INDEX swap_order_next ON swap_order (state, confirmed_at) WHERE state IN (1, 2);

CREATE INDEX swap_order_case ON swap_order (incident, case_id, made_at);

CREATE INDEX swap_order_agency ON swap_order (agency, made_at);

CREATE TRIGGER swap_order_no_update BEFORE UPDATE OF
    id, incident, case_id, line, card, agency, terminal, staff, proofs, made_at, until, body, hash, challenge_id, challenge, options,
    countersign
ON swap_order
BEGIN
    SELECT RAISE(ABORT, 'swap_order rows are immutable');
END;

CREATE TRIGGER swap_order_signed BEFORE UPDATE OF confirmed_at, credential, authenticator_data, client_data, signature ON swap_order
WHEN (OLD.confirmed_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'swap_order rows are immutable');
END;

CREATE TRIGGER swap_order_ended BEFORE UPDATE ON swap_order
WHEN (OLD.state > 2)
BEGIN
    SELECT RAISE(ABORT, 'swap_order rows are immutable');
END;

-- It goes with its incident alone.
CREATE TRIGGER swap_order_no_delete BEFORE DELETE ON swap_order
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'swap_order rows are immutable');
END;

-- A supervisor's signature under an order that needs one, over its hash and a challenge of its own.
CREATE TABLE countersign (
    order_id           BLOB NOT NULL PRIMARY KEY CHECK (length(order_id) = 16) REFERENCES swap_order (id),
    incident           BLOB NOT NULL CHECK (length(incident) = 16),
    staff              BLOB NOT NULL CHECK (length(staff) = 16) REFERENCES staff (id),
    terminal           BLOB NOT NULL CHECK (length(terminal) = 16),
    challenge          BLOB NOT NULL,
    credential         BLOB NOT NULL CHECK (length(credential) = 16),
    authenticator_data BLOB NOT NULL,
    client_data        BLOB NOT NULL,
    signature          BLOB NOT NULL,
    at                 INTEGER NOT NULL
) STRICT;

CREATE TRIGGER countersign_no_update BEFORE UPDATE ON countersign
BEGIN
    SELECT RAISE(ABORT, 'countersign rows are immutable');
END;

CREATE TRIGGER countersign_no_delete BEFORE DELETE ON countersign
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'countersign rows are immutable');
END;

-- By what a customer's own page shows, their case is found where they check in. code_ix: keyed hash of it.
CREATE TABLE check_in_code (
    code_ix  BLOB NOT NULL PRIMARY KEY CHECK (length(code_ix) = 16),
    incident BLOB NOT NULL CHECK (length(incident) = 16),
    case_id  BLOB NOT NULL CHECK (length(case_id) = 16),
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id)
) STRICT;

CREATE INDEX check_in_code_case ON check_in_code (incident, case_id);

CREATE TRIGGER check_in_code_no_update BEFORE UPDATE ON check_in_code
BEGIN
    SELECT RAISE(ABORT, 'check_in_code rows are immutable');
END;

CREATE TRIGGER check_in_code_no_delete BEFORE DELETE ON check_in_code
WHEN NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = OLD.incident AND i.state = 3)
BEGIN
    SELECT RAISE(ABORT, 'check_in_code rows are immutable');
END;

-- Who is at a counter, for the queue that its terminals look at each second.
CREATE INDEX replacement_case_desk ON replacement_case (agency, state) WHERE state BETWEEN 6 AND 12;
