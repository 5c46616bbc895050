//! Derivations, evidence, and what the one says to the other.

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::cohort::{Exposure, FactSet, Item, ItemSet, RevisionHash};
use simrecall_core::id::{RevisionNo, StaffId};
use simrecall_core::incident::IncidentState;
use simrecall_store::StoreError;
use simrecall_store::cohort::RevisionContent;
use simrecall_store::derivation::{
    Derivation, EvidenceLine, EvidenceRecord, EvidenceRow, EvidenceSource, EvidenceVerdict,
    MOST_EVIDENCE, NewEvidence, Verdict, Withdrawal,
};
use simrecall_store::law::Agreement;
use simrecall_store::permit::OpenError;
use simrecall_tests::Backend;

use crate::cohort::begin;
use crate::law_stage::agreement;
use crate::registry::permit;
use crate::stage::{Cast, at, by_hand, cast, line_id, person_id};

fn finish(cast: &Cast, no: RevisionNo) {
    let content = RevisionContent { hash: RevisionHash([3; 32]), lines: 0, unresolved: 0 };
    cast.stage.store.write(|tx| tx.finish_revision(cast.keys.incident(), no, &content)).unwrap();
}

fn derivation(cast: &Cast, revision: RevisionNo) -> Derivation {
    Derivation {
        incident: cast.keys.incident(),
        revision,
        rules: "id = \"simrecall-1\"\n".to_owned(),
        rules_sha256: [7; 32],
        manifest: "{\"files\":[]}".to_owned(),
        brought: "{}".to_owned(),
    }
}

fn evidence(cast: &Cast, people: impl IntoIterator<Item = usize>) -> NewEvidence {
    let said = |n| EvidenceLine {
        exposure: Exposure {
            holder: person_id(&cast.keys, n),
            line: line_id(&cast.keys, n),
            facts: FactSet::new(
                ItemSet::EMPTY.with(Item::Imei),
                ItemSet::EMPTY.with(Item::Imsi).with(Item::PaymentLoss),
            ),
            exposed_at: at(-50),
        },
        record: (n % 2 == 0).then(|| EvidenceRecord { note: format!("file 2025-{n}") }),
    };
    NewEvidence {
        source: EvidenceSource::Police,
        by: StaffId::from_bytes([1; 16]),
        at: at(5),
        lines: people.into_iter().map(said).collect(),
    }
}

fn put(cast: &Cast, new: &NewEvidence) -> Result<i32, StoreError> {
    cast.stage.store.write(|tx| tx.put_evidence(&cast.keys, new))
}

fn rows(cast: &Cast) -> Vec<EvidenceRow> {
    cast.stage.store.read(|tx| tx.evidence(cast.keys.incident())).unwrap()
}

/// A verdict on every row there is.
fn judge(
    cast: &Cast,
    no: RevisionNo,
    verdict: Verdict,
) -> Result<Vec<EvidenceVerdict>, StoreError> {
    let verdicts: Vec<_> =
        rows(cast).iter().map(|row| EvidenceVerdict { key: row.key(), verdict }).collect();
    cast.stage.store.write(|tx| tx.put_verdicts(cast.keys.incident(), no, &verdicts))?;
    Ok(verdicts)
}

/// A ready derived revision, evidence, a verdict.
fn furnished(backend: Backend) -> Cast {
    let cast = cast(backend, 3);
    let no = begin(&cast);
    cast.stage.store.write(|tx| tx.put_derivation(&derivation(&cast, no))).unwrap();
    finish(&cast, no);
    put(&cast, &evidence(&cast, 0..3)).unwrap();
    judge(&cast, no, Verdict::Inside).unwrap();
    withdraw(&cast, 1, &agreement(1, StaffRole::Security)).unwrap();
    cast
}

fn withdraw(cast: &Cast, no: i32, by: &Agreement) -> Result<(), StoreError> {
    let new = Withdrawal { no, reason: "taken back".to_owned(), by: *by };
    cast.stage.store.write(|tx| tx.withdraw_evidence(cast.keys.incident(), &new))
}

