//! Places: never more booked than promised, never more promised than there.

use std::sync::Barrier;
use std::thread;

use rstest::rstest;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::queue::Tier;
use simrecall_core::replacement::{Event, State};
use simrecall_store::Store;
use simrecall_store::card::{CardMove, Reserved};
use simrecall_store::replacement::{Moved, PlaceChange};
use simrecall_tests::Backend;

use crate::replacement_stage::{
    PRODUCT, agencies, agency_id, applied, card_id, case, day, go, go_in, here, now, place,
    reserve, stock,
};
use crate::stage::at;

fn hold(store: &Store, on: i64, places: i64) -> bool {
    store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(on), places)).unwrap()
}

/// Held and booked of each day from 0 on; held of the whole count.
fn days(store: &Store) -> (Vec<(i64, i64)>, i64) {
    store
        .read(|tx| {
            let days = tx.agency_days(agency_id(1), PRODUCT, day(0), day(99))?;
            let count = tx.stock_count(agency_id(1), PRODUCT)?.unwrap();
            assert_eq!(tx.recount_stock(day(0))?, []);
            Ok((days.iter().map(|day| (day.held, day.booked)).collect(), count.held))
        })
        .unwrap()
}

fn hours(store: &Store, on: i64) -> Vec<(i16, i64)> {
    let hours = store.read(|tx| tx.agency_hours(agency_id(1), day(on))).unwrap();
    hours.iter().map(|hour| (hour.hour, hour.booked)).collect()
}

fn book(store: &Store, n: u32, on: i64, hour: i16) -> Moved {
    go(store, n, Event::Book, State::Booked, &place(1, on, hour))
}

#[rstest]
fn of_fifty_who_book_at_once_as_many_do_as_were_promised(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 41);
    assert!(hold(store, 1, 30));
    assert!(!hold(store, 2, 11));
    for n in 0..50 {
        applied(store, n);
    }
    let start = Barrier::new(50);
    let all: Vec<Moved> = thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|n| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    // Two desks take 24 in an hour.
                    book(store, n, 1, 9)
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let count = |what| all.iter().filter(|moved| **moved == what).count();
    assert_eq!((count(Moved::Done), count(Moved::HourFull)), (24, 26));
    assert_eq!((days(store), hours(store, 1)), ((vec![(30, 24)], 30), vec![(9, 24)]));
    let left: Vec<Moved> = (0..50)
        .filter(|n| now(store, *n).state == State::Applied)
        .map(|n| book(store, n, 1, 10))
        .collect();
    assert_eq!(left.iter().filter(|moved| **moved == Moved::Done).count(), 6);
    assert_eq!(left.iter().filter(|moved| **moved == Moved::DayFull).count(), 20);
    assert_eq!(days(store), (vec![(30, 30)], 30));
}

#[rstest]
fn a_place_moves_with_its_case(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    assert!(hold(store, 1, 1) && hold(store, 2, 2));
    applied(store, 1);
    applied(store, 2);
    assert_eq!(book(store, 3 - 2, 1, 9), Moved::Done);
    assert_eq!(book(store, 2, 1, 9), Moved::DayFull);
    // The same day at another hour, though the day is full; then another day.
    assert_eq!(book(store, 1, 1, 11), Moved::Done);
    assert_eq!((days(store), hours(store, 1)), ((vec![(1, 1), (2, 0)], 3), vec![(9, 0), (11, 1)]));
    assert_eq!(book(store, 1, 2, 11), Moved::Done);
    assert_eq!(days(store), (vec![(1, 0), (2, 1)], 3));
    assert_eq!(hours(store, 2), [(11, 1)]);
    // Somebody who read the case before it moved.
    let old = case(1);
    let late =
        store.write(|tx| go_in(tx, &old, Event::Cancel, State::Cancelled, PlaceChange::Keep));
    assert_eq!(late.unwrap(), Moved::Elsewhere);
    assert_eq!(go(store, 1, Event::Cancel, State::Cancelled, &PlaceChange::Keep), Moved::Done);
    assert_eq!((days(store), hours(store, 2)), ((vec![(1, 0), (2, 0)], 3), vec![(11, 0)]));
    assert_eq!(now(store, 1).day, None);
    let free = |on, n| store.write(|tx| tx.free_places(agency_id(1), PRODUCT, day(on), n)).unwrap();
    assert_eq!([free(2, 1), free(2, 9), free(7, 9)], [1, 1, 0]);
    assert_eq!(days(store), (vec![(1, 0), (0, 0)], 1));
}

