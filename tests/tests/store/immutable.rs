//! What must never change cannot be changed by hand either, with the database's own command line.

use rstest::rstest;
use serde_json::json;
use simrecall_core::access::StaffRole;
use simrecall_core::cohort::{Exposure, FactSet, Item, ItemSet};
use simrecall_core::id::EntryId;
use simrecall_core::incident::IncidentState;
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_store::StoreError;
use simrecall_store::cohort::{NewExposure, NewRevision, RevisionContent};
use simrecall_store::hold::HoldRelease;
use simrecall_store::journal::{NewEntry, sequence};
use simrecall_store::law::About;
use simrecall_store::lease::LeaseToken;
use simrecall_store::reject::{Reject, RejectedFile};
use simrecall_store::template::KeptTemplate;
use simrecall_tests::Backend;

use crate::stage::{Cast, at, by_hand, cast, line_id, person_id};
use crate::{law_stage, ledger_stage};

/// A row in each table of these rooms.
fn furnished(backend: Backend) -> Cast {
    let cast = cast(backend, 4);
    law_stage::employ(&cast.stage.store);
    law_stage::decide(&cast);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let new = NewRevision {
        incident,
        snapshot: cast.snapshot,
        provenance: "list".to_owned(),
        data_cutoff: at(0),
        created_at: at(0),
    };
    let no = store.write(|tx| tx.begin_revision(&new)).unwrap();
    let exposure = |n| Exposure {
        holder: person_id(keys, n),
        line: line_id(keys, n),
        facts: FactSet::new(ItemSet::EMPTY, ItemSet::EMPTY.with(Item::Imsi)),
        exposed_at: at(0),
    };
    let rows =
        (0..4).map(|n| Ok::<_, StoreError>(NewExposure { exposure: exposure(n), record: None }));
    store.load_exposures(keys, no, rows).unwrap();
    let (hash, lines) = store.hash_revision(incident, no).unwrap();
    let content = RevisionContent { hash, lines, unresolved: 0 };
    store.write(|tx| tx.finish_revision(incident, no, &content)).unwrap();
    let file = RejectedFile { incident, source: "exposure", sha256: [1; 32] };
    let reject = Reject { row: 1, column: "imsi".to_owned(), reason: "imsi.length".to_owned() };
    let template = KeptTemplate {
        sha256: [1; 32],
        kind: NoticeKind::Confirmed,
        language: Language::Korean,
        source: String::new(),
        added_at: at(0),
    };
    let entry = NewEntry {
        id: EntryId::from_bytes([1; 16]),
        incident: Some(incident),
        at: at(0),
        kind: "cohort.imported",
        actor: "staff:1",
        body: json!({}),
        salt: [1; 16],
    };
    let write = store.write(|tx| {
        tx.keep_rejects(&file, std::slice::from_ref(&reject))?;
        tx.keep_template(&template)?;
        tx.journal(&entry)
    });
    write.unwrap();
    sequence(store, LeaseToken([1; 16]), at(0), 1).unwrap();
    cast
}

#[rstest]
fn the_database_refuses_to_change_what_was_said(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    for (table, columns) in [
        ("incident", "code title compromised opened_at"),
        ("knowledge_time", "at what evidence anchors revision who recorded_at"),
        ("clock_selection", "anchor revision knowledge reason by_staff at"),
        ("clock_excuse", "rule scope until reason by_staff at"),
        ("block_decision", "rule kind until reason by_staff at"),
        ("determination", "trigger holds at who why by_staff recorded_at"),
        ("agreement", "about no staff role at"),
        ("legal_act", "duty rule scope at what by_staff recorded_at"),
        ("hold", "reason by_staff held_from"),
        ("fake", "text sender seen_at by_staff added_at"),
        (
            "posting",
            "page waves kind page_sha256 unknown_lines ground rule reason place starts_at days",
        ),
        ("observation", "at sha256 failure"),
        ("suppression", "bucket person reason note by_staff at"),
        (
            "filing",
            "as_of body_sha256 text html facts supplement_of late_reason created_by created_at",
        ),
        ("template", "kind language source added_at"),
        ("reject", "row_no column_name reason"),
        ("journal_entry", "at kind actor incident body salt leaf"),
        ("journal_leaf", "no leaf"),
        ("registry_snapshot", "as_of sha256 subscribers lines state"),
        ("subscriber", "language kind brand guardian contact country sealed"),
        ("line", "held_from held_to service msisdn_ix imsi_ix iccid_ix sealed"),
        ("revision", "snapshot sha256 lines unresolved provenance data_cutoff state"),
        ("exposure", "holder line possible confirmed exposed_at sealed"),
    ] {
        let expected = format!("{table} rows are immutable");
        let rows = by_hand(&cast.stage.url, &format!("SELECT count(*) > 0 FROM {table}")).unwrap();
        assert!(
            ["1", "t"].contains(&rows.as_str()),
            "{table} is empty: the test would prove nothing"
        );
        for column in columns.split(' ') {
            let change = format!("UPDATE {table} SET {column} = {column}");
            let refused = by_hand(&cast.stage.url, &change).expect_err(&change);
            assert!(refused.contains(&expected), "{change}: {refused}");
        }
        let delete = format!("DELETE FROM {table}");
        let refused = by_hand(&cast.stage.url, &delete).expect_err(&delete);
        // PostgreSQL looks at what refers to the rows before it looks at the rows.
        let reason = ["rows are immutable", "violates foreign key constraint"];
        assert!(reason.iter().any(|words| refused.contains(words)), "{delete}: {refused}");
        if backend == Backend::Postgres {
            let truncate = format!("TRUNCATE {table} CASCADE");
            let refused = by_hand(&cast.stage.url, &truncate).expect_err(&truncate);
            assert!(refused.contains("rows are immutable"), "{truncate}: {refused}");
        }
    }
}