#[rstest]
fn a_list_counts_until_two_roles_have_taken_it_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let second = put(&cast, &evidence(&cast, 3..5)).unwrap();
    assert_eq!(rows(&cast).len(), 5, "one alone takes nothing back");
    assert!(withdraw(&cast, 1, &agreement(1, StaffRole::Privacy)).unwrap_err().is_conflict());
    withdraw(&cast, 1, &agreement(2, StaffRole::Security)).unwrap();
    assert_eq!(rows(&cast).len(), 5, "nor do two of one role");
    withdraw(&cast, 1, &agreement(3, StaffRole::Privacy)).unwrap();
    assert!(rows(&cast).iter().all(|row| row.no == second));
    let store = &cast.stage.store;
    let all = store.read(|tx| tx.evidence_withdrawals(cast.keys.incident())).unwrap();
    let roles: Vec<_> = all.iter().map(|one| (one.no, one.by.role, one.reason.as_str())).collect();
    let (security, privacy) = (StaffRole::Security, StaffRole::Privacy);
    let taken = "taken back";
    assert_eq!(roles, [(1, security, taken), (1, security, taken), (1, privacy, taken)]);
    let missing = withdraw(&cast, 9, &agreement(1, StaffRole::Security)).unwrap_err();
    assert!(matches!(missing, StoreError::NotFound(_)), "{missing}");
    assert_eq!(put(&cast, &evidence(&cast, [7])).unwrap(), 3, "numbers are not used again");
}

#[rstest]
fn a_derivation_reads_back_and_the_latest_is_that_of_a_ready_revision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let latest = || store.read(|tx| tx.latest_derivation(incident)).unwrap();
    assert_eq!(latest(), None);
    let first = begin(&cast);
    let made = derivation(&cast, first);
    store.write(|tx| tx.put_derivation(&made)).unwrap();
    assert!(store.write(|tx| tx.put_derivation(&made)).unwrap_err().is_conflict());
    assert_eq!(latest(), None, "a draft is no derivation yet");
    finish(&cast, first);
    assert_eq!(latest(), Some(made.clone()));
    // A list has come since, and another draft is being derived.
    let list = begin(&cast);
    finish(&cast, list);
    let draft = begin(&cast);
    let other = Derivation { rules_sha256: [8; 32], ..derivation(&cast, draft) };
    store.write(|tx| tx.put_derivation(&other)).unwrap();
    assert_eq!(latest(), Some(made.clone()));
    let of = |no| store.read(|tx| tx.derivation(incident, no)).unwrap();
    assert_eq!([of(first), of(list), of(draft)], [Some(made), None, Some(other)]);
}

#[rstest]
fn a_ready_revision_takes_no_derivation(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let no = begin(&cast);
    finish(&cast, no);
    let late = |no| cast.stage.store.write(|tx| tx.put_derivation(&derivation(&cast, no)));
    assert!(late(no).unwrap_err().is_immutable());
    late(RevisionNo(9)).unwrap_err();
}

#[rstest]
fn a_draft_goes_with_its_derivation_and_verdicts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let draft = begin(&cast);
    store.write(|tx| tx.put_derivation(&derivation(&cast, draft))).unwrap();
    judge(&cast, draft, Verdict::Unexplained).unwrap();
    store.drop_draft_revision(incident, draft).unwrap();
    assert_eq!(store.read(|tx| tx.derivation(incident, draft)).unwrap(), None);
    assert_eq!(store.read(|tx| tx.verdicts(incident, draft)).unwrap(), []);
    // What is ready stays whole.
    let ready = RevisionNo(1);
    assert!(store.drop_draft_revision(incident, ready).unwrap_err().is_immutable());
    assert!(store.read(|tx| tx.derivation(incident, ready)).unwrap().is_some());
    assert_eq!(store.read(|tx| tx.verdicts(incident, ready)).unwrap().len(), 3);
}

#[rstest]
fn evidence_reads_back_in_order_and_its_notes_open_under_a_permit(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    assert_eq!(rows(&cast), []);
    // 3,000 rows take more than one statement on SQLite.
    let police = evidence(&cast, 0..3_000);
    let claim = NewEvidence { source: EvidenceSource::Claim, at: at(9), ..evidence(&cast, [2, 1]) };
    assert_eq!([put(&cast, &police), put(&cast, &claim)], [Ok(1), Ok(2)]);
    let kept = rows(&cast);
    assert_eq!(kept.len(), 3_002);
    assert!(kept.is_sorted_by_key(EvidenceRow::key));
    let mut enough = permit(&cast, 1_501);
    for row in &kept {
        let list = if row.no == 1 { &police } else { &claim };
        assert_eq!((row.source, row.by, row.at), (list.source, list.by, list.at));
        let said = list.lines.iter().find(|said| said.exposure == row.exposure).unwrap();
        assert_eq!(row.open(&mut enough, &cast.keys).unwrap(), said.record);
        let note = row.sealed.as_deref().unwrap_or_default();
        assert!(!note.windows(4).any(|bytes| bytes == b"2025"));
    }
    assert_eq!(enough.rows_left(), 0);
    // A note that was moved to another row does not open.
    let [one, other, ..] = kept.iter().filter(|row| row.sealed.is_some()).collect::<Vec<_>>()[..]
    else {
        panic!("two rows with a note");
    };
    let swapped = EvidenceRow { sealed: other.sealed.clone(), ..one.clone() };
    let refused = swapped.open(&mut permit(&cast, 1), &cast.keys).unwrap_err();
    assert!(matches!(refused, OpenError::Sealed { table: "evidence", .. }), "{refused:?}");
}