#[rstest]
fn a_reserved_card_uses_its_cases_place_up_and_gives_it_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 3);
    assert!(hold(store, 1, 2));
    for n in 1..=3 {
        applied(store, n);
    }
    assert_eq!([book(store, 1, 1, 9), book(store, 2, 1, 9)], [Moved::Done; 2]);
    // Everything is promised: whoever walks in gets nothing, whoever is booked does.
    assert_eq!(reserve(store, 1, 1, 3), Reserved::Promised);
    assert_eq!(reserve(store, 1, 1, 1), Reserved::Yes);
    assert_eq!(days(store), (vec![(1, 1)], 1));
    let owner = (here(), case(1).id);
    let back = |to| store.write(|tx| tx.release_card(card_id(1), owner, to, at(5))).unwrap();
    assert!(back(CardState::Available));
    assert_eq!((days(store), now(store, 1).place_used), ((vec![(2, 2)], 2), false));
    // A card that does not come back leaves one for two: the other keeps its promise.
    assert_eq!(reserve(store, 1, 1, 1), Reserved::Yes);
    assert!(back(CardState::Quarantined));
    assert_eq!((days(store), now(store, 1).place_used), ((vec![(1, 1)], 1), true));
    assert_eq!(reserve(store, 2, 1, 1), Reserved::Promised);
    assert_eq!(reserve(store, 2, 1, 2), Reserved::Yes);
    assert_eq!(go(store, 2, Event::Attach, State::Completed, &PlaceChange::Keep), Moved::Done);
    assert_eq!((days(store), now(store, 2).completed_at), ((vec![(0, 0)], 0), Some(at(100))));
}

#[rstest]
fn a_fall_takes_from_the_latest_day_and_the_last_in_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    assert!(hold(store, 1, 2) && hold(store, 3, 3));
    for n in 1..=4 {
        applied(store, n);
        assert_eq!(book(store, n, if n < 3 { 1 } else { 3 }, 9), Moved::Done);
    }
    assert!(store.write(|tx| tx.rank_case(here(), case(3).id, Tier::Possible, None)).unwrap());
    let room = |n| {
        store
            .write(|tx| tx.make_room(agency_id(1), PRODUCT, n, at(200)))
            .unwrap()
            .map(|cases| cases.into_iter().map(|case| case.id).collect::<Vec<_>>())
    };
    assert_eq!(room(6), None);
    assert_eq!(room(0), Some(vec![]));
    // First the place on the third day that nobody has; then that of the lower tier.
    assert_eq!(room(1), Some(vec![]));
    assert_eq!(days(store), (vec![(2, 2), (2, 2)], 4));
    let lose = CardMove {
        card: card_id(1),
        from: CardState::Available,
        to: CardState::Lost,
        sealed: None,
        at: at(200),
    };
    let lost = store.write(|tx| {
        for case in tx.make_room(agency_id(1), PRODUCT, 2, at(200))?.unwrap() {
            let queued = go_in(tx, &case, Event::Queue, State::Waiting, PlaceChange::Leave)?;
            assert_eq!(queued, Moved::Done);
        }
        tx.move_card(&lose)
    });
    assert!(lost.unwrap());
    let states = [1, 2, 3, 4].map(|n| now(store, n).state);
    assert_eq!(states, [State::Booked, State::Booked, State::Booked, State::Waiting]);
    assert_eq!((days(store), hours(store, 3)), ((vec![(2, 2), (1, 1)], 3), vec![(9, 1)]));
    let waiting = store.read(|tx| tx.replacements_at(agency_id(1), PRODUCT, &[State::Waiting]));
    assert_eq!(waiting.unwrap(), [now(store, 4)]);
}

#[rstest]
fn a_day_that_is_over_frees_what_nobody_has(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    assert!(hold(store, 1, 3) && hold(store, 2, 2));
    applied(store, 1);
    assert_eq!(book(store, 1, 1, 9), Moved::Done);
    let end = |on| store.write(|tx| tx.end_days(day(on))).unwrap();
    assert_eq!([end(1), end(2), end(2)], [0, 2, 0]);
    assert_eq!(days(store), (vec![(1, 1), (2, 0)], 3));
    assert_eq!(go(store, 1, Event::Miss, State::NoShow, &PlaceChange::Leave), Moved::Done);
    assert_eq!(end(2), 1);
    assert_eq!(days(store), (vec![(0, 0), (2, 0)], 2));
}
