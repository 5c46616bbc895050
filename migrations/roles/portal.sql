-- What the self-check may touch. `simrecall serve` logs in as this role, so that whoever breaks into it has no more than an answer
-- needs: it changes no list, no wave, no word and no key, and reads no staff, no filing, no hold and no evidence.
-- Run as the owner of the tables, once and after every upgrade; give the role its password or certificate yourself:
--     psql -v ON_ERROR_STOP=1 -f migrations/roles/portal.sql postgres://owner@host/simrecall
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'simrecall_portal') THEN
        CREATE ROLE simrecall_portal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
    END IF;
END
$$;

-- Whatever an older version was given goes first.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM simrecall_portal;
REVOKE CREATE ON SCHEMA public FROM simrecall_portal;
GRANT USAGE ON SCHEMA public TO simrecall_portal;

-- Which schema it is, and which incident.
GRANT SELECT ON __diesel_schema_migrations, incident, incident_channel TO simrecall_portal;
-- Who holds what, and what leaked of it; all of it sealed or keyed.
GRANT SELECT ON registry_snapshot, subscriber, line, revision, exposure TO simrecall_portal;
-- What people were told, and whether that text is one of ours.
GRANT SELECT ON wave, chunk, notice, telling, target, attempt, outcome, listed, wording, message_code, fake TO simrecall_portal;
-- To whom a law asks for silence.
GRANT SELECT ON suppression, agreement, knowledge_time, clock_selection, block_decision, determination TO simrecall_portal;

-- Its own. What it writes once it cannot write again, as far as a column can say so.
GRANT SELECT, INSERT, DELETE ON session TO simrecall_portal;
GRANT UPDATE (touched_at) ON session TO simrecall_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON proof_request, budget, code_try TO simrecall_portal;
GRANT SELECT, INSERT, UPDATE ON told_here, protection TO simrecall_portal;
GRANT SELECT, INSERT ON replacement_case, case_event TO simrecall_portal;
GRANT UPDATE (
    state, changed_at, open, completed_at, tier, person_type, agency, product, day, hour, place_used, version
) ON replacement_case TO simrecall_portal;
GRANT SELECT, INSERT ON case_notice TO simrecall_portal;
GRANT UPDATE (state, changed_at) ON case_notice TO simrecall_portal;
-- What a customer showed on the page; using it up is not the page's.
GRANT SELECT, INSERT ON proof TO simrecall_portal;
-- Which parcel is whose, and what its card ends in, as a keyed hash.
GRANT SELECT ON parcel TO simrecall_portal;
-- How a line's proofs failed elsewhere: the third one holds it.
GRANT SELECT ON look TO simrecall_portal;
-- It may hold a line, and never free one; whoever raised a hold may agree that it ends.
GRANT SELECT, INSERT, UPDATE (owner_agreed_at) ON line_hold TO simrecall_portal;
-- What its pages show to check in with, and to read out in a call.
GRANT SELECT, INSERT ON check_in_code TO simrecall_portal;
GRANT SELECT, INSERT, DELETE ON call_code TO simrecall_portal;
-- Places: it gives out what is promised, and moves no card. Of a card it sees where it is, not what it holds.
GRANT SELECT ON agency, stock_count TO simrecall_portal;
GRANT UPDATE (held) ON stock_count TO simrecall_portal;
GRANT SELECT, INSERT ON agency_day, agency_hour TO simrecall_portal;
GRANT UPDATE (held, booked) ON agency_day TO simrecall_portal;
GRANT UPDATE (desks, booked) ON agency_hour TO simrecall_portal;
GRANT SELECT (id, imsi_ix, product, lot, agency, state, keyed, incident, case_id, lease_token, lease_until, changed_at)
ON card TO simrecall_portal;
-- When a number last got another card: read for the banks, never written here.
GRANT SELECT ON sim_change TO simrecall_portal;
-- Orders go in; what they say is sealed, and others send them.
GRANT INSERT ON outbox TO simrecall_portal;
GRANT SELECT, INSERT, UPDATE (last) ON outbox_subject TO simrecall_portal;
-- It asks for a block of payments to be lifted, and never for one.
GRANT SELECT ON payment_block TO simrecall_portal;
GRANT UPDATE (state, order_id, changed_at) ON payment_block TO simrecall_portal;
GRANT SELECT, INSERT ON claim, claim_event TO simrecall_portal;
GRANT UPDATE (line, state, outside_cohort, sealed, changed_at) ON claim TO simrecall_portal;
-- What was handed over it cannot say, and so not take back.
GRANT SELECT, INSERT, UPDATE (code, person, chosen_at) ON benefit TO simrecall_portal;
-- Reports go in and are counted; only staff read them.
GRANT SELECT (id), INSERT ON fake_report TO simrecall_portal;
-- Every act is written down; what an incident was opened with is read from there. Bodies hold nothing personal.
GRANT SELECT, INSERT ON journal_entry TO simrecall_portal;
GRANT INSERT ON journal_queue TO simrecall_portal;
