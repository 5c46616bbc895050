-- anchors: names, comma-separated; empty: every awareness anchor. revision: the one whose people it concerns.
ALTER TABLE knowledge_time ADD COLUMN anchors text NOT NULL DEFAULT '';

ALTER TABLE knowledge_time ADD COLUMN revision integer;

ALTER TABLE knowledge_time ADD COLUMN who text NOT NULL DEFAULT '';

ALTER TABLE knowledge_time ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT 'epoch';

UPDATE knowledge_time SET recorded_at = (SELECT opened_at FROM incident i WHERE i.id = knowledge_time.incident);

DROP TRIGGER knowledge_time_no_update ON knowledge_time;

CREATE TRIGGER knowledge_time_no_update BEFORE UPDATE ON knowledge_time
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- From which knowledge time the clocks of an anchor count: the newest row of an anchor and revision does. anchor: empty in rows
-- that an older schema brought: every awareness anchor of the knowledge time.
CREATE TABLE clock_selection (
    incident  uuid NOT NULL REFERENCES incident (id),
    no        integer NOT NULL,
    anchor    text NOT NULL,
    revision  integer,
    knowledge integer NOT NULL,
    reason    text NOT NULL,
    by_staff  uuid NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (incident, no),
    FOREIGN KEY (incident, knowledge) REFERENCES knowledge_time (incident, no)
);

CREATE TRIGGER clock_selection_no_update BEFORE UPDATE ON clock_selection
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_selection_no_truncate BEFORE TRUNCATE ON clock_selection
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_selection_no_delete BEFORE DELETE ON clock_selection
FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO clock_selection (incident, no, anchor, revision, knowledge, reason, by_staff, at)
SELECT k.incident, 1, '', NULL, k.no, 'selected when the incident was opened', '00000000-0000-0000-0000-000000000000', i.opened_at
FROM knowledge_time k JOIN incident i ON i.id = k.incident WHERE k.selected;

ALTER TABLE knowledge_time DROP COLUMN selected;

-- A recorded reason why a rule is not kept for a while. until: none while the obstacle lasts.
CREATE TABLE clock_excuse (
    incident uuid NOT NULL REFERENCES incident (id),
    no       integer NOT NULL,
    rule     text NOT NULL,
    scope    text NOT NULL,
    until    timestamptz,
    reason   text NOT NULL,
    by_staff uuid NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER clock_excuse_no_update BEFORE UPDATE ON clock_excuse
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_excuse_no_truncate BEFORE TRUNCATE ON clock_excuse
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_excuse_no_delete BEFORE DELETE ON clock_excuse
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What an agency, or somebody in urgent need, changes about a silence. kind: 1 extend, 2 lift.
CREATE TABLE block_decision (
    incident uuid NOT NULL REFERENCES incident (id),
    no       integer NOT NULL,
    rule     text NOT NULL,
    kind     smallint NOT NULL CHECK (kind IN (1, 2)),
    until    timestamptz,
    reason   text NOT NULL,
    by_staff uuid NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER block_decision_no_update BEFORE UPDATE ON block_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER block_decision_no_truncate BEFORE TRUNCATE ON block_decision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER block_decision_no_delete BEFORE DELETE ON block_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What nobody can count: whether a trigger holds. The newest row of a trigger counts.
CREATE TABLE determination (
    incident    uuid NOT NULL REFERENCES incident (id),
    no          integer NOT NULL,
    trigger     text NOT NULL,
    holds       boolean NOT NULL,
    at          timestamptz NOT NULL,
    who         text NOT NULL,
    why         text NOT NULL,
    by_staff    uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER determination_no_update BEFORE UPDATE ON determination
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER determination_no_truncate BEFORE TRUNCATE ON determination
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER determination_no_delete BEFORE DELETE ON determination
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Who agrees to what one person alone cannot decide. about: 1 selection, 2 excuse, 3 determination, 4 release of a hold,
-- 5 suppression, 6 block decision; no: the number of that row.
CREATE TABLE agreement (
    incident uuid NOT NULL REFERENCES incident (id),
    about    smallint NOT NULL,
    no       integer NOT NULL,
    staff    uuid NOT NULL REFERENCES staff (id),
    role     smallint NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (incident, about, no, staff),
    CHECK (about IN (1, 2, 3, 4, 5, 6))
);

CREATE TRIGGER agreement_no_update BEFORE UPDATE ON agreement
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER agreement_no_truncate BEFORE TRUNCATE ON agreement
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER agreement_no_delete BEFORE DELETE ON agreement
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Something done that a duty asks for. rule: the one rule it was done for; none: every rule of the duty.
CREATE TABLE legal_act (
    incident    uuid NOT NULL REFERENCES incident (id),
    no          integer NOT NULL,
    duty        text NOT NULL,
    rule        text,
    scope       text NOT NULL,
    at          timestamptz NOT NULL,
    what        text NOT NULL,
    by_staff    uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (incident, no)
);

CREATE TRIGGER legal_act_no_update BEFORE UPDATE ON legal_act
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER legal_act_no_truncate BEFORE TRUNCATE ON legal_act
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER legal_act_no_delete BEFORE DELETE ON legal_act
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An order to keep everything; released once, when two people of different roles agree.
CREATE TABLE hold (
    incident       uuid NOT NULL REFERENCES incident (id),
    no             integer NOT NULL,
    reason         text NOT NULL,
    by_staff       uuid NOT NULL,
    held_from      timestamptz NOT NULL,
    released_at    timestamptz,
    released_by    uuid,
    release_reason text,
    PRIMARY KEY (incident, no),
    CHECK ((released_at IS NULL) = (released_by IS NULL)),
    CHECK ((released_at IS NULL) = (release_reason IS NULL))
);

CREATE TRIGGER hold_no_update BEFORE UPDATE OF incident, no, reason, by_staff, held_from ON hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER hold_no_truncate BEFORE TRUNCATE ON hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER hold_release BEFORE UPDATE OF released_at, released_by, release_reason ON hold
FOR EACH ROW WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whatever else is decided: what must be kept is not erased.
CREATE FUNCTION incident_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM hold h WHERE h.incident = NEW.id AND h.released_at IS NULL) THEN
        RAISE EXCEPTION 'the incident is under a preservation hold' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER incident_hold BEFORE UPDATE OF state ON incident
FOR EACH ROW WHEN (NEW.state = 3) EXECUTE FUNCTION incident_hold_guard();

-- ISO 3166, two capital letters; empty: the carrier's own.
ALTER TABLE subscriber ADD COLUMN country text NOT NULL DEFAULT '' CHECK (length(country) IN (0, 2));

ALTER TABLE chunk ADD COLUMN country text NOT NULL DEFAULT '' CHECK (length(country) IN (0, 2));
