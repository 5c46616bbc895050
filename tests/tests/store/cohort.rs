//! Revisions: immutable, hashed in one order, compared in SQL.

use rstest::rstest;
use simrecall_core::cohort::{Diff, Exposure, FactSet, Item, ItemSet};
use simrecall_core::id::RevisionNo;
use simrecall_store::cohort::{NewExposure, NewRevision, RevisionContent, RevisionState};
use simrecall_store::{BucketRange, StoreError};
use simrecall_tests::Backend;

use crate::stage::{Cast, at, cast, line_id, person_id};

fn exposure(cast: &Cast, n: usize, items: &[Item]) -> NewExposure {
    let facts = FactSet::new(ItemSet::EMPTY, items.iter().copied().collect());
    let (holder, line) = (person_id(&cast.keys, n), line_id(&cast.keys, n));
    let exposure = Exposure { holder, line, facts, exposed_at: at(-100) };
    NewExposure { exposure, record: None }
}

pub(crate) fn begin(cast: &Cast) -> RevisionNo {
    let new = NewRevision {
        incident: cast.keys.incident(),
        snapshot: cast.snapshot,
        provenance: "list of the joint team".to_owned(),
        data_cutoff: at(-10),
        created_at: at(1),
    };
    cast.stage.store.write(|tx| tx.begin_revision(&new)).unwrap()
}

fn load(cast: &Cast, no: RevisionNo, rows: impl IntoIterator<Item = NewExposure>) -> u64 {
    let rows = rows.into_iter().map(Ok::<_, StoreError>);
    cast.stage.store.load_exposures(&cast.keys, no, rows).unwrap()
}

fn finish(cast: &Cast, no: RevisionNo) -> RevisionContent {
    let incident = cast.keys.incident();
    let (hash, lines) = cast.stage.store.hash_revision(incident, no).unwrap();
    let content = RevisionContent { hash, lines, unresolved: 2 };
    cast.stage.store.write(|tx| tx.finish_revision(incident, no, &content)).unwrap();
    content
}

#[rstest]
fn the_hash_does_not_depend_on_the_order_of_the_file(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let (first, second) = (begin(&cast), begin(&cast));
    assert_eq!((first, second), (RevisionNo(1), RevisionNo(2)));
    // 45,000 rows take more than one page and more than one batch.
    assert_eq!(load(&cast, first, (0..45_000).map(|n| exposure(&cast, n, &[Item::Imsi]))), 45_000);
    load(&cast, second, (0..45_000).rev().map(|n| exposure(&cast, n, &[Item::Imsi])));
    let (one, two) = (finish(&cast, first), finish(&cast, second));
    assert_eq!((one.hash, one.lines), (two.hash, 45_000));
    let latest = store.read(|tx| tx.latest_revision(incident)).unwrap().unwrap();
    assert_eq!((latest.no, latest.lines, latest.unresolved), (second, 45_000, 2));
    assert_eq!((latest.hash, latest.state), (Some(two.hash), RevisionState::Ready));
    assert_eq!(
        (latest.data_cutoff, latest.provenance.as_str()),
        (at(-10), "list of the joint team")
    );
    let mut ids = Vec::new();
    let visit = |exposure: &Exposure| {
        ids.push((exposure.holder, exposure.line));
        Ok::<_, StoreError>(())
    };
    store.each_exposure(incident, first, visit).unwrap();
    assert_eq!(ids.len(), 45_000);
    assert!(ids.is_sorted());
}

#[rstest]
fn a_difference_is_counted_by_line(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let (older, newer) = (begin(&cast), begin(&cast));
    load(&cast, older, (0..10).map(|n| exposure(&cast, n, &[Item::Imsi])));
    let kept = (2..10).map(|n| match n {
        2..5 => exposure(&cast, n, &[Item::Imsi, Item::Msisdn]),
        _ => exposure(&cast, n, &[Item::Imsi]),
    });
    load(&cast, newer, kept.chain((10..14).map(|n| exposure(&cast, n, &[Item::Imsi]))));
    let diff = |from, to| store.read(|tx| tx.diff(incident, from, to)).unwrap();
    assert_eq!(diff(older, newer), Diff { added: 4, removed: 2, changed: 3, unchanged: 5 });
    assert_eq!(diff(newer, older), Diff { added: 2, removed: 4, changed: 3, unchanged: 5 });
    assert!(diff(newer, newer).is_empty());
    assert_eq!(diff(RevisionNo(9), older).added, 10);
}

