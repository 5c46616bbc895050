//! Postings, suppressions and brands' lists.

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_store::law::About;
use simrecall_store::posting::{NewPosting, Observation, Posting, Seen};
use simrecall_store::suppression::{Lift, Suppression};
use simrecall_store::{BucketRange, StoreError};
use simrecall_tests::Backend;

use crate::law_stage::{agreement, brand_file, employ, posting, staff, suppression};
use crate::ledger_stage::draft;
use crate::stage::{at, by_hand, cast, person_id};

#[rstest]
fn a_posting_is_looked_at_and_closed_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let bare = NewPosting { waves: vec![], ..posting() };
    assert_eq!(store.write(|tx| tx.start_posting(id, &posting())).unwrap(), 1);
    assert_eq!(store.write(|tx| tx.start_posting(id, &bare)).unwrap(), 2);
    let page = Observation { at: at(5), seen: Seen::Page([7; 32]) };
    let gone = Observation { at: at(6), seen: Seen::Failure("no answer".to_owned()) };
    let observe = |of, one| store.write(|tx| tx.observe(id, of, one));
    assert_eq!([observe(1, &page), observe(1, &gone), observe(2, &gone)], [Ok(1), Ok(2), Ok(1)]);
    observe(3, &page).unwrap_err();
    assert_eq!(store.read(|tx| tx.observations(id, 1)).unwrap(), [page, gone]);
    let close = |no| store.write(|tx| tx.close_posting(id, no, at(90), staff(2)));
    close(1).unwrap();
    assert!(matches!(close(1), Err(StoreError::State(_))));
    assert!(matches!(close(3), Err(StoreError::State(_))));
    let first = Posting { no: 1, new: posting(), closed: Some((at(90), staff(2))) };
    let second = Posting { no: 2, new: bare, closed: None };
    assert_eq!(store.read(|tx| tx.postings(id)).unwrap(), [first, second]);
    let reopen = "UPDATE posting SET closed_at = NULL, closed_by = NULL";
    let refused = by_hand(&cast.stage.url, reopen).unwrap_err();
    assert!(refused.contains("posting rows are immutable"), "{refused}");
}

#[rstest]
fn a_suppression_counts_from_the_second_agreement_until_it_is_lifted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    employ(store);
    for n in [0, 1] {
        store.write(|tx| tx.add_suppression(id, &suppression(&cast, n))).unwrap();
    }
    let agree = |no, n, role| {
        let one = agreement(n, role);
        store.write(|tx| tx.agree(id, About::Suppression, no, &one)).unwrap();
    };
    let active = |range| {
        let found = store.read(|tx| tx.active_suppressions(id, range)).unwrap();
        found.into_iter().map(|kept| kept.row.person).collect::<Vec<_>>()
    };
    agree(1, 1, StaffRole::Legal);
    agree(2, 2, StaffRole::Privacy);
    assert_eq!(active(BucketRange::ALL), []);
    agree(1, 2, StaffRole::Privacy);
    let person = person_id(&cast.keys, 0);
    assert_eq!(active(BucketRange::ALL), [person]);
    assert_eq!(active(BucketRange::one(person.bucket())), [person]);
    let ranges = BucketRange::covering(10_000, 100);
    assert_eq!(ranges.flat_map(active).collect::<Vec<_>>(), [person]);

    let lift = Lift { at: at(50), by: staff(3), reason: "they are safe".to_owned() };
    store.write(|tx| tx.lift_suppression(id, 1, &lift)).unwrap();
    let again = store.write(|tx| tx.lift_suppression(id, 1, &lift));
    assert!(matches!(again, Err(StoreError::State(_))));
    assert_eq!(active(BucketRange::ALL), []);
    let all = store.read(|tx| tx.suppressions(id)).unwrap();
    let lifted = Suppression { lifted: Some(lift), ..suppression(&cast, 0) };
    assert_eq!((&all[0].row, &all[1].row), (&lifted, &suppression(&cast, 1)));
    assert_eq!(
        all.iter().map(|kept| (kept.no, kept.agreed.len())).collect::<Vec<_>>(),
        [(1, 2), (2, 1)]
    );
    let back = "UPDATE suppression SET lifted_at = NULL, lifted_by = NULL, lift_reason = NULL";
    let refused = by_hand(&cast.stage.url, back).unwrap_err();
    assert!(refused.contains("suppression rows are immutable"), "{refused}");
}

#[rstest]
fn a_file_of_results_counts_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let store = &cast.stage.store;
    let wave = draft(&cast, 2, 10);
    let list = |n| store.write(|tx| tx.add_brand_list(&brand_file(wave, n)));
    let take = |n| store.write(|tx| tx.add_brand_result(&brand_file(wave, n)));
    assert_eq!([list(1), list(1), take(7), take(8)], [Ok(1), Ok(2), Ok(1), Ok(2)]);
    assert!(take(7).unwrap_err().is_conflict());
    let lists = store.read(|tx| tx.brand_lists(wave)).unwrap();
    assert_eq!(lists, [(1, brand_file(wave, 1)), (2, brand_file(wave, 1))]);
    let results = store.read(|tx| tx.brand_results(wave)).unwrap();
    assert_eq!(results, [(1, brand_file(wave, 7)), (2, brand_file(wave, 8))]);
}
