//! The self-check's own role on PostgreSQL: what it may touch, tried as that role.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::json;
use simrecall_core::claim::{Kind as About, Source, StateKind as Step};
use simrecall_core::cohort::ItemSet;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{CaseId, ClaimId, EntryId, OrderId, ReportId, RevisionNo};
use simrecall_core::order;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::queue::Tier;
use simrecall_core::replacement::told::Lately;
use simrecall_core::replacement::{Event, State};
use simrecall_core::selfcheck::{Seen, Standing, Subject};
use simrecall_store::benefit::Benefit;
use simrecall_store::budget::{Budget, Window};
use simrecall_store::call_code::CallCode;
use simrecall_store::case_notice::{CaseChannel, CaseNoticeKind, NewCaseNotice, Recipient};
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::fake_report::FakeReport;
use simrecall_store::journal::NewEntry;
use simrecall_store::line_hold::LineHold;
use simrecall_store::outbox::{NewOrder, OrderState};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::protection::Protection;
use simrecall_store::registry::LineKey;
use simrecall_store::replacement::{Moved, Place, PlaceChange, ReplacementCase};
use simrecall_store::seal::Field;
use simrecall_store::selfcheck::ToldHere;
use simrecall_store::{Store, StoreError, Tx};
use simrecall_tests::Backend;

use crate::law_stage::{LIMITS, code, word};
use crate::ledger_stage::{STATEMENT, draft};
use crate::replacement_stage::{
    PRODUCT, agency, agency_id, card_id, day, go_in, new_swap, reservation, staff, stock,
};
use crate::stage::{Cast, at, by_hand, cast, line_id, person_id};
use crate::visit::{request, visit};

const GRANTS: &str = include_str!("../../../migrations/roles/portal.sql");