#[rstest]
fn a_revision_that_is_ready_takes_no_row_by_hand(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    for (table, columns) in [
        ("exposure", "incident, revision, holder, line, possible, confirmed, exposed_at, sealed"),
        ("subscriber", "incident, snapshot, id, language, kind, brand, sealed"),
        ("line", "incident, snapshot, holder, line, held_from, service, msisdn_ix, sealed"),
    ] {
        // Another bucket than any row has, so that the key would allow it.
        let insert = format!(
            "INSERT INTO {table} (bucket, {columns}) SELECT -1, {columns} FROM {table} LIMIT 1"
        );
        let refused = by_hand(&cast.stage.url, &insert).expect_err(&insert);
        assert!(refused.contains(&format!("{table} rows are immutable")), "{insert}: {refused}");
    }
}

#[rstest]
fn the_people_of_an_incident_that_is_erased_can_go(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let id = cast.keys.incident();
    let store = &cast.stage.store;
    for (n, role) in [(1, StaffRole::Legal), (2, StaffRole::Privacy)] {
        let one = law_stage::agreement(n, role);
        store.write(|tx| tx.agree(id, About::HoldRelease, 1, &one)).unwrap();
    }
    let end = HoldRelease { at: at(9), by: law_stage::staff(1), reason: "settled".to_owned() };
    store.write(|tx| tx.release_hold(id, 1, &end)).unwrap();
    store.write(|tx| tx.set_incident_state(id, IncidentState::Erasing)).unwrap();
    for table in
        ["exposure", "line", "subscriber", "revision", "registry_snapshot", "reject", "suppression"]
    {
        let delete = format!("DELETE FROM {table}");
        by_hand(&cast.stage.url, &delete).expect(&delete);
    }
    for table in ["incident", "journal_entry", "template", "hold", "filing", "clock_selection"] {
        by_hand(&cast.stage.url, &format!("DELETE FROM {table}")).unwrap_err();
    }
}

#[rstest]
fn the_words_of_a_released_wave_stay(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let wave = ledger_stage::draft(&cast, 3, 10);
    let (store, url) = (&cast.stage.store, &cast.stage.url);
    store.write(|tx| law_stage::word(tx, wave)).unwrap();
    store.write(|tx| tx.release(wave, &ledger_stage::STATEMENT, at(10))).unwrap();
    for (table, columns) in [
        ("wording", "sha256 kind language rung role subject pieces gaps sender window_from"),
        ("message_code", "code wave chunk pos"),
        ("brand_list", "file_sha256 targets by_staff at"),
        ("brand_result", "file_sha256 results by_staff at"),
    ] {
        let refusal = format!("{table} rows are immutable");
        for column in columns.split(' ') {
            let change = format!("UPDATE {table} SET {column} = {column}");
            assert!(by_hand(url, &change).expect_err(&change).contains(&refusal), "{change}");
        }
        let delete = format!("DELETE FROM {table}");
        assert!(by_hand(url, &delete).expect_err(&delete).contains(&refusal), "{delete}");
    }
    let id = cast.keys.incident();
    store.write(|tx| tx.set_incident_state(id, IncidentState::Erasing)).unwrap();
    for table in ["brand_result", "brand_list", "message_code", "wording"] {
        let delete = format!("DELETE FROM {table}");
        by_hand(url, &delete).expect(&delete);
    }
}
