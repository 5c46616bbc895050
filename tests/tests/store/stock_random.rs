//! Random sequences of what happens to stock, some of them cut off before they commit, against a model that knows only rows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::{Event, State};
use simrecall_store::card::{CardMove, NewCard, Reserved};
use simrecall_store::replacement::{Moved, PlaceChange};
use simrecall_store::stock::Transfer;
use simrecall_store::{Store, StoreError, Tx};
use simrecall_tests::Backend;

use crate::replacement_stage::{
    PRODUCT, agencies, agency_id, applied, card_id, case, day, go_in, here, lot, new_card, place,
    reservation, stock,
};
use crate::stage::at;

/// Cards 1 to 8 lie at the two agencies in turn; cases 1 to 4 want one.
const CARDS: u32 = 8;
const CASES: u32 = 4;

#[derive(Debug, Clone)]
enum Op {
    Supply { agency: u8, cards: u32, missing: bool },
    Send { from: u8, card: u32 },
    Arrive,
    Reserve { card: u32, case: u32 },
    Release { card: u32, case: u32, to: CardState },
    Move { card: u32, from: CardState, to: CardState },
    Hold { agency: u8, day: i64, places: i64 },
    Free { agency: u8, day: i64, places: i64 },
    Book { case: u32, agency: u8, day: i64, hour: i16 },
    Leave { case: u32 },
    MakeRoom { agency: u8, cards: i64 },
    EndDays { before: i64 },
}

fn state() -> impl Strategy<Value = CardState> {
    prop::sample::select(CardState::ALL.to_vec())
}

fn op() -> impl Strategy<Value = Op> {
    let (card, case, agency) = (1..=CARDS, 1..=CASES, 1..=2_u8);
    let (on, places) = (0..3_i64, 1..4_i64);
    prop_oneof![
        1 => (agency.clone(), 1..3_u32, any::<bool>())
            .prop_map(|(agency, cards, missing)| Op::Supply { agency, cards, missing }),
        2 => (agency.clone(), card.clone()).prop_map(|(from, card)| Op::Send { from, card }),
        2 => Just(Op::Arrive),
        5 => (card.clone(), case.clone()).prop_map(|(card, case)| Op::Reserve { card, case }),
        3 => (card.clone(), case.clone(), state())
            .prop_map(|(card, case, to)| Op::Release { card, case, to }),
        4 => (card, state(), state()).prop_map(|(card, from, to)| Op::Move { card, from, to }),
        3 => (agency.clone(), on.clone(), places.clone())
            .prop_map(|(agency, day, places)| Op::Hold { agency, day, places }),
        1 => (agency.clone(), on.clone(), places)
            .prop_map(|(agency, day, places)| Op::Free { agency, day, places }),
        4 => (case.clone(), agency.clone(), on.clone(), 9..11_i16)
            .prop_map(|(case, agency, day, hour)| Op::Book { case, agency, day, hour }),
        2 => case.prop_map(|case| Op::Leave { case }),
        1 => (agency, 1..5_i64).prop_map(|(agency, cards)| Op::MakeRoom { agency, cards }),
        1 => on.prop_map(|before| Op::EndDays { before }),
    ]
}

/// What a sequence has to remember: lots that are under way, and how many were made.
#[derive(Debug, Clone, Default)]
struct Road {
    lots: Vec<u32>,
    made: u32,
}

/// Does it, and gives the road as it is then. A refusal changes nothing.
fn apply(tx: &mut Tx<'_>, road: &Road, op: &Op) -> Result<Road, StoreError> {
    let mut road = road.clone();
    match op {
        Op::Supply { agency, cards, missing } => {
            road.made += 1;
            let first = 1_000 + road.made * 10;
            let (lot, cards) = (lot(road.made, *agency, None), first..first + cards);
            let batch: Vec<NewCard> = cards.map(new_card).collect();
            let gone: Vec<_> = batch.iter().take(usize::from(*missing)).map(|new| new.id).collect();
            tx.add_lot(&lot)?;
            tx.add_cards(lot.id, &batch, at(0))?;
            tx.receive_lot(lot.id, &gone, 0, at(1))?;
        }
        Op::Send { from, card } => {
            let lot = lot(road.made + 1, 3 - from, Some(*from));
            if tx.transfer_cards(&lot, &[card_id(*card)], at(2))? == Transfer::Sent {
                road.made += 1;
                road.lots.push(road.made);
            }
        }
        Op::Arrive => {
            if let Some(n) = road.lots.pop() {
                assert!(tx.receive_lot(lot(n, 1, None).id, &[], 1, at(3))?.is_some());
            }
        }
        Op::Reserve { card, case } => {
            if let Some(found) = tx.card(card_id(*card))? {
                let agency = agency_id(1);
                let at_agency = if found.agency == agency { 1 } else { 2 };
                tx.reserve_card(&reservation(*card, at_agency, *case))?;
            }
        }
        Op::Release { card, case: n, to } => {
            tx.release_card(card_id(*card), (here(), case(*n).id), *to, at(4))?;
        }
        Op::Move { card, from, to } => {
            let (card, from, to) = (card_id(*card), *from, *to);
            tx.move_card(&CardMove { card, from, to, sealed: None, at: at(5) })?;
        }
        Op::Hold { agency, day: on, places } => {
            tx.hold_places(agency_id(*agency), PRODUCT, day(*on), *places)?;
        }
        Op::Free { agency, day: on, places } => {
            tx.free_places(agency_id(*agency), PRODUCT, day(*on), *places)?;
        }
        Op::Book { case: n, agency, day, hour } => {
            let case = tx.replacement(here(), case(*n).id)?.unwrap();
            go_in(tx, &case, Event::Book, State::Booked, place(*agency, *day, *hour))?;
        }
        Op::Leave { case: n } => {
            let case = tx.replacement(here(), case(*n).id)?.unwrap();
            go_in(tx, &case, Event::Queue, State::Waiting, PlaceChange::Leave)?;
        }
        Op::MakeRoom { agency, cards } => {
            let moved = tx.make_room(agency_id(*agency), PRODUCT, *cards, at(6))?;
            for case in moved.unwrap_or_default() {
                let queued = go_in(tx, &case, Event::Queue, State::Waiting, PlaceChange::Leave)?;
                assert_eq!(queued, Moved::Done);
            }
        }
        Op::EndDays { before } => drop(tx.end_days(day(*before))?),
    }
    Ok(road)
}

