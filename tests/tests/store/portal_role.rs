//! The self-check's own role on PostgreSQL: what it may touch, tried as that role.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::json;
use simrecall_core::claim::StateKind as Step;
use simrecall_core::cohort::ItemSet;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{CaseId, ClaimId, EntryId, ReportId, RevisionNo};
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::State;
use simrecall_core::selfcheck::{Seen, Standing, Subject};
use simrecall_store::budget::{Budget, Window};
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::fake_report::FakeReport;
use simrecall_store::journal::NewEntry;
use simrecall_store::protection::Protection;
use simrecall_store::registry::LineKey;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::Field;
use simrecall_store::selfcheck::ToldHere;
use simrecall_store::{Store, StoreError, Tx};
use simrecall_tests::Backend;

use crate::law_stage::{LIMITS, code, word};
use crate::ledger_stage::{STATEMENT, draft};
use crate::stage::{Cast, at, by_hand, cast, line_id, person_id};
use crate::visit::{request, visit};

const GRANTS: &str = include_str!("../../../migrations/roles/portal.sql");

/// What the role may do, table by table: select, insert, delete, lock (which comes with changing and removing), and the columns it
/// may update. A table that is not here is closed.
const OPEN: [(&str, &str, &str); 37] = [
    ("__diesel_schema_migrations", "s", ""),
    ("incident", "s", ""),
    ("incident_channel", "s", ""),
    ("registry_snapshot", "s", ""),
    ("subscriber", "s", ""),
    ("line", "s", ""),
    ("revision", "s", ""),
    ("exposure", "s", ""),
    ("wave", "s", ""),
    ("chunk", "s", ""),
    ("notice", "s", ""),
    ("telling", "s", ""),
    ("target", "s", ""),
    ("attempt", "s", ""),
    ("outcome", "s", ""),
    ("listed", "s", ""),
    ("wording", "s", ""),
    ("message_code", "s", ""),
    ("fake", "s", ""),
    ("suppression", "s", ""),
    ("agreement", "s", ""),
    ("knowledge_time", "s", ""),
    ("clock_selection", "s", ""),
    ("block_decision", "s", ""),
    ("determination", "s", ""),
    ("session", "sidl", "touched_at"),
    ("proof_request", "sidl", "*"),
    ("budget", "sidl", "*"),
    ("code_try", "sidl", "*"),
    ("told_here", "sil", "*"),
    ("protection", "sil", "*"),
    ("replacement_case", "si", "state changed_at"),
    ("claim", "si", "line state outside_cohort sealed changed_at"),
    ("claim_event", "si", ""),
    ("fake_report", "i", ""),
    ("journal_entry", "si", ""),
    ("journal_queue", "i", ""),
];

