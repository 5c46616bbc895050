-- Swaps that clerks order at a terminal. id: made by the page, so that the same order asked for twice is one. proofs: their numbers
-- within the case, with commas. body: keyed hash of what was asked for. hash: SHA-256 of the canonical bytes that are signed for.
-- challenge: what the passkey signed over; options: the same as the browser is given it. countersign: a supervisor has to sign, too.
-- state: 1 made, 2 confirmed, 3 started, 4 refused, 5 lapsed. next_at: not taken before. swap: what it became. code: why it ended.
CREATE TABLE swap_order (
    id                 uuid NOT NULL PRIMARY KEY,
    incident           uuid NOT NULL,
    case_id            uuid NOT NULL,
    line               uuid NOT NULL,
    card               uuid NOT NULL REFERENCES card (id),
    agency             uuid NOT NULL REFERENCES agency (id),
    terminal           uuid NOT NULL,
    staff              uuid NOT NULL REFERENCES staff (id),
    proofs             text NOT NULL,
    made_at            timestamptz NOT NULL,
    until              timestamptz NOT NULL CHECK (until > made_at),
    body               bytea NOT NULL CHECK (length(body) = 32),
    hash               bytea NOT NULL CHECK (length(hash) = 32),
    challenge_id       uuid NOT NULL,
    challenge          bytea NOT NULL,
    options            text NOT NULL,
    countersign        boolean NOT NULL,
    state              smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    changed_at         timestamptz NOT NULL,
    confirmed_at       timestamptz,
    credential         uuid,
    authenticator_data bytea,
    client_data        bytea,
    signature          bytea,
    next_at            timestamptz,
    lease_token        uuid,
    lease_until        timestamptz,
    swap               uuid REFERENCES swap (id),
    code               text,
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
);

-- One at a time for a case.
CREATE UNIQUE INDEX swap_order_open ON swap_order (incident, case_id) WHERE state IN (1, 2);

CREATE INDEX swap_order_next ON swap_order (state, confirmed_at) WHERE state IN (1, 2);

CREATE INDEX swap_order_case ON swap_order (incident, case_id, made_at);

CREATE INDEX swap_order_agency ON swap_order (agency, made_at);

CREATE TRIGGER swap_order_no_update BEFORE UPDATE OF
    id, incident, case_id, line, card, agency, terminal, staff, proofs, made_at, until, body, hash, challenge_id, challenge, options,
    countersign
ON swap_order
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_order_signed BEFORE UPDATE OF confirmed_at, credential, authenticator_data, client_data, signature ON swap_order
FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER swap_order_ended BEFORE UPDATE ON swap_order
FOR EACH ROW WHEN (OLD.state > 2) EXECUTE FUNCTION refuse_change();

-- It goes with its incident alone.
CREATE TRIGGER swap_order_no_truncate BEFORE TRUNCATE ON swap_order
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION swap_order_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'swap_order rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER swap_order_delete AFTER DELETE ON swap_order
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION swap_order_delete_guard();

-- A supervisor's signature under an order that needs one, over its hash and a challenge of its own.
CREATE TABLE countersign (
    order_id           uuid NOT NULL PRIMARY KEY REFERENCES swap_order (id),
    incident           uuid NOT NULL,
    staff              uuid NOT NULL REFERENCES staff (id),
    terminal           uuid NOT NULL,
    challenge          bytea NOT NULL,
    credential         uuid NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data        bytea NOT NULL,
    signature          bytea NOT NULL,
    at                 timestamptz NOT NULL
);

CREATE TRIGGER countersign_no_update BEFORE UPDATE ON countersign
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER countersign_no_truncate BEFORE TRUNCATE ON countersign
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION countersign_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'countersign rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER countersign_delete AFTER DELETE ON countersign
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION countersign_delete_guard();

-- By what a customer's own page shows, their case is found where they check in. code_ix: keyed hash of it.
CREATE TABLE check_in_code (
    code_ix  uuid NOT NULL PRIMARY KEY,
    incident uuid NOT NULL,
    case_id  uuid NOT NULL,
    FOREIGN KEY (incident, case_id) REFERENCES replacement_case (incident, id)
);

CREATE INDEX check_in_code_case ON check_in_code (incident, case_id);

CREATE TRIGGER check_in_code_no_update BEFORE UPDATE ON check_in_code
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER check_in_code_no_truncate BEFORE TRUNCATE ON check_in_code
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_in_code_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT incident FROM gone) touched
        WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = touched.incident AND i.state = 3)
    ) THEN
        RAISE EXCEPTION 'check_in_code rows are immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER check_in_code_delete AFTER DELETE ON check_in_code
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION check_in_code_delete_guard();

-- Who is at a counter, for the queue that its terminals look at each second.
CREATE INDEX replacement_case_desk ON replacement_case (agency, state) WHERE state BETWEEN 6 AND 12;