/// Everything that is counted, as text.
fn all(store: &Store) -> String {
    let read = store.read(|tx| {
        let counts = tx.stock_counts()?;
        let days: Vec<_> = [1, 2]
            .into_iter()
            .map(|n| tx.agency_days(agency_id(n), PRODUCT, day(-9), day(9)))
            .collect::<Result<_, _>>()?;
        let ids: Vec<_> = (1..=CARDS).map(card_id).collect();
        let cards = tx.cards_of(&ids)?;
        Ok(format!("{counts:?} {days:?} {cards:?}"))
    });
    read.unwrap()
}

/// What holds after every step.
fn assert_whole(store: &Store) {
    assert_eq!(store.read(|tx| tx.recount_stock(day(-9))).unwrap(), []);
    assert_eq!(store.read(|tx| tx.case_drift(here())).unwrap(), []);
    let promised: BTreeMap<_, _> = store
        .read(|tx| tx.stock_counts())
        .unwrap()
        .into_iter()
        .map(|count| (count.agency, (count.held, count.available)))
        .collect();
    assert!(promised.values().all(|(held, available)| held <= available), "{promised:?}");
    for n in [1, 2] {
        let days = store.read(|tx| tx.agency_days(agency_id(n), PRODUCT, day(-9), day(9))).unwrap();
        assert!(days.iter().all(|day| 0 <= day.booked && day.booked <= day.held), "{days:?}");
    }
}

fn play(backend: Backend, ops: &[(Op, bool)]) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, CARDS / 2 + 1);
    stock(store, 2, CARDS / 2 + 1, CARDS + 1);
    for n in 1..=CASES {
        applied(store, n);
    }
    let mut road = Road { made: 10, ..Road::default() };
    let mut active: Vec<u32> = Vec::new();
    for (op, is_cut) in ops {
        let before = all(store);
        let done = store.write(|tx| {
            let road = apply(tx, &road, op)?;
            if *is_cut { Err(StoreError::State("the process died here")) } else { Ok(road) }
        });
        match done {
            Ok(then) => road = then,
            Err(StoreError::State(_)) => assert_eq!(all(store), before, "{op:?}"),
            Err(other) => panic!("{op:?}: {other}"),
        }
        assert_whole(store);
        // Once active, never available again.
        let cards =
            store.read(|tx| tx.cards_of(&active.iter().copied().map(card_id).collect::<Vec<_>>()));
        let over = [CardState::Active, CardState::Retired];
        assert!(cards.unwrap().iter().all(|card| over.contains(&card.state)), "{op:?}");
        for n in 1..=CARDS {
            let card = store.read(|tx| tx.card(card_id(n))).unwrap().unwrap();
            if card.state == CardState::Active && !active.contains(&n) {
                active.push(n);
            }
        }
    }
}

#[rstest]
#[case(Backend::Sqlite, 40)]
#[case(Backend::Postgres, 16)]
fn no_sequence_makes_stock_or_places_wrong(#[case] backend: Backend, #[case] cases: u32) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let sequences = prop::collection::vec((op(), prop::bool::weighted(0.2)), 1..40);
    TestRunner::new(config)
        .run(&sequences, |ops| {
            play(backend, &ops);
            Ok(())
        })
        .unwrap();
}

#[rstest]
fn what_happens_at_once_leaves_everything_whole(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 31);
    for n in 1..=20 {
        applied(store, n);
    }
    assert!(store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(1), 10)).unwrap());
    std::thread::scope(|scope| {
        for n in 1..=20_u32 {
            scope.spawn(move || {
                let booked = store.write(|tx| {
                    let case = tx.replacement(here(), case(n).id)?.unwrap();
                    go_in(tx, &case, Event::Book, State::Booked, place(1, 1, 9))
                });
                let got = store.write(|tx| tx.reserve_card(&reservation(n, 1, n))).unwrap();
                if got == Reserved::Yes && n % 3 == 0 {
                    let owner = (here(), case(n).id);
                    let to = if n % 2 == 0 { CardState::Available } else { CardState::Quarantined };
                    store.write(|tx| tx.release_card(card_id(n), owner, to, at(7))).unwrap();
                }
                booked.unwrap();
            });
        }
        scope.spawn(move || {
            for _ in 0..10 {
                store.write(|tx| tx.end_days(day(5))).unwrap();
            }
        });
    });
    assert_whole(store);
}