/// Tries everything on every table, and says what was not refused. Nothing it does stays: what works is undone at once.
const TRIES: &str = r"
CREATE FUNCTION pg_temp.works(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = 'P0099';
EXCEPTION
    WHEN insufficient_privilege THEN RETURN false;
    WHEN others THEN RETURN true;
END
$$;
SELECT t.relname
    || ' ' || CASE WHEN pg_temp.works(format('SELECT * FROM %I LIMIT 0', t.relname)) THEN 's' ELSE '' END
    || CASE WHEN pg_temp.works(format('INSERT INTO %I DEFAULT VALUES', t.relname)) THEN 'i' ELSE '' END
    || CASE WHEN pg_temp.works(format('DELETE FROM %I', t.relname)) THEN 'd' ELSE '' END
    || CASE WHEN pg_temp.works(format('TRUNCATE %I', t.relname)) THEN 't' ELSE '' END
    || CASE WHEN pg_temp.works(format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', t.relname)) THEN 'l' ELSE '' END
    || ' ' || coalesce((
        SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND pg_temp.works(format('UPDATE %I SET %I = NULL WHERE false', t.relname, a.attname))), '')
    || '/' || (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' ORDER BY t.relname";

static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// A released wave on PostgreSQL, and the URL under which the role logs in to it.
fn as_role() -> (Cast, String) {
    let cast = cast(Backend::Postgres, 1);
    let wave = draft(&cast, 2, 10);
    cast.stage.store.write(|tx| word(tx, wave)).unwrap();
    cast.stage.store.write(|tx| tx.release(wave, &STATEMENT, at(10))).unwrap();
    // One role for the whole cluster, made by whichever test comes first; twice changes nothing.
    let _turn = ONE_AT_A_TIME.lock().unwrap();
    for _ in 0..2 {
        by_hand(&cast.stage.url, GRANTS).unwrap();
    }
    let url = cast.stage.url.replacen("://simrecall@", "://simrecall_portal@", 1);
    assert_ne!(url, cast.stage.url);
    assert_eq!(by_hand(&url, "SELECT current_user").unwrap(), "simrecall_portal");
    (cast, url)
}

#[test]
fn the_role_may_do_what_is_listed_and_nothing_else() {
    let (cast, url) = as_role();
    let tried = by_hand(&url, TRIES).unwrap();
    let mut open: BTreeMap<&str, _> =
        OPEN.map(|(table, may, columns)| (table, (may, columns))).into();
    let mut tables = 0;
    for row in tried.lines() {
        let (found, all) = row.rsplit_once('/').unwrap();
        let (table, rest) = found.split_once(' ').unwrap();
        let (may, columns) = rest.split_once(' ').unwrap();
        let (expected, updates) = open.remove(table).unwrap_or_default();
        assert_eq!(may, expected, "{table}");
        let columns: BTreeSet<&str> = columns.split_whitespace().collect();
        if updates == "*" {
            assert_eq!(columns.len(), all.parse::<usize>().unwrap(), "{table}");
        } else {
            assert_eq!(columns, updates.split_whitespace().collect(), "{table}");
        }
        tables += 1;
    }
    assert_eq!(open.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "no such table");
    assert!(tables > OPEN.len() + 15, "{tables}");
    // Nor can it open what it may not read by other doors.
    for refused in [
        "CREATE TABLE mine (x integer)",
        "SELECT sealed FROM fake_report",
        "ALTER TABLE claim DISABLE TRIGGER ALL",
        "SET ROLE simrecall",
        "COPY staff TO STDOUT",
    ] {
        by_hand(&url, refused).expect_err(refused);
    }
    drop(cast);
}

/// All that a visit writes: session, request, budgets, what was said.
fn visiting(tx: &mut Tx<'_>, cast: &Cast) -> Result<(), StoreError> {
    let (incident, person) = (cast.keys.incident(), person_id(&cast.keys, 0));
    let budget = Budget::of(Window { span: TimeDelta::minutes(1), limit: 3 });
    tx.start_session(&visit(1))?;
    tx.touch_session(visit(1).id, at(99), at(50))?;
    tx.put_request(&request(1))?;
    tx.put_request(&request(1))?;
    tx.set_request_reference(visit(1).id, request(1).id, "x")?;
    tx.spend_try(visit(1).id, at(1))?;
    tx.use_request(visit(1).id, request(1).id)?;
    tx.spend_budget(&[1; 16], &budget, at(1))?;
    tx.spend_budget(&[1; 16], &budget, at(1))?;
    tx.return_budget(&[1; 16])?;
    tx.purge_budgets(at(9_999))?;
    tx.purge_requests(at(9_999))?;
    tx.purge_sessions(at(9_999), at(9_999))?;
    assert!(tx.count_code_try(&[1; 16], at(0), LIMITS)?);
    tx.forget_code_tries(at(1))?;
    let seen = Seen {
        revision: RevisionNo(1),
        standing: Standing::NotFound,
        possible: ItemSet::EMPTY,
        confirmed: ItemSet::EMPTY,
    };
    for _ in 0..2 {
        tx.tell_here(incident, Subject::Person(person), &ToldHere { seen, at: at(1) })?;
    }
    Ok(())
}

/// All that a proved person asks for.
fn asking(tx: &mut Tx<'_>, cast: &Cast) -> Result<(), StoreError> {
    let incident = cast.keys.incident();
    let (person, line) = (person_id(&cast.keys, 0), line_id(&cast.keys, 0));
    let id = CaseId::from_bytes([1; 16]);
    let case = ReplacementCase::applied(incident, line, id, person, at(1));
    assert!(tx.apply_for_replacement(&case)?);
    replacing(tx, &case)?;
    let tied = |state| Protection { imsi: [1; 16], state, since: at(1), sealed: vec![1] };
    assert!(tx.step_protection(StateKind::Off, &tied(StateKind::Requested))?);
    assert!(tx.step_protection(StateKind::Requested, &tied(StateKind::Off))?);
    let claim = Claim {
        incident,
        id: ClaimId::from_bytes([1; 16]),
        person,
        line,
        state: Step::Draft,
        outside_cohort: false,
        sealed: vec![1],
        made_at: at(1),
        changed_at: at(1),
    };
    tx.draft_claim(&claim)?;
    assert!(tx.redraft_claim(&claim)?);
    let step = ClaimStep {
        incident,
        id: claim.id,
        from: Step::Draft,
        to: Step::Submitted,
        outside_cohort: Some(true),
        sealed: Some(&[2]),
        by: None,
        at: at(2),
    };
    assert!(tx.step_claim(&step)?);
    let report =
        FakeReport { id: ReportId::from_bytes([1; 16]), reported_at: at(1), sealed: vec![1] };
    assert!(tx.put_fake_report(&report, 5)?);
    tx.journal(&NewEntry {
        id: EntryId::from_bytes([1; 16]),
        incident: Some(incident),
        at: at(1),
        kind: "claim.submitted",
        actor: "customer",
        body: json!({}),
        salt: [1; 16],
    })?;
    Ok(())
}

#[test]
fn the_self_check_works_as_that_role() {
    let (cast, url) = as_role();
    let store = Store::open_current(&url).unwrap();
    let incident = cast.keys.incident();
    let (person, line) = (person_id(&cast.keys, 0), line_id(&cast.keys, 0));
    let number = LineKey::Msisdn(cast.keys.blind(Field::Msisdn, "821000000000"));
    store.write(|tx| visiting(tx, &cast).and_then(|()| asking(tx, &cast))).unwrap();
    let read = store.read(|tx| {
        tx.incidents()?;
        tx.named_channels(incident)?;
        let snapshot = tx.latest_snapshot(incident)?.unwrap().no;
        assert_eq!(tx.find_lines(incident, snapshot, number)?.len(), 1);
        assert_eq!(tx.parties(incident, snapshot, &[person])?.len(), 1);
        let released = tx.released_revision(incident)?.unwrap();
        tx.touched(incident, released.revision)?;
        tx.exposures_of(incident, released.revision, person)?;
        assert_eq!(tx.person_history_released(incident, person)?.len(), 1);
        tx.suppressions_of(incident, person)?;
        let wave = tx.waves_of(incident)?.remove(0).no;
        assert!(!tx.all_wordings()?.is_empty() && !tx.wordings(wave)?.is_empty());
        assert!(!tx.code_targets(&code(wave, 1).code)?.is_empty());
        tx.fakes()?;
        tx.knowledge_times(incident)?;
        tx.selections(incident)?;
        tx.block_decisions(incident)?;
        tx.determinations(incident)?;
        tx.has_tried(incident, Rung::Posting)?;
        tx.residents(incident, released.revision)?;
        tx.revisions(incident)?;
        assert_eq!(tx.entries_of_kind(incident, "claim.submitted", 1)?.len(), 1);
        assert!(tx.told_here(incident, Subject::Person(person))?.is_some());
        assert_eq!(tx.replacements_of(incident, &[line])?.len(), 1);
        assert_eq!(tx.protections_of(&[[1; 16]])?.len(), 1);
        assert_eq!(tx.claims_of(incident, person)?.len(), 1);
        Ok(())
    });
    read.unwrap();
    let refused = store.write(|tx| tx.name_compromised(incident, &named())).unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    let refused = store.read(|tx| tx.all_staff()).unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}

fn named() -> simrecall_store::incident::NamedChannel {
    simrecall_store::incident::NamedChannel {
        channel: simrecall_core::incident::Channel::Email,
        reason: "x".to_owned(),
        by: crate::law_stage::staff(1),
        at: at(1),
    }
}
