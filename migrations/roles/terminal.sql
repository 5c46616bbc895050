-- What the agency's page may touch. `simrecall serve --surface agency` logs in as this role, so that whoever breaks into it has no more
-- than a counter needs: it reads no key of a card, starts and turns no swap in the network's register, ends no hold, gives nobody a role,
-- admits no terminal, and writes no word of the journal again.
-- Run as the owner of the tables, once and after every upgrade; give the role its password or certificate yourself:
--     psql -v ON_ERROR_STOP=1 -f migrations/roles/terminal.sql postgres://owner@host/simrecall
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'simrecall_terminal') THEN
        CREATE ROLE simrecall_terminal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
    END IF;
END
$$;

-- Whatever an older version was given goes first.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM simrecall_terminal;
REVOKE CREATE ON SCHEMA public FROM simrecall_terminal;
GRANT USAGE ON SCHEMA public TO simrecall_terminal;

-- Which schema it is, and which incident.
GRANT SELECT ON __diesel_schema_migrations, incident, incident_channel TO simrecall_terminal;
-- Who holds what, and what leaked of it; all of it sealed or keyed.
GRANT SELECT ON registry_snapshot, subscriber, line, revision, exposure TO simrecall_terminal;

-- People and where they sit. Who somebody is, which role they have and where they are posted is decided elsewhere; an alarm may keep
-- them from signing in.
GRANT SELECT, UPDATE (paused_at) ON staff TO simrecall_terminal;
GRANT SELECT, INSERT, UPDATE (record, counter, ended_at) ON credential TO simrecall_terminal;
GRANT SELECT, UPDATE (used_at) ON invite TO simrecall_terminal;
-- A terminal brings its key here and is switched off here. Others admit it.
GRANT SELECT, UPDATE (state, key, thumbprint, brought_at, off_by, off_at) ON terminal TO simrecall_terminal;
GRANT SELECT, INSERT, DELETE ON terminal_jti TO simrecall_terminal;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_session, challenge TO simrecall_terminal;
-- Waves that wait for a signature. The number of a wave is never changed, by trigger: to be able to is what locking its row takes.
GRANT SELECT, UPDATE (no) ON wave TO simrecall_terminal;
GRANT SELECT ON approval TO simrecall_terminal;
GRANT SELECT, INSERT ON approval_passkey TO simrecall_terminal;

-- What is counted and watched.
GRANT SELECT, INSERT, UPDATE (spent) ON staff_count TO simrecall_terminal;
GRANT SELECT, INSERT ON staff_load TO simrecall_terminal;
GRANT SELECT, INSERT, UPDATE (last_at, swapped_at) ON staff_subject TO simrecall_terminal;
GRANT SELECT ON honey TO simrecall_terminal;
GRANT SELECT, INSERT ON alarm TO simrecall_terminal;

-- Cases: moved, proved, told of. What was proved is used up by whoever begins the swap.
GRANT SELECT, INSERT ON replacement_case, case_event TO simrecall_terminal;
GRANT UPDATE (
    state, changed_at, open, completed_at, tier, person_type, agency, product, day, hour, place_used, version
) ON replacement_case TO simrecall_terminal;
GRANT SELECT, INSERT ON case_notice TO simrecall_terminal;
GRANT UPDATE (state, changed_at) ON case_notice TO simrecall_terminal;
GRANT SELECT, INSERT ON proof TO simrecall_terminal;
GRANT SELECT ON check_in_code, call_code TO simrecall_terminal;
GRANT SELECT, UPDATE (ended_at, ending) ON parcel TO simrecall_terminal;
-- It may hold a line, and never free one.
GRANT SELECT, INSERT ON line_hold TO simrecall_terminal;
-- Second looks and their images, which go in and are looked at; destroying them is the clock's.
GRANT SELECT, INSERT ON look, look_image TO simrecall_terminal;
GRANT UPDATE (
    case_id, state, taken_by, taken_terminal, taken_agency, taken_at, decided_at, reason
) ON look TO simrecall_terminal;
GRANT UPDATE (seen_at) ON look_image TO simrecall_terminal;

-- Orders are made and signed here. Who takes them, and which swap they become, is another process's.
GRANT SELECT, INSERT ON swap_order, wrong_digits, countersign TO simrecall_terminal;
GRANT UPDATE (
    state, changed_at, confirmed_at, credential, authenticator_data, client_data, signature, next_at, lease_token, lease_until, code
) ON swap_order TO simrecall_terminal;
GRANT SELECT ON swap, swap_step, ticket TO simrecall_terminal;
GRANT SELECT ON sim_change, protection TO simrecall_terminal;

-- The drawer. Of a card it sees and moves where it is, not what it holds, and does not say whether its key was written.
GRANT SELECT ON agency TO simrecall_terminal;
GRANT SELECT (id, imsi_ix, product, lot, agency, state, keyed, incident, case_id, lease_token, lease_until, changed_at)
ON card TO simrecall_terminal;
GRANT UPDATE (lot, agency, state, incident, case_id, lease_token, lease_until, changed_at) ON card TO simrecall_terminal;
GRANT SELECT, INSERT, UPDATE ON lot, stock_count, agency_day, agency_hour TO simrecall_terminal;

-- Orders to other systems go in; what they say is sealed, and others send them.
GRANT INSERT ON outbox TO simrecall_terminal;
GRANT SELECT, INSERT, UPDATE (last) ON outbox_subject TO simrecall_terminal;
-- Every view and every act is written down. Bodies hold nothing personal.
GRANT SELECT, INSERT ON journal_entry TO simrecall_terminal;
GRANT INSERT ON journal_queue TO simrecall_terminal;