/// What the role may do, table by table: select, insert, delete, lock (which comes with changing and removing), and the columns it
/// may update. A table that is not here is closed.
const OPEN: [(&str, &str, &str); 55] = [
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
    (
        "replacement_case",
        "si",
        "state changed_at open completed_at tier person_type agency product day hour place_used version",
    ),
    ("case_event", "si", ""),
    ("case_notice", "si", "state changed_at"),
    ("proof", "si", ""),
    ("parcel", "s", ""),
    ("look", "s", ""),
    ("line_hold", "si", "owner_agreed_at"),
    ("check_in_code", "si", ""),
    ("call_code", "sidl", ""),
    ("agency", "s", ""),
    ("stock_count", "s", "held"),
    ("agency_day", "si", "held booked"),
    ("agency_hour", "si", "desks booked"),
    ("card", "", ""),
    ("sim_change", "s", ""),
    ("outbox", "i", ""),
    ("outbox_subject", "si", "last"),
    ("payment_block", "s", "state order_id changed_at"),
    ("claim", "si", "line state outside_cohort sealed changed_at"),
    ("claim_event", "si", ""),
    ("benefit", "si", "code person chosen_at"),
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

/// Roles are the whole cluster's: whoever makes one does so alone.
pub(crate) static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// A released wave on PostgreSQL, and the URL under which the role logs in to it.
fn as_role() -> (Cast, String) {
    let cast = cast(Backend::Postgres, 1);
    let wave = draft(&cast, 2, 10);
    cast.stage.store.write(|tx| word(tx, wave)).unwrap();
    cast.stage.store.write(|tx| tx.release(wave, &STATEMENT, at(10))).unwrap();
    cast.stage.store.write(|tx| tx.put_agency(&agency(1))).unwrap();
    stock(&cast.stage.store, 1, 1, 3);
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

/// The role that this URL logs in as may do these things, and nothing else on any table.
pub(crate) fn assert_open(url: &str, expected: &[(&str, &str, &str)]) {
    let tried = by_hand(url, TRIES).unwrap();
    let mut open: BTreeMap<&str, _> =
        expected.iter().map(|(table, may, columns)| (*table, (*may, *columns))).collect();
    let mut tables = 0;
    for row in tried.lines() {
        let (found, all) = row.rsplit_once('/').unwrap();
        let (table, rest) = found.split_once(' ').unwrap();
        let (may, columns) = rest.split_once(' ').unwrap();
        let (allowed, updates) = open.remove(table).unwrap_or_default();
        assert_eq!(may, allowed, "{table}");
        let columns: BTreeSet<&str> = columns.split_whitespace().collect();
        if updates == "*" {
            assert_eq!(columns.len(), all.parse::<usize>().unwrap(), "{table}");
        } else {
            assert_eq!(columns, updates.split_whitespace().collect(), "{table}");
        }
        tables += 1;
    }
    assert_eq!(open.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "no such table");
    assert!(tables > expected.len() + 15, "{tables}");
}

#[test]
fn the_role_may_do_what_is_listed_and_nothing_else() {
    let (cast, url) = as_role();
    assert_open(&url, &OPEN);
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

/// All that becomes of a case on the page: a place is found for it, it is proven, held, and taken back.
fn replacing(tx: &mut Tx<'_>, case: &ReplacementCase) -> Result<(), StoreError> {
    let (agency, product) = (agency_id(1), PRODUCT.to_owned());
    let book = Place { agency, product, day: day(1), hour: 9 };
    tx.end_days(day(0))?;
    assert!(tx.hold_places(agency, PRODUCT, day(1), 1)?);
    assert_eq!(tx.free_places(agency, PRODUCT, day(2), 1)?, 0);
    assert_eq!(go_in(tx, case, Event::Book, State::Booked, PlaceChange::Book(book))?, Moved::Done);
    assert!(tx.rank_case(case.incident, case.id, Tier::AtRisk, Some(Person::Adult))?);
    let proof = CaseProof {
        no: 0,
        kind: ProofKind::Identity,
        passed: true,
        by: None,
        terminal: None,
        agency: None,
        made_at: at(1),
        used_at: None,
    };
    tx.add_case_proof(case.incident, case.id, &proof)?;
    let notice = NewCaseNotice {
        incident: case.incident,
        of: case.id.into(),
        kind: CaseNoticeKind::Visit,
        channel: CaseChannel::Email,
        about: 1,
        recipient: Recipient::Holder,
        changed_since: false,
        lately: Lately::Stayed,
        to: [1; 16],
        sealed: vec![1],
        at: at(1),
    };
    assert!(tx.add_case_notice(&notice)?);
    assert_eq!(tx.drop_case_notices(case.incident, case.id, &[CaseNoticeKind::Visit], at(2))?, 1);
    let hold = LineHold {
        number: [1; 16],
        raised_at: at(1),
        by: None,
        reason: "not_me".to_owned(),
        case: Some((case.incident, case.id)),
        cleared: None,
        owner_agreed_at: None,
    };
    assert!(tx.raise_line_hold(&hold)?);
    assert!(tx.agree_to_clear(&[1; 16], at(2))?);
    assert!(tx.looks_of_number(&[1; 16], at(0))?.is_empty());
    assert_eq!(tx.failed_proofs(case.incident, case.line, at(0))?, 0);
    tx.put_check_in_code(&[1; 16], case.incident, case.id)?;
    assert_eq!(tx.check_in_case(&[1; 16])?, Some((case.incident, case.id)));
    let code =
        CallCode { code: [1; 32], case: (case.incident, case.id), salt: [1; 16], until: at(9) };
    for _ in 0..2 {
        assert!(tx.show_call_code(&code, at(2))?);
    }
    assert_eq!(tx.call_code_of(case.incident, case.id, at(3))?, Some(code));
    tx.put_order(&NewOrder {
        id: OrderId::from_bytes([1; 16]),
        kind: order::Kind::Lift,
        sealed: vec![1],
        incident: None,
        subject: Some([3; 16]),
        at: at(1),
    })?;
    let now = tx.replacement(case.incident, case.id)?.unwrap();
    assert_eq!(go_in(tx, &now, Event::Cancel, State::Cancelled, PlaceChange::Leave)?, Moved::Done);
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
        kind: About::Loss,
        source: Source::Customer,
        reference: None,
        appeal_until: None,
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
        also_by: None,
        at: at(2),
    };
    assert_eq!(tx.step_claim(&step)?, Some(1));
    let choice = Benefit {
        incident,
        line,
        group: "relief".to_owned(),
        code: "bill_discount".to_owned(),
        person,
        chosen_at: at(1),
        exported_at: None,
    };
    assert!(tx.choose_benefit(&choice)?);
    assert!(tx.choose_benefit(&Benefit { code: "device_discount".to_owned(), ..choice })?);
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
        let case = tx.replacements_of(incident, &[line])?.remove(0);
        assert_eq!(tx.case_events(incident, case.id)?.len(), 3);
        assert_eq!(tx.case_notices(incident, case.id)?.len(), 1);
        assert_eq!(tx.case_proofs(incident, case.id)?.len(), 1);
        assert_eq!(tx.agencies()?.len(), 1);
        assert_eq!(tx.agency_days(agency_id(1), PRODUCT, day(1), day(1))?.len(), 1);
        assert_eq!(tx.agency_hours(agency_id(1), day(1))?.len(), 1);
        assert!(tx.stock_count(agency_id(1), PRODUCT)?.is_some());
        assert!(tx.replacements_at(agency_id(1), PRODUCT, &[State::Waiting])?.is_empty());
        assert!(tx.card(card_id(1))?.is_some());
        assert!(tx.reserved_card(incident, case.id)?.is_none());
        assert!(tx.line_is_held(&[1; 16])?);
        assert_eq!(tx.sim_change(&[1; 16])?, None);
        assert_eq!(tx.protections_of(&[[1; 16]])?.len(), 1);
        assert_eq!(tx.claims_of(incident, person)?.len(), 1);
        assert_eq!(tx.benefits_of(incident, &[line])?.len(), 1);
        Ok(())
    });
    read.unwrap();
    let refused = store.write(|tx| tx.name_compromised(incident, &named())).unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    // What a card holds, who may swap what, and what a hold is good for.
    let denied = [
        store.read(|tx| tx.sealed_card(card_id(1)).map(drop)),
        store.write(|tx| tx.open_swap(&new_swap(1, 2, 1, 1)).map(drop)),
        store.write(|tx| tx.raise_sim_change(&[1; 16], at(1))),
        store.write(|tx| tx.clear_line_hold(&[1; 16], staff(2), at(9)).map(drop)),
        store.write(|tx| tx.reserve_card(&reservation(1, 1, 1)).map(drop)),
        store.read(|tx| tx.orders_in(OrderState::Due, 9).map(drop)),
    ];
    for refused in denied {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
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
