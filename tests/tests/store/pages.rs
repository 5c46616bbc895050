//! Lists read page by page: nothing is left out, and nothing comes twice, wherever a page ends.

use rstest::rstest;
use simrecall_core::claim::StateKind as Step;
use simrecall_core::id::ClaimId;
use simrecall_core::replacement::State;
use simrecall_store::StoreError;
use simrecall_store::benefit::Benefit;
use simrecall_store::claim::Claim;
use simrecall_store::replacement::ReplacementCase;
use simrecall_tests::Backend;

use crate::customers::claim;
use crate::replacement_stage::{agencies, case, here};
use crate::stage::{at, cast, line_id, person_id};

/// Reads all of it in pages of so many, from behind the last row of each.
fn turned<T, K>(
    limit: i64,
    mut read: impl FnMut(Option<K>, i64) -> Result<Vec<T>, StoreError>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = read(after, limit).unwrap();
        assert!(i64::try_from(page.len()).unwrap() <= limit);
        let Some(last) = page.last() else { return all };
        after = Some(key(last));
        all.extend(page);
    }
}

#[rstest]
fn cases_of_one_moment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = agencies(backend);
    let store = &stage.store;
    let mut all: Vec<ReplacementCase> = (1..=7)
        .map(|n| {
            // Three at a moment, the later name first.
            let then = at(i64::from((7 - n) / 3));
            ReplacementCase { applied_at: then, changed_at: then, ..case(n) }
        })
        .collect();
    for one in &all {
        assert!(store.write(|tx| tx.apply_for_replacement(one)).unwrap());
    }
    all.sort_by_key(|one| (one.applied_at, one.id));
    for limit in 1..=8 {
        let page = |after, limit| {
            store.read(|tx| tx.replacements_after(here(), State::Applied, after, limit))
        };
        assert_eq!(turned(limit, page, |one| (one.applied_at, one.id)), all, "pages of {limit}");
    }
    let other = store.read(|tx| tx.replacements_after(here(), State::Waiting, None, 9)).unwrap();
    assert_eq!(other, []);
}

#[rstest]
fn claims_of_one_moment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let new = |n: u8| {
        let then = at(i64::from((7 - n) / 3));
        let id = ClaimId::from_bytes([n; 16]);
        Claim { id, made_at: then, changed_at: then, ..claim(&cast, n) }
    };
    let mut all: Vec<Claim> = (1..=7).map(new).collect();
    for one in &all {
        store.write(|tx| tx.draft_claim(one)).unwrap();
    }
    all.sort_by_key(|one| (one.made_at, one.id));
    let all: Vec<_> = all.iter().map(|one| (one.made_at, one.id)).collect();
    for limit in 1..=8 {
        let page = |after, limit| {
            store.read(|tx| tx.claims_after(id, &[Step::Draft, Step::Submitted], after, limit))
        };
        let read = turned(limit, page, |one| (one.made_at, one.id));
        let read: Vec<_> = read.iter().map(|one| (one.made_at, one.id)).collect();
        assert_eq!(read, all, "pages of {limit}");
    }
    assert_eq!(store.read(|tx| tx.claims_after(id, &[Step::Paid], None, 9)).unwrap(), []);
}

#[rstest]
fn choices_of_one_line(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 3);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    for line in 0..3 {
        for group in ["a", "b", "c"] {
            let choice = Benefit {
                incident: id,
                line: line_id(&cast.keys, line),
                group: group.to_owned(),
                code: "relief".to_owned(),
                person: person_id(&cast.keys, line),
                chosen_at: at(1),
                exported_at: None,
            };
            assert!(store.write(|tx| tx.choose_benefit(&choice)).unwrap());
        }
    }
    let all = store.read(|tx| tx.benefits(id)).unwrap();
    assert_eq!(all.len(), 9);
    for limit in 1..=10 {
        let page = |after: Option<(_, String)>, limit| {
            let after = after.as_ref().map(|(line, group)| (*line, group.as_str()));
            store.read(|tx| tx.benefits_after(id, after, limit))
        };
        assert_eq!(turned(limit, page, |one| (one.line, one.group.clone())), all);
    }
}