#[rstest]
fn a_line_stands_once_in_a_list_and_a_refused_list_leaves_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    assert!(put(&cast, &evidence(&cast, [0, 1, 0])).unwrap_err().is_conflict());
    assert_eq!(rows(&cast), []);
    assert_eq!(put(&cast, &evidence(&cast, [0])), Ok(1));
    let full = put(&cast, &evidence(&cast, 0..MOST_EVIDENCE)).unwrap_err();
    assert!(matches!(full, StoreError::State(_)), "{full:?}");
    assert_eq!(put(&cast, &evidence(&cast, 1..MOST_EVIDENCE)), Ok(2));
    assert_eq!(rows(&cast).len(), MOST_EVIDENCE);
}

#[rstest]
fn a_row_of_evidence_has_one_verdict_of_each_derivation(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let of = |no| store.read(|tx| tx.verdicts(incident, no)).unwrap();
    assert!(judge(&cast, RevisionNo(1), Verdict::Outside).unwrap_err().is_conflict());
    let second = begin(&cast);
    // Nothing was derived there: there is nothing to compare with.
    judge(&cast, second, Verdict::Outside).unwrap_err();
    store.write(|tx| tx.put_derivation(&derivation(&cast, second))).unwrap();
    let verdicts = judge(&cast, second, Verdict::Outside).unwrap();
    finish(&cast, second);
    assert_eq!(of(second), verdicts);
    assert!(of(RevisionNo(1)).iter().all(|of| of.verdict == Verdict::Inside));
    // Evidence that comes later is compared with the derivation there is.
    let late = EvidenceVerdict {
        key: {
            put(&cast, &evidence(&cast, [1])).unwrap();
            rows(&cast).last().unwrap().key()
        },
        verdict: Verdict::Unexplained,
    };
    store.write(|tx| tx.put_verdicts(incident, second, &[late])).unwrap();
    assert_eq!(of(second), [verdicts, vec![late]].concat());
    store.write(|tx| tx.put_verdicts(incident, second, &[])).unwrap();
}

#[rstest]
fn the_database_refuses_to_change_what_was_derived(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let url = &cast.stage.url;
    for (table, columns) in [
        ("evidence_withdrawal", "no staff role reason at"),
        ("evidence_verdict", "no line holder revision verdict"),
        ("evidence", "no line holder source possible confirmed exposed_at sealed by_staff at"),
        ("derivation", "revision rules rules_sha256 manifest brought"),
    ] {
        let refusal = format!("{table} rows are immutable");
        for column in columns.split(' ') {
            let change = format!("UPDATE {table} SET {column} = {column}");
            assert!(by_hand(url, &change).expect_err(&change).contains(&refusal), "{change}");
        }
        let delete = format!("DELETE FROM {table}");
        let refused = by_hand(url, &delete).expect_err(&delete);
        // PostgreSQL looks at what refers to the rows before it looks at the rows.
        let reason = ["rows are immutable", "violates foreign key constraint"];
        assert!(reason.iter().any(|words| refused.contains(words)), "{delete}: {refused}");
        if backend == Backend::Postgres {
            let truncate = format!("TRUNCATE {table} CASCADE");
            let refused = by_hand(url, &truncate).expect_err(&truncate);
            assert!(refused.contains("rows are immutable"), "{truncate}: {refused}");
        }
    }
}

#[rstest]
fn evidence_goes_with_an_incident_that_is_erased(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = furnished(backend);
    let erasing = IncidentState::Erasing;
    cast.stage.store.write(|tx| tx.set_incident_state(cast.keys.incident(), erasing)).unwrap();
    for table in ["evidence_withdrawal", "evidence_verdict", "evidence", "derivation", "revision"] {
        let delete = format!("DELETE FROM {table}");
        by_hand(&cast.stage.url, &delete).expect(&delete);
    }
}