#[rstest]
fn exposures_read_back_by_range_and_holder(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let no = begin(&cast);
    let mut all: Vec<_> = (0..100).map(|n| exposure(&cast, n, &[Item::Imsi])).collect();
    all[3].exposure.facts = FactSet::new(ItemSet::EMPTY.with(Item::Imei), ItemSet::EMPTY);
    all[3].record = Some(b"{\"imei\":\"...\"}".to_vec());
    load(&cast, no, all.clone());
    let three = all[3].exposure;
    let of = store.read(|tx| tx.exposures_of(incident, no, three.holder)).unwrap();
    assert_eq!(of, [three]);
    let sealed = |n: usize| {
        let Exposure { holder, line, .. } = all[n].exposure;
        store.read(|tx| tx.sealed_exposure(incident, no, holder, line)).unwrap()
    };
    assert_eq!(sealed(4), None);
    let record = sealed(3).unwrap();
    assert!(!record.windows(4).any(|bytes| bytes == b"imei"));
    let mut read: Vec<_> = BucketRange::covering(100, 10)
        .flat_map(|range| store.read(|tx| tx.exposures_in(incident, no, range)).unwrap())
        .collect();
    read.sort_unstable_by_key(|exposure| (exposure.holder, exposure.line));
    let mut expected: Vec<_> = all.iter().map(|new| new.exposure).collect();
    expected.sort_unstable_by_key(|exposure| (exposure.holder, exposure.line));
    assert_eq!(read, expected);
}

#[rstest]
fn a_batch_of_lines_has_the_facts_of_one_revision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let (older, newer) = (begin(&cast), begin(&cast));
    load(&cast, older, (0..1_500).map(|n| exposure(&cast, n, &[Item::Imsi])));
    load(&cast, newer, (0..3).map(|n| exposure(&cast, n, &[Item::Imsi, Item::Imei])));
    let at = |no, lines: &[_]| store.read(|tx| tx.exposures_at(incident, no, lines)).unwrap();
    for asked in [0, 1, 1_000, 1_001, 1_500] {
        let all = (0..asked).map(|n| exposure(&cast, n, &[Item::Imsi]).exposure);
        let mut expected: Vec<_> = all.collect();
        let lines: Vec<_> = expected.iter().map(|of| (of.holder, of.line)).collect();
        expected.sort_unstable_by_key(|of| (of.holder, of.line));
        assert_eq!(at(older, &lines), expected, "{asked}");
    }
    let one = exposure(&cast, 1, &[Item::Imsi, Item::Imei]).exposure;
    let absent = exposure(&cast, 7, &[]).exposure;
    // Asked twice, answered once; a line with somebody else's holder is no line of the revision.
    let asked = [(one.holder, one.line), (absent.holder, absent.line), (one.holder, one.line)];
    assert_eq!(at(newer, &asked), [one]);
    assert_eq!(at(newer, &[(one.holder, absent.line), (absent.holder, one.line)]), []);
    assert_eq!(at(RevisionNo(9), &asked), []);
}

#[rstest]
fn a_draft_that_changed_after_hashing_is_not_finished(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let no = begin(&cast);
    load(&cast, no, [exposure(&cast, 0, &[Item::Imsi])]);
    let (hash, lines) = store.hash_revision(incident, no).unwrap();
    load(&cast, no, [exposure(&cast, 1, &[Item::Imsi])]);
    let content = RevisionContent { hash, lines, unresolved: 0 };
    let refused = store.write(|tx| tx.finish_revision(incident, no, &content)).unwrap_err();
    assert!(matches!(refused, StoreError::State(_)), "{refused:?}");
    finish(&cast, no);
    let again = store
        .write(|tx| tx.finish_revision(incident, no, &RevisionContent { lines: 2, ..content }));
    assert!(again.unwrap_err().is_not_found());
}

#[rstest]
fn a_line_that_is_there_twice_is_a_conflict(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let no = begin(&cast);
    let rows = [0, 1, 0].map(|n| Ok::<_, StoreError>(exposure(&cast, n, &[Item::Imsi])));
    let refused = cast.stage.store.load_exposures(&cast.keys, no, rows).unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
}

#[rstest]
fn a_draft_goes_and_a_ready_revision_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let ready = begin(&cast);
    load(&cast, ready, (0..5).map(|n| exposure(&cast, n, &[Item::Imsi])));
    let content = finish(&cast, ready);
    let draft = begin(&cast);
    load(&cast, draft, (0..5).map(|n| exposure(&cast, n, &[Item::Imsi])));
    store.drop_draft_revision(incident, draft).unwrap();
    assert!(store.drop_draft_revision(incident, ready).unwrap_err().is_immutable());
    let more = [Ok::<_, StoreError>(exposure(&cast, 9, &[Item::Imsi]))];
    assert!(store.load_exposures(&cast.keys, ready, more).unwrap_err().is_immutable());
    let left = store.read(|tx| tx.revisions(incident)).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(store.hash_revision(incident, ready).unwrap(), (content.hash, 5));
}
